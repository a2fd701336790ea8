/** The flux by model on a tile: months of its inputs brought onto the cells, and made the two sums of the year. */

import { MONTHS } from '../shared/carbon/casa.ts';
import type { UnreadInput } from '../shared/carbon/partial.ts';
import { CASA_LIGHT, CASA_RESPIRATION, fractionBits } from '../shared/contracts/counted-names.ts';
import { fparRules } from '../shared/contracts/fpar-rules.ts';
import type { PlannedCasa } from '../shared/contracts/plan-casa.ts';
import { CitysinkError } from '../shared/errors.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../shared/raster/zone-spans.ts';
import { MISSING } from './aligned-scene.ts';
import { type CasaCells, type CasaYear, casaYear, type MonthlyInputs, type Months } from './kernels/casa-tally.ts';
import type { Quantity } from './kernels/quantity-tally.ts';
import { takeValues } from './measured-layer.ts';
import type { TileLayer, TileTask } from './tile-task.ts';

/** Class codes by cell, and which cells are in zones: by spans, or by a share. */
export interface ZoneCodes {
  readonly spans: ZoneSpans;
  readonly shared: ReadonlySet<number>;
  readonly codes: Int32Array;
}

/**
 * Light and respiration of the year by cell; none where the run does not ask for them, or a month of an input has no
 * pixel in the tile. Only cells in zones are looked at, so that what lies around them can end no run.
 * Errors: RASTER_UNSUPPORTED where a value cannot be what it is said to be; it names layer, month and value.
 */
export function casaQuantities(
  task: TileTask,
  cells: ZoneCodes,
  keptBy: (layer: TileLayer) => Uint8Array | null,
  unread: UnreadInput[],
): Quantity[] {
  const { casa } = task;
  if (casa === null) return [];
  const layers = inputLayers(task, casa);
  if (layers === null) return [];
  const months = (layer: TileLayer): Months => {
    const kept = keptBy(layer);
    return layer.takes.map((take) => takeValues(layer, take, kept, task, unread));
  };
  const { ndvi, temperature, precipitation, radiation, pet } = layers;
  const inputs = {
    ndvi: months(ndvi),
    temperature: months(temperature),
    precipitation: months(precipitation),
    radiation: months(radiation),
    pet: pet === null ? null : months(pet),
  };
  const year = yearOf(inputs, { codes: codesInZones(cells), missing: MISSING }, casa);
  const bits = fractionBits('quantity');
  return [
    { name: CASA_LIGHT, values: year.light, bits },
    { name: CASA_RESPIRATION, values: year.respiration, bits },
  ];
}

type InputLayers = Readonly<Record<Exclude<keyof PlannedCasa['inputs'], 'pet'>, TileLayer>> & {
  readonly pet: TileLayer | null;
};

/** The layers of the inputs; null where one has not all of its months in the tile. */
function inputLayers({ layers }: TileTask, { inputs }: PlannedCasa): InputLayers | null {
  const found = (name: string) => layers.find((layer) => layer.name === name && layer.takes.length === MONTHS);
  const [ndvi, temperature] = [found(inputs.ndvi), found(inputs.temperature)];
  const [precipitation, radiation] = [found(inputs.precipitation), found(inputs.radiation)];
  const pet = inputs.pet === null ? null : found(inputs.pet);
  if (!ndvi || !temperature || !precipitation || !radiation || pet === undefined) return null;
  return { ndvi, temperature, precipitation, radiation, pet };
}

function yearOf(inputs: MonthlyInputs, cells: CasaCells, casa: PlannedCasa): CasaYear {
  const { coldStop, halveOutside, respiration, hotMonths, radiationFactors, monthLengths } = casa;
  const fpar = fparRules(casa, distinctCodes(cells));
  try {
    return casaYear(inputs, cells, {
      coldStop,
      halveOutside,
      respiration,
      hotMonths,
      radiationFactors,
      monthLengths,
      fpar,
    });
  } catch (error) {
    if (!(error instanceof CitysinkError)) throw error;
    throw withLayer(error, casa);
  }
}

/** The kernel names its input; people know the layer by the name that they gave it. */
function withLayer(error: CitysinkError, { inputs }: PlannedCasa): CitysinkError {
  const { code, message, remedy, context, problems } = error;
  const name = inputs[context.input as keyof typeof inputs] ?? null;
  const text = name === null ? message : `layers.${name}: ${message}`;
  return new CitysinkError(code, text, { remedy, context, problems, cause: error });
}

function distinctCodes({ codes, missing }: CasaCells): Set<number> {
  const distinct = new Set<number>();
  let last = missing;
  for (let cell = 0; cell < codes.length; cell++) {
    if (codes[cell] === last) continue;
    last = codes[cell]!;
    if (last !== missing) distinct.add(last);
  }
  return distinct;
}

function codesInZones({ spans, shared, codes }: ZoneCodes): Int32Array {
  const { rows, cols } = spans.window;
  const inside = new Int32Array(codes.length).fill(MISSING);
  for (let row = 0; row < rows; row++) {
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const from = row * cols + spans.spans[span * SPAN_STRIDE]!;
      const to = row * cols + spans.spans[span * SPAN_STRIDE + 1]!;
      inside.set(codes.subarray(from, to), from);
    }
  }
  for (const cell of shared) inside[cell] = codes[cell]!;
  return inside;
}
