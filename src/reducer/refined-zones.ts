import type { Partial, ZoneTally } from '../shared/carbon/partial.ts';
import { soilUnit } from '../shared/carbon/soil-unit.ts';
import { addTallies, NO_TALLY, type Tally } from '../shared/carbon/tally.ts';
import { fractionBits } from '../shared/contracts/counted-names.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { GreenScore } from '../shared/contracts/plan-green.ts';
import { CELL_BITS } from '../shared/geo/window-areas.ts';
import type { SizeSplit } from './patches.ts';
import type { GreenParts } from './sub-pixel-green.ts';

/** @pure Classes of zones as factors are applied to them: green patches inside of built-up land by their size, soil as measured. */

export interface RefinedClass {
  /** With parts of cells that came from other classes or went to them: its cells are fractions then. */
  readonly tally: Tally;
  /** Cells that have the row as wholes. */
  readonly wholeCells: number;
  /** Soil of a raster under the cells that have a value of it, t C (sealed shares taken off), and their area; 0 without a raster. */
  readonly soilT: number;
  readonly soilHa: number;
}

export interface RefinedZone {
  readonly all: Tally;
  readonly unread: Tally;
  /** Cells with a class. */
  readonly seen: Tally;
  /** By row of the factor table. */
  readonly classes: ReadonlyMap<number, RefinedClass>;
}

const NO_CLASS: RefinedClass = { tally: NO_TALLY, wholeCells: 0, soilT: 0, soilHa: 0 };

/** How a run's zones are refined. */
export interface Refinement {
  /** Sizes of patches by zone and class; null: none were asked for. */
  readonly patches: ReadonlyMap<number, ReadonlyMap<number, SizeSplit>> | null;
  /** Green smaller than a cell; null: not looked for. */
  readonly parts: GreenParts | null;
  readonly score: GreenScore | null;
  /** Whether small green spaces count as green, or as the built-up land around them. */
  readonly small: boolean;
}

/**
 * One zone. The sums over its classes stay what they were: cells only change their class. Of cells that show no green, the
 * part that is green goes to the row of small green spaces where these count, and stays where it is where they do not.
 */
export function refineZone(
  plan: Plan,
  partial: Partial,
  zoneIndex: number,
  how: Refinement,
  areaHa: (tally: Tally) => number,
): RefinedZone {
  const zone: ZoneTally = partial.zones.get(zoneIndex) ?? { all: NO_TALLY, unread: NO_TALLY, classes: new Map() };
  const soil = soilByClass(plan, partial, zoneIndex, areaHa);
  const splits = how.patches?.get(zoneIndex);
  const classes = new Map<number, RefinedClass>();
  const shareOf = soilShares(plan);
  const add = (code: number, tally: Tally, density: SoilDensity, wholeCells = tally.cells) => {
    if (tally.cells === 0 && wholeCells === 0) return;
    const soilHa = areaHa(tally) * density.share;
    const soilT = soilHa * density.tPerHa * shareOf(code);
    classes.set(code, sumClasses(classes.get(code) ?? NO_CLASS, { tally, wholeCells, soilT, soilHa }));
  };
  const { score, small } = how;
  const parts = small ? how.parts?.get(zoneIndex) : undefined;
  for (const [code, tally] of [...zone.classes].sort(([a], [b]) => a - b)) {
    const density = soil(code, tally);
    const split = score === null ? undefined : splits?.get(code);
    const part = parts?.get(code) ?? NO_TALLY;
    const whole = split === undefined ? tally : withoutParts(tally, [split.below, split.small, split.large]);
    add(code, withoutParts(whole, [part]), density, whole.cells);
    add(score?.small ?? code, part, density, 0);
    if (split === undefined || score === null) continue;
    add(score.built, split.below, density);
    add(small ? (score.small ?? code) : score.built, split.small, density);
    add(score.large ?? code, split.large, density);
  }
  const seen = [...zone.classes.values()].reduce(addTallies, NO_TALLY);
  return { all: zone.all, unread: zone.unread, seen, classes };
}

/** The city: the sum of its zones. */
export function addZones(a: RefinedZone, b: RefinedZone): RefinedZone {
  const classes = new Map(a.classes);
  for (const [code, other] of b.classes) classes.set(code, sumClasses(classes.get(code) ?? NO_CLASS, other));
  return {
    all: addTallies(a.all, b.all),
    unread: addTallies(a.unread, b.unread),
    seen: addTallies(a.seen, b.seen),
    classes,
  };
}

export const NO_ZONE: RefinedZone = { all: NO_TALLY, unread: NO_TALLY, seen: NO_TALLY, classes: new Map() };

function sumClasses(a: RefinedClass, b: RefinedClass): RefinedClass {
  return {
    tally: addTallies(a.tally, b.tally),
    wholeCells: a.wholeCells + b.wholeCells,
    soilT: a.soilT + b.soilT,
    soilHa: a.soilHa + b.soilHa,
  };
}

function withoutParts({ cells, area }: Tally, parts: readonly Tally[]): Tally {
  return parts.reduce((left, part) => ({ cells: left.cells - part.cells, area: left.area - part.area }), {
    cells,
    area,
  });
}

/**
 * Share of a class's area that has the soil of a raster: all but what is sealed. A class to which the table gives no soil
 * (water, or sealed land taken as empty) has none of the raster either: rasters of soil go on under both.
 */
function soilShares({ factors }: Plan): (code: number) => number {
  const rows = new Map(factors.classes.map((row) => [row.code, row]));
  return (code) => {
    const row = rows.get(code);
    if (row?.impervious != null) return 1 - row.impervious;
    return row?.values.soil === 0 ? 0 : 1;
  };
}

interface SoilDensity {
  /** Mean of the raster over the cells that have a value. */
  readonly tPerHa: number;
  /** Their share of the class's area. */
  readonly share: number;
}

const NO_SOIL: SoilDensity = { tPerHa: 0, share: 0 };

/** The layer whose values are the pool of soil: the one named `soil` with a unit of carbon over area. */
export function soilLayer(plan: Plan): Plan['layers'][number] | null {
  return (
    plan.layers.find(({ name, kind, unit }) => name === 'soil' && kind === 'quantity' && soilUnit(unit) !== null) ??
    null
  );
}

/** Soil of a class in a zone from the raster. Parts of a class that change it take the mean of where they come from. */
function soilByClass(
  plan: Plan,
  partial: Partial,
  zoneIndex: number,
  areaHa: (tally: Tally) => number,
): (code: number, tally: Tally) => SoilDensity {
  const layer = soilLayer(plan);
  if (layer === null) return () => NO_SOIL;
  const sums = partial.quantities.get(layer.name)?.get(zoneIndex);
  const factor = soilUnit(layer.unit) ?? 1;
  return (code, tally) => {
    const found = sums?.get(code);
    if (found === undefined || found.cells === 0) return NO_SOIL;
    const weight = plan.areaBy === null ? found.cells : Number(found.area) * 2 ** -CELL_BITS[plan.areaBy];
    const mean = (Number(found.sum) * 2 ** -fractionBits(layer.kind)) / weight;
    return { tPerHa: mean * factor, share: areaHa(found) / areaHa(tally) };
  };
}
