/** What each layer says of one cell, take by take in the order of ownership, by the worker's own functions. */

import type { Plan } from '../../shared/contracts/plan.ts';
import type { PlannedLayer, Take } from '../../shared/contracts/plan-layers.ts';
import { alignedValues, MISSING, type TilePlace, UNREAD } from '../../worker/aligned-scene.ts';
import { FREE, LOST } from '../../worker/kernels/composite.ts';
import { dropCells, keepTest, keptCells } from '../../worker/mask-rule.ts';
import { measureLayer } from '../../worker/measured-layer.ts';
import { maskCodes, mosaicCodes } from '../../worker/mosaic.ts';
import type { TileLayer, TileScene, TileTake } from '../../worker/tile-task.ts';
import { cellPixels, type ScenePixels } from './cell-pixels.ts';
import { type CellTask, isLeftOut } from './one-cell-task.ts';

/**
 * `owner`: its value is the cell's. `shared`: its value is one of the median's. `month`: it is one of twelve, and has a value. `spare`: it has a value and another take owns
 * the cell. `hidden`: its value is masked. `missing`: no valid pixel. `unread`: it cannot be known.
 * `outside`: no pixel of it lies under the cell. `unneeded`: not read, an earlier one leaves nothing to it.
 */
export type TakeState =
  | 'owner'
  | 'shared'
  | 'month'
  | 'spare'
  | 'hidden'
  | 'missing'
  | 'unread'
  | 'outside'
  | 'unneeded';

export interface MaskView {
  /** Layer that masks, or null for the mask of the take itself. */
  readonly layer: string | null;
  readonly keep: readonly number[] | null;
  readonly drop_bits: readonly number[] | null;
  /** Code in the cell; null where the mask has none. */
  readonly code: number | null;
  readonly unread: boolean;
  readonly keeps: boolean;
  /** Of the mask's own scene; null for a layer, which is told by itself. */
  readonly scene: ScenePixels | null;
}

export interface SceneView extends ScenePixels {
  /** After resampling and scaling; null where it has none. For codes the code. */
  readonly value: number | null;
}

export interface TakeView {
  /** From 1, in the order of ownership. */
  readonly take: number;
  readonly date: string | null;
  readonly state: TakeState;
  /** Class code, NDVI or quantity, before any mask; null where it has none. */
  readonly value: number | null;
  /** Red first for NDVI. Empty where nothing is read; then `urls` says of what. */
  readonly scenes: readonly SceneView[];
  readonly urls: readonly string[];
  readonly mask: MaskView | null;
}

export interface LayerView {
  readonly layer: string;
  readonly kind: PlannedLayer['kind'];
  readonly unit: string | null;
  readonly resample: PlannedLayer['resample'];
  readonly composite: PlannedLayer['composite'];
  /** As it is counted, after masks. */
  readonly value: number | null;
  /** Why there is no value; null where there is one, or where all months of a layer of months have theirs. */
  readonly without: 'hidden' | 'missing' | 'unread' | null;
  /** Mask of another layer over all takes alike. */
  readonly mask: MaskView | null;
  readonly takes: readonly TakeView[];
}

/** All layers of a plan in one cell. `isUnneeded`: the tile does without the take. */
export function cellLayers(plan: Plan, { task, takes }: CellTask, isUnneeded: (take: Take) => boolean): LayerView[] {
  const codesOf = new Map<string, Int32Array>();
  for (const layer of task.layers) {
    if (layer.kind === 'classes' || layer.kind === 'codes') codesOf.set(layer.name, mosaicCodes(layer, task, []));
  }
  return plan.layers.map((planned, index) => {
    const layer = task.layers[index] as TileLayer;
    const cell: LayerCell = { plan, planned, layer, place: task, codesOf, reads: takes[index] ?? [], isUnneeded };
    if (layer.kind === 'months') return monthsView(cell);
    return codesOf.has(layer.name) ? codesView(cell) : measuredView(cell);
  });
}

