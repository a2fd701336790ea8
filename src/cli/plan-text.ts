import type { Estimate } from '../producer/estimate.ts';
import type { OwnedShares } from '../producer/owned-areas.ts';
import { MONTHS } from '../shared/carbon/casa.ts';
import { durationText, siNumber } from '../shared/carbon/number-text.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { PlannedLayer, Take } from '../shared/contracts/plan-layers.ts';
import { costOf, moneyText, type Prices } from '../shared/contracts/run-cost.ts';
import { placeText } from './place-text.ts';

/** A plan in words, for a terminal. */

export interface PlanView {
  readonly plan: Plan;
  readonly runUrl: string;
  /** Tiles that are to be counted. */
  readonly missing: number;
  readonly estimate: Estimate;
  /** null: nothing is said of money. */
  readonly prices: Prices | null;
  /** For each layer. */
  readonly owned: readonly OwnedShares[];
}

export function planText({ plan, runUrl, missing, estimate, prices, owned }: PlanView): string {
  const { grid, tileCount } = plan;
  const lines = [
    `run      ${plan.run} (${placeText(runUrl)})`,
    `grid     ${grid.crs.name}, cells of ${grid.cellWidth} x ${grid.cellHeight}, ${plan.gridReason}; ${grid.window.rows} rows x ${grid.window.cols} cols over the zones`,
    `areas    ${areaText(plan)}`,
    `zones    ${plan.zones.list.length} from ${placeText(plan.zones.url)}`,
    ...plan.layers.flatMap((layer, index) => layerLines(plan, layer, owned[index])),
    ...casaLines(plan),
    ...plan.unread.map((input) => `not read ${input.url} [${input.code}] ${input.message}`),
    `tiles    ${tileCount} of ${plan.tileRows} x ${plan.tileCols} cells; ${missing} to count, ${tileCount - missing} there already`,
    `store    ${counted(estimate.requests, 'range request')}, ${siNumber(estimate.bytes)}B`,
    `work     about ${durationText(estimate.cpuSeconds)} of one core, ${estimate.workerMemoryMb} MB a worker`,
    ...costLines(estimate, prices),
    ...[...plan.warnings, ...plan.scoreWarnings].map((warning) => `note     ${warning}`),
  ];
  return lines.join('\n');
}

function costLines({ requests, bytes, cpuSeconds }: Estimate, prices: Prices | null): string[] {
  const cost = costOf({ requests, bytes, seconds: cpuSeconds }, prices);
  return cost === null ? [] : [`cost     about ${moneyText(cost, prices)}, by the prices of the configuration`];
}

function casaLines({ casa }: Plan): string[] {
  if (casa === null) return [];
  const { inputs, fpar, respiration } = casa;
  const light = fpar.form === 'linear' ? 'FPAR linear in NDVI' : 'FPAR between limits of NDVI';
  const water = inputs.pet === null ? 'evaporation after Thornthwaite' : `evaporation of layers.${inputs.pet}`;
  const rest = respiration === 'none' ? 'no respiration, so NPP alone' : 'respiration after Pei et al.';
  return [`model    CASA; ${light}; ${water}; ${rest}`];
}

function areaText({ areaBy, planeDistortion }: Plan): string {
  const percent =
    planeDistortion === null
      ? ''
      : `, ${planeDistortion.mean >= 0 ? '+' : ''}${(planeDistortion.mean * 100).toPrecision(2)} % against the ellipsoid`;
  if (areaBy === null) return `in the plane of the CRS${percent}`;
  return areaBy === 'row' ? 'on the ellipsoid, by row' : 'on the ellipsoid, by cell';
}

/** Scenes of one layer that are told one by one. */
const MOST_TAKES = 20;

function layerLines(plan: Plan, layer: PlannedLayer, owned: OwnedShares | undefined): string[] {
  const { takes } = layer;
  const head = `layer    ${layer.name}: ${layerText(plan, layer)}`;
  const lines = takes.slice(0, MOST_TAKES).map((take, index) => takeLine(plan, take, owned, index));
  if (takes.length > MOST_TAKES) lines.push(`           ... and ${takes.length - MOST_TAKES} more`);
  const uncovered =
    owned === undefined || owned.uncovered === 0
      ? []
      : [`           ${shareText(owned.uncovered, owned.stride)} of the city under no scene`];
  return [head, ...lines, ...uncovered];
}

const KINDS = {
  classes: 'classes',
  codes: 'codes that mask',
  ndvi: 'NDVI of red and nir',
  months: 'months for the flux by model',
  quantity: 'a quantity',
};
const COMPOSITES = {
  first: 'the first with data owns a cell',
  max_ndvi: 'the greatest of all dates',
  median: 'the median of all dates',
};

function layerText(plan: Plan, layer: PlannedLayer): string {
  const { kind, unit, resample, mask, takes } = layer;
  const isWarped = takes.some((take) => take.scenes.some((scene) => plan.scenes[scene]?.window == null));
  const parts = [
    KINDS[kind] + (unit === null ? '' : ` in ${unit}`),
    takesText(layer),
    isWarped ? `${resample} onto the grid` : 'on the grid',
  ];
  if (mask !== null) {
    const rule = mask.keep === null ? `without bits ${mask.dropBits?.join(', ')}` : `codes ${mask.keep.join(', ')}`;
    parts.push(`kept where ${mask.layer === null ? 'the mask of its date' : `layers.${mask.layer}`} has ${rule}`);
  }
  return parts.join('; ');
}

function takesText({ kind, composite, takes }: PlannedLayer): string {
  if (kind === 'months') return takes.length === MONTHS ? 'January first' : 'not all could be read: no flux by model';
  return `${counted(takes.length, kind === 'ndvi' ? 'date' : 'scene')}, ${COMPOSITES[composite]}`;
}

function takeLine(plan: Plan, take: Take, owned: OwnedShares | undefined, index: number): string {
  const share = owned?.shares[index] ?? null;
  const scenes = take.scenes.map((scene) => sceneText(plan, scene)).join(' + ');
  const date = take.date === null ? '' : `, ${take.date}`;
  const owns = share === null || owned === undefined ? '' : `, ${shareText(share, owned.stride)} of the city`;
  return `           ${scenes}${date}${owns}`;
}

function sceneText(plan: Plan, index: number): string {
  const scene = plan.scenes[index];
  if (scene === undefined) return '';
  const { rows = 0, cols = 0 } = scene.window ?? scene.warp ?? {};
  const crs = scene.warp === null ? '' : ` of ${scene.warp.crs.name}`;
  const scaling =
    scene.gain === 1 && scene.bias === 0
      ? ''
      : `, x ${scene.gain} ${scene.bias < 0 ? '-' : '+'} ${Math.abs(scene.bias)}`;
  return `${placeText(scene.url)}  ${rows} x ${cols}${crs}, nodata ${scene.nodata ?? 'none'}${scaling}`;
}

/** Exact where every cell was looked at. */
function shareText(share: number, stride: number): string {
  return `${stride === 1 ? '' : 'about '}${(share * 100).toFixed(share > 0 && share < 0.001 ? 3 : 1)} %`;
}

/** `1 tile`, `2 tiles`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
