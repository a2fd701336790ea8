/** Whether citysink and a peer counted the same. Pure: texts in, differences out. */
import { SMALL_PATCH } from './specs.ts';

/** Cells by `zone/class`. */
export type Counts = ReadonlyMap<string, number>;

/** Zone that peers call 0 and citysink, in job 3, the last one. */
const AROUND = { ours: '14', theirs: '0' };

/** Cells by zone and class from a totals.csv; sums and cells without a class are left out. */
export function countsOfTotals(csv: string): Map<string, number> {
  const [head = '', ...lines] = csv.trim().split('\n');
  const names = head.split(',');
  const at = (name: string): number => names.indexOf(name);
  const [zone, code, cells] = [at('zone'), at('class'), at('cells')];
  const counts = new Map<string, number>();
  for (const line of lines) {
    const values = line.split(',');
    const [z = '', c = '', n = ''] = [values[zone], values[code], values[cells]];
    if (z !== 'all' && /^\d+$/.test(c)) counts.set(`${z}/${c}`, Number(n));
  }
  return counts;
}

export interface PeerAnswer {
  readonly zones?: Readonly<Record<string, PeerZone>>;
  /** Job 3: cells of small patches by zone. */
  readonly small?: Readonly<Record<string, number>>;
}

interface PeerZone {
  readonly cells: Readonly<Record<string, number>>;
  /** Job 2: cells with a value, and their sum. */
  readonly ndvi?: readonly [number, number];
  readonly soil?: readonly [number, number];
}

export function countsOfPeer({ zones, small }: PeerAnswer): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [zone, { cells }] of Object.entries(zones ?? {})) {
    for (const [code, count] of Object.entries(cells)) counts.set(`${zone}/${code}`, count);
  }
  for (const [zone, count] of Object.entries(small ?? {})) {
    counts.set(`${zone === AROUND.theirs ? AROUND.ours : zone}/${SMALL_PATCH}`, count);
  }
  return counts;
}

/** What differs, by key; empty: the same. `only`: the class that is compared where not all are. */
export function differences(ours: Counts, theirs: Counts, only?: number): string[] {
  const keys = [...new Set([...ours.keys(), ...theirs.keys()])];
  return keys
    .filter((key) => only === undefined || key.endsWith(`/${only}`))
    .filter((key) => (ours.get(key) ?? 0) !== (theirs.get(key) ?? 0))
    .map((key) => `zone/class ${key}: ${ours.get(key) ?? 0} cells, the peer ${theirs.get(key) ?? 0}`);
}

interface LayerFigures {
  readonly layer: string;
  readonly cells: number;
  readonly mean: number;
}

/**
 * Relative differences that are no disagreement: peers sum float32; GDAL's warper rounds soil to whole tenths and takes
 * positions between true ones, so at the edge of a gap a cell in a million is on the other side.
 */
const WITHIN = { ndvi: { cells: 0, mean: 1e-6 }, soilstock: { cells: 1e-5, mean: 1e-4 } } as const;

/** Job 2: cells with a value (of soil: nearly) and means within rounding. Empty where the peer has measured no layers. */
export function layerDifferences(totalsJson: string, { zones }: PeerAnswer): string[] {
  const { figures } = JSON.parse(totalsJson) as {
    figures: { zones: { zone: string; layers?: LayerFigures[] }[] };
  };
  const found: string[] = [];
  for (const { zone, layers = [] } of figures.zones) {
    const peer = zones?.[zone];
    for (const [layer, theirs] of [
      ['ndvi', peer?.ndvi],
      ['soilstock', peer?.soil],
    ] as const) {
      const ours = layers.find((one) => one.layer === layer);
      if (theirs === undefined || ours === undefined) continue;
      const mean = theirs[1] / theirs[0];
      const within = WITHIN[layer];
      const isSame =
        Math.abs(ours.cells / theirs[0] - 1) <= within.cells && Math.abs(ours.mean / mean - 1) <= within.mean;
      if (!isSame)
        found.push(`zone ${zone}, ${layer}: ${ours.cells} cells, mean ${ours.mean}; the peer ${theirs[0]}, ${mean}`);
    }
  }
  return found;
}
