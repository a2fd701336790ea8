/** The report of a cell in words, for a terminal. */

import { type Coefficient, POOLS, RATES } from '../../shared/carbon/factors.ts';
import { m2ToHa } from '../../shared/units.ts';
import { placeText } from '../place-text.ts';
import { plainLine } from '../terminal-text.ts';
import type { LayerView, MaskView, SceneView, TakeState, TakeView } from './cell-layers.ts';
import type { CellPixel, ScenePixels } from './cell-pixels.ts';
import type { CellClass, CellReport } from './explain-cell.ts';

export function cellText(report: CellReport): string {
  const lines = [
    ...placeLines(report),
    ...report.layers.flatMap((layer) => layerLines(layer)),
    ...(report.cell === null ? [] : [...classLines(report), ...addsLines(report)]),
    ...report.unread.map(({ url, code, message }) => `not read ${placeText(url)} [${code}] ${message}`),
  ];
  return lines.map(plainLine).join('\n');
}

function placeLines(report: CellReport): string[] {
  const { asked, grid, cell, tile, zone } = report;
  const place = `place    ${asked.x}, ${asked.y} in ${asked.crs}`;
  if (cell === null) return [place, `cell     none: ${grid.crs} is not defined there`];
  const lonLat =
    cell.lon === null || cell.lat === null ? '' : `; lon ${rounded(cell.lon, 7)}, lat ${rounded(cell.lat, 7)}`;
  return [
    place,
    `cell     row ${cell.row}, col ${cell.col} of the grid, ${grid.cell_width} x ${grid.cell_height} in ${grid.crs}`,
    `         centre x ${figure(cell.x, 12)}, y ${figure(cell.y, 12)}${lonLat}`,
    tile === null
      ? 'tile     none: the plan has no tile there'
      : `tile     ${tile.tile}: rows ${tile.row} to ${tile.row + tile.rows - 1}, cols ${tile.col} to ${tile.col + tile.cols - 1}`,
    `area     ${areaText(report)}`,
    `zone     ${zone === null ? "none: the cell's centre lies in no zone, so it counts for nothing" : zoneText(zone)}`,
  ];
}

function zoneText(zone: NonNullable<CellReport['zone']>): string {
  const named = ({ id, name }: { readonly id: string; readonly name: string }) =>
    name === '' || name === id ? id : `${id} (${name})`;
  const all = [zone, ...zone.also_in];
  if (all.some(({ share }) => share > 0 && share < 1)) {
    return all.map((part) => `${(part.share * 100).toFixed(2)} % in ${named(part)}`).join(', ');
  }
  const later = zone.also_in.map(named).join(', ');
  return named(zone) + (later === '' ? '' : `; also inside ${later}, later in the file: counts for the first only`);
}

function areaText({ area_m2, area_by }: CellReport): string {
  if (area_m2 === null) return 'none: the projection is not defined there';
  const where = area_by === 'plane' ? 'in the plane of the CRS' : 'on the ellipsoid';
  return `${figure(m2ToHa(area_m2), 8)} ha (${figure(area_m2, 8)} m2), ${where}`;
}

const NOTHING = {
  hidden: 'no value: the mask hides it',
  missing: 'no value: no take has data here',
  unread: 'no value: what would tell cannot be read',
};

const COMPOSITES = {
  first: 'the first take with data owns the cell',
  max_ndvi: 'the greatest of all dates',
  median: 'the median of all dates',
};

const WHAT = { classes: 'class ', codes: 'code ', ndvi: '', months: '', quantity: '' };

/** Months stand for themselves: all of them are needed, and none is the value of the cell. */
function monthsText({ takes }: LayerView): string {
  const there = takes.filter(({ state }) => state === 'month').length;
  return there === takes.length && there > 0 ? `${there} months` : `${there} of 12 months: no flux by model`;
}