interface LayerCell {
  readonly plan: Plan;
  readonly planned: PlannedLayer;
  readonly layer: TileLayer;
  readonly place: TilePlace;
  readonly codesOf: ReadonlyMap<string, Int32Array>;
  readonly reads: readonly (TileTake | null)[];
  readonly isUnneeded: (take: Take) => boolean;
}

/** What a take has in the cell, before it is said who owns it. */
interface Answer {
  readonly value: number | null;
  readonly without: LayerView['without'];
}

function headOf({ planned }: LayerCell) {
  const { name, kind, unit, resample, composite } = planned;
  return { layer: name, kind, unit, resample, composite };
}

function codesView(cell: LayerCell): LayerView {
  const { layer, codesOf, reads } = cell;
  const mask = layerMask(cell);
  const whole = Int32Array.of(codesOf.get(layer.name)?.[0] ?? MISSING);
  const bare = answerOfCode(whole[0]);
  const kept = keptOf(cell);
  if (kept !== null) dropCells(whole, kept);
  const answers = reads.map((take) => (take === null || isLeftOut(take) ? null : codesAnswer(cell, take)));
  const found = withHidden(answerOfCode(whole[0]), bare);
  // Where no take is left, one that its own mask hides says why.
  const isHidden = found.without === 'missing' && answers.some((answer) => answer?.without === 'hidden');
  const result: Answer = isHidden ? { value: null, without: 'hidden' } : found;
  // The first that has a code that its own mask keeps, or may have one, owns the cell.
  const owner = answers.findIndex((answer) => answer !== null && (answer.without ?? 'unread') === 'unread');
  const stateOf = (answer: Answer, index: number): TakeState => {
    if (answer.without !== null) return answer.without;
    return index === owner ? (result.without ?? 'owner') : 'spare';
  };
  return { ...headOf(cell), ...result, mask, takes: takeViews(cell, answers, stateOf) };
}

/** One scene alone: with its own mask for what becomes of it, without for its code. */
function codesAnswer({ layer, place }: LayerCell, take: TileTake): Answer {
  const answerOf = (one: TileTake) => answerOfCode(mosaicCodes({ ...layer, takes: [one] }, place, [])[0]);
  const bare = answerOf({ ...take, mask: null });
  return { ...withHidden(answerOf(take), bare), value: bare.value };
}

/** What a mask makes missing is hidden. */
function withHidden(masked: Answer, bare: Answer): Answer {
  return masked.without === 'missing' && bare.without !== 'missing' ? { value: null, without: 'hidden' } : masked;
}

function answerOfCode(code: number | undefined): Answer {
  if (code === undefined || code === MISSING) return { value: null, without: 'missing' };
  return code === UNREAD ? { value: null, without: 'unread' } : { value: code, without: null };
}

function measuredView(cell: LayerCell): LayerView {
  const { layer, place, reads } = cell;
  const mask = layerMask(cell);
  const kept = keptOf(cell);
  const whole = measureLayer(layer, kept, place, []);
  const answers = reads.map((take) => (take === null || isLeftOut(take) ? null : measuredAnswer(cell, take, kept)));
  const present = reads.flatMap((take, index) => (take === null ? [] : [index]));
  const owner = (whole.owners[0] as number) > FREE ? present[whole.owners[0] as number] : undefined;
  const value = numberOf(whole.values[0]);
  const stateOf = (answer: Answer, index: number): TakeState => {
    if (answer.without !== null) return answer.without;
    if (layer.composite === 'median') return value === null ? 'spare' : 'shared';
    return index === owner ? 'owner' : 'spare';
  };
  const hiddenSomewhere = whole.hidden[0] === 1;
  const without = value !== null ? null : whole.owners[0] === LOST ? 'unread' : hiddenSomewhere ? 'hidden' : 'missing';
  return { ...headOf(cell), value, without, mask, takes: takeViews(cell, answers, stateOf) };
}

