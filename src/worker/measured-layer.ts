/** A measured layer on a tile: the values of its dates, masked, made one, and summed by zone and class. */

import type { ImageryTally, UnreadInput } from '../shared/carbon/partial.ts';
import { windowCells } from '../shared/geo/window.ts';
import { SPAN_STRIDE, type ZoneSpans } from '../shared/raster/zone-spans.ts';
import { type AlignedValues, alignedValues, type TilePlace } from './aligned-scene.ts';
import {
  addFirst,
  addGreatest,
  type Composite,
  type DatedValues,
  emptyComposite,
  FREE,
  isFull,
  MedianStack,
  ofOneDate,
} from './kernels/composite.ts';
import { DROPPED, keptCells, UNTOLD } from './mask-rule.ts';
import { maskCodes } from './mosaic.ts';
import type { TileLayer, TileTake } from './tile-task.ts';

/** Values by cell of a layer of one kind or the other, NaN where there is none. `kept`: what a mask over all dates says (mask-rule.ts); null: no such mask. */
export function measureLayer(
  layer: TileLayer,
  kept: Uint8Array | null,
  place: TilePlace,
  unread: UnreadInput[],
): Composite {
  const [only, ...more] = layer.takes;
  if (only !== undefined && more.length === 0 && layer.composite !== 'median')
    return ofOneDate(datedValues(layer, only, kept, place, unread), 0);
  const composite = emptyComposite(windowCells(place.window));
  const stack = new MedianStack();
  for (const [index, take] of layer.takes.entries()) {
    if (layer.composite === 'first' && isFull(composite)) break;
    const date = datedValues(layer, take, kept, place, unread);
    if (layer.composite === 'first') addFirst(composite, date, index);
    else if (layer.composite === 'max_ndvi') addGreatest(composite, date, index);
    else stack.add(composite, date);
  }
  if (layer.composite === 'median') stack.finish(composite);
  return composite;
}

/** One take by cell, NaN where it has no value, hides it, or cannot be read. */
export function takeValues(
  layer: TileLayer,
  take: TileTake,
  kept: Uint8Array | null,
  place: TilePlace,
  unread: UnreadInput[],
): Float64Array {
  const { values, lost, hidden } = datedValues(layer, take, kept, place, unread);
  for (let cell = 0; cell < values.length; cell++) {
    if (lost?.[cell] === 1 || hidden?.[cell] === 1) values[cell] = Number.NaN;
  }
  return values;
}

function datedValues(
  layer: TileLayer,
  take: TileTake,
  kept: Uint8Array | null,
  place: TilePlace,
  unread: UnreadInput[],
): DatedValues {
  const [first, second] = take.scenes.map((scene) => alignedValues(scene, layer, place, unread));
  const { values, unread: lost } =
    layer.kind === 'ndvi' && second ? ndvi(first as AlignedValues, second) : (first as AlignedValues);
  if (take.mask === null && kept === null) return { values, lost, hidden: null };
  const codes = take.mask === null ? null : maskCodes(layer, take.mask, place, unread);
  const ofDate = codes === null ? null : keptCells(layer.mask, codes);
  const hidden = new Uint8Array(values.length);
  const losses = lost ?? new Uint8Array(values.length);
  for (let cell = 0; cell < values.length; cell++) {
    const isThere = !Number.isNaN(values[cell]!);
    if (kept?.[cell] === DROPPED || ofDate?.[cell] === DROPPED) {
      // What is hidden in any case is not lost where it cannot be read.
      losses[cell] = 0;
      if (isThere) hidden[cell] = 1;
    } else if (isThere && (kept?.[cell] === UNTOLD || ofDate?.[cell] === UNTOLD)) losses[cell] = 1;
  }
  return { values, lost: losses, hidden };
}

/**
 * (nir - red) / (nir + red), between -1 and 1; no value where their sum is not above 0.
 * Negative reflectances, which corrections leave over water and shadow, could take it beyond: it is cut there.
 */
function ndvi(red: AlignedValues, nir: AlignedValues): AlignedValues {
  const values = red.values;
  const { values: nirs } = nir;
  for (let cell = 0; cell < values.length; cell++) {
    const sum = nirs[cell]! + values[cell]!;
    const ratio = (nirs[cell]! - values[cell]!) / sum;
    if (!(sum > 0)) values[cell] = Number.NaN;
    else if (ratio > 1) values[cell] = 1;
    else if (ratio < -1) values[cell] = -1;
    else values[cell] = ratio;
  }
  return { values, unread: eitherOf(red.unread, nir.unread) };
}

function eitherOf(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return a.map((state, cell) => state | b[cell]!);
}

/** Day of each take, null where it is not known. */
export function daysOf({ takes }: TileLayer): (string | null)[] {
  return takes.map(({ date }) => date);
}

/** By zone index: cells by day of the imagery, and those that masks hide on every date. Null: the layer has no days and no masks. */
export function imageryOf(layer: TileLayer, composite: Composite, spans: ZoneSpans): Map<number, ImageryTally> | null {
  const days = daysOf(layer);
  if (layer.mask === null && days.every((day) => day === null)) return null;
  const { owners, hidden, values } = composite;
  const { rows, cols } = spans.window;
  const zones = new Map<number, { dates: Map<string, number>; masked: number }>();
  for (let row = 0; row < rows; row++) {
    for (let span = spans.rowStarts[row]!; span < spans.rowStarts[row + 1]!; span++) {
      const at = span * SPAN_STRIDE;
      const zone = spans.spans[at + 2]!;
      const tally = zones.get(zone) ?? { dates: new Map<string, number>(), masked: 0 };
      zones.set(zone, tally);
      for (let cell = row * cols + spans.spans[at]!; cell < row * cols + spans.spans[at + 1]!; cell++) {
        const day = owners[cell]! > FREE ? (days[owners[cell]!] ?? null) : null;
        if (day !== null) tally.dates.set(day, (tally.dates.get(day) ?? 0) + 1);
        if (hidden[cell] === 1 && owners[cell] === FREE && Number.isNaN(values[cell]!)) tally.masked++;
      }
    }
  }
  return zones;
}