function layerLines(layer: LayerView): string[] {
  const { kind, unit, takes } = layer;
  if (kind === 'months') {
    const mask = layer.mask === null ? [] : [`         mask: ${maskText(layer.mask)}`];
    const told = takes.filter(({ scenes }) => scenes.length > 0).flatMap((take) => takeLines(take, layer));
    return [`layer    ${layer.layer}: ${monthsText(layer)}`, ...mask, ...told, ...idleLines(takes)];
  }
  const value =
    layer.value === null
      ? NOTHING[layer.without ?? 'missing']
      : `${WHAT[kind]}${figure(layer.value, WHAT[kind] === '' ? 6 : 12)}${unit === null ? '' : ` ${unit}`}`;
  const head = `layer    ${layer.layer}: ${value}${takes.length > 1 ? `; ${COMPOSITES[layer.composite]}` : ''}`;
  const mask = layer.mask === null ? [] : [`         mask: ${maskText(layer.mask)}`];
  const told = takes.filter(({ scenes }) => scenes.length > 0).flatMap((take) => takeLines(take, layer));
  return [head, ...mask, ...told, ...idleLines(takes)];
}

/** Takes that nothing was read of: there may be hundreds. */
function idleLines(takes: readonly TakeView[]): string[] {
  return (['outside', 'unneeded'] as const).flatMap((state) => {
    const [first, ...more] = takes.filter((take) => take.scenes.length === 0 && take.state === state);
    if (first === undefined) return [];
    const others = more.length === 0 ? '' : `, and those of ${more.length} more`;
    return [`  not read, ${IDLE[state]}: ${first.urls.map(placeText).join(', ')}${others}`];
  });
}

const IDLE = {
  outside: 'no pixel under the cell',
  unneeded: 'as an earlier take leaves nothing to it',
};

const TAKES: Readonly<Record<TakeState, string>> = {
  owner: 'owns the cell',
  shared: 'is one of the median',
  month: 'has data',
  spare: 'has data, an earlier take owns the cell',
  hidden: 'has data, hidden by the mask',
  missing: 'has no data here',
  unread: 'cannot be read here, so no other take may stand for it',
  ...IDLE,
};

function takeStateText(state: TakeState, { composite, without }: LayerView): string {
  if (state === 'spare' && without === 'unread') return 'has data, and may not stand for a take that cannot be read';
  if (state === 'spare' && composite === 'max_ndvi')
    return 'has data, another date is greater, or as great and earlier';
  return TAKES[state];
}

function takeLines(take: TakeView, layer: LayerView): string[] {
  const date = take.date === null ? '' : ` ${take.date}`;
  const value = layer.kind === 'ndvi' && take.value !== null ? `, NDVI ${figure(take.value)}` : '';
  const roles = layer.kind === 'ndvi' ? ['red ', 'nir '] : [''];
  const scenes = take.scenes.flatMap((scene, index) => sceneLines(scene, roles[index] ?? '', layer));
  const { mask } = take;
  return [
    `  ${take.take}.${date} ${takeStateText(take.state, layer)}${value}`,
    ...scenes,
    ...(mask === null ? [] : [`     mask ${maskText(mask)}`]),
    ...(mask?.scene == null ? [] : pixelsLines(mask.scene, 'mask ')),
  ];
}

function sceneLines(scene: SceneView, role: string, { kind }: LayerView): string[] {
  const isCode = kind === 'classes' || kind === 'codes';
  const { gain, bias, value } = scene;
  const scaling = gain === 1 && bias === 0 ? '' : ` x ${gain} ${bias < 0 ? '-' : '+'} ${Math.abs(bias)}`;
  const result = isCode
    ? []
    : [`       value ${value === null ? 'none' : figure(value)}${scaling === '' ? '' : ` = stored${scaling}`}`];
  return [...pixelsLines(scene, role), ...result];
}