/** Twelve months, each for itself; they have no one value. */
function monthsView(cell: LayerCell): LayerView {
  const kept = keptOf(cell);
  const answers = cell.reads.map((take) => (take === null ? null : measuredAnswer(cell, take, kept)));
  const without = answers.every((answer) => answer !== null)
    ? (answers.find((answer) => answer.without !== null)?.without ?? null)
    : 'missing';
  const stateOf = ({ without: why }: Answer): TakeState => why ?? 'month';
  return { ...headOf(cell), value: null, without, mask: layerMask(cell), takes: takeViews(cell, answers, stateOf) };
}

/** One date alone: with its mask for what becomes of it, without for its value. */
function measuredAnswer({ layer, place }: LayerCell, take: TileTake, kept: Uint8Array | null): Answer {
  const alone = { ...layer, composite: 'first' as const };
  const masked = measureLayer({ ...alone, takes: [take] }, kept, place, []);
  const bare = measureLayer({ ...alone, mask: null, takes: [{ ...take, mask: null }] }, null, place, []);
  const value = numberOf(bare.values[0]);
  if (masked.owners[0] === LOST) return { value, without: 'unread' };
  if (masked.hidden[0] === 1) return { value, without: 'hidden' };
  return { value, without: value === null ? 'missing' : null };
}

function numberOf(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

function keptOf({ layer, codesOf }: LayerCell): Uint8Array | null {
  const codes = layer.mask?.layer == null ? undefined : codesOf.get(layer.mask.layer);
  return codes === undefined ? null : keptCells(layer.mask, codes);
}

function layerMask(cell: LayerCell): MaskView | null {
  const name = cell.layer.mask?.layer ?? null;
  return name === null ? null : maskView(cell, name, cell.codesOf.get(name)?.[0] ?? MISSING, null);
}

function ownMask(cell: LayerCell, scene: TileScene): MaskView {
  const codes = maskCodes(cell.layer, scene, cell.place, []);
  return maskView(cell, null, codes[0] ?? MISSING, cellPixels(scene, 'nearest', cell.place));
}

function maskView({ layer }: LayerCell, name: string | null, code: number, scene: ScenePixels | null): MaskView {
  return {
    layer: name,
    keep: layer.mask?.keep ?? null,
    drop_bits: layer.mask?.dropBits ?? null,
    code: code === MISSING || code === UNREAD ? null : code,
    unread: code === UNREAD,
    keeps: keepTest(layer.mask)(code),
    scene,
  };
}

function takeViews(
  cell: LayerCell,
  answers: readonly (Answer | null)[],
  stateOf: (answer: Answer, index: number) => TakeState,
): TakeView[] {
  const { planned, plan, reads, isUnneeded } = cell;
  return planned.takes.map((take, index) => {
    const all = take.mask === null ? take.scenes : [...take.scenes, take.mask];
    const urls = all.map((scene) => plan.scenes[scene]?.url ?? '');
    const head = { take: index + 1, date: take.date, urls };
    const [read, answer] = [reads[index] ?? null, answers[index] ?? null];
    if (read === null || answer === null) {
      const state = read !== null || isUnneeded(take) ? 'unneeded' : 'outside';
      return { ...head, state, value: null, scenes: [], mask: null };
    }
    const scenes = read.scenes.map((scene) => sceneView(cell, scene, answer));
    const mask = read.mask === null ? null : ownMask(cell, read.mask);
    return { ...head, state: stateOf(answer, index), value: answer.value, scenes, mask };
  });
}

function sceneView({ layer, place }: LayerCell, scene: TileScene, { value }: Answer): SceneView {
  const pixels = cellPixels(scene, layer.resample, place);
  if (layer.kind === 'classes' || layer.kind === 'codes') return { ...pixels, value };
  return { ...pixels, value: numberOf(alignedValues(scene, layer, place, []).values[0]) };
}