/** A scene, how it meets the cell, and its pixels under it. */
function pixelsLines(scene: ScenePixels, role: string): string[] {
  const { url, band, warp, position, nodata } = scene;
  const at = position === null ? 'nowhere' : `at row ${rounded(position.row, 4)}, col ${rounded(position.col, 4)}`;
  const aligned = warp === null ? 'on the grid' : `${warp.resample} from ${warp.crs}`;
  const missing = nodata === null ? '' : `, nodata ${nodata}`;
  const more = scene.more > 0 ? [`       ... and up to ${scene.more} more`] : [];
  return [
    `     ${role}${placeText(url)}, band ${band}: ${aligned}, ${at}${missing}`,
    ...scene.pixels.map((pixel) => `       ${pixelText(pixel, scene)}`),
    ...more,
  ];
}

const PIXEL_STATES = {
  valid: '',
  nodata: 'nodata',
  masked: 'hidden by the mask inside of the file',
  sparse: 'in a block that the file leaves out: nodata',
  unread: 'cannot be read',
};

function pixelText({ row, col, sample, state, weight }: CellPixel, { warp }: ScenePixels): string {
  const stored = sample === null ? '' : ` stored ${sample}`;
  const told = PIXEL_STATES[state];
  const weighs =
    warp === null || warp.resample === 'nearest' || state !== 'valid' ? '' : `, weight ${figure(weight, 4)}`;
  return `pixel row ${row}, col ${col}:${stored}${weighs}${told === '' ? '' : `${stored === '' ? ' ' : ', '}${told}`}`;
}

function maskText({ layer, keep, drop_bits, code, unread, keeps }: MaskView): string {
  const rule = keep === null ? `bits ${drop_bits?.join(', ')} hide` : `codes ${keep.join(', ')} are kept`;
  const found = unread ? 'cannot be read' : code === null ? 'has no data' : `code ${code}`;
  return `${layer === null ? 'of the date' : `layers.${layer}`}: ${found}, ${rule}: ${keeps ? 'kept' : 'hidden'}`;
}

function classLines(report: CellReport): string[] {
  const { class: found, zone } = report;
  if (found === null) return [`class    none${zone === null ? '' : ': the cell counts for its zone and for no class'}`];
  if (found.factors === null) {
    return [`class    ${found.code}: not in ${placeText(report.factors_url)}; a run that meets it fails`];
  }
  return [`class    ${found.code} ${found.factors.name}`, ...factorLines(found.factors, report.factors_url)];
}

function factorLines({ values, source }: NonNullable<CellClass['factors']>, url: string): string[] {
  const told = (names: readonly Coefficient[], unit: string) => {
    const known = names.filter((name) => values[name] !== undefined);
    return `${known.map((name) => `${name.replace('_', ' ')} ${values[name]}`).join(', ')} ${unit}`;
  };
  const hasRates = RATES.some((rate) => values[rate] !== undefined);
  const hasPools = POOLS.some((pool) => values[pool] !== undefined);
  return [
    ...(hasPools ? [`         ${told(POOLS, 't C/ha')}`] : []),
    ...(hasRates ? [`         ${told(RATES, 't C/ha/yr')}`] : []),
    `         source: ${source ?? 'none named'} (${placeText(url)})`,
  ];
}

function addsLines({ adds, zone, class: found }: CellReport): string[] {
  if (adds === null) {
    const why = zone === null ? 'it is in no zone' : found === null ? 'it has no class' : 'its class has no factors';
    return [`adds     nothing: ${why}`];
  }
  const pools = POOLS.flatMap((pool) =>
    adds[`${pool}_tC`] === null ? [] : [`${pool} ${figure(adds[`${pool}_tC`] ?? 0)}`],
  );
  const lines: string[] = [];
  if (adds.storage_tC !== null) lines.push(`storage ${figure(adds.storage_tC)} t C (${pools.join(', ')})`);
  if (adds.sequestration_tC_yr !== null) lines.push(`sequestration ${figure(adds.sequestration_tC_yr)} t C/yr`);
  return lines.map((line, index) => `${index === 0 ? 'adds    ' : '        '} ${line}`);
}

/** Digits for reading; --json has them all. */
function figure(value: number, digits = 6): string {
  return String(Number(value.toPrecision(digits)));
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
