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
  const lonLat = cell.lon === null || cell.lat === null ? '' : `; lon ${degrees(cell.lon)}, lat ${degrees(cell.lat)}`;
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

function zoneText({ id, name, also_in }: NonNullable<CellReport['zone']>): string {
  const named = (zone: { readonly id: string; readonly name: string }) =>
    zone.name === '' || zone.name === zone.id ? zone.id : `${zone.id} (${zone.name})`;
  const later = also_in.map(named).join(', ');
  return (
    named({ id, name }) + (later === '' ? '' : `; also inside ${later}, later in the file: counts for the first only`)
  );
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

function layerLines(layer: LayerView): string[] {
  const unit = layer.unit === null ? '' : ` ${layer.unit}`;
  const isCode = layer.kind === 'classes' || layer.kind === 'codes';
  const value =
    layer.value === null || layer.without !== null ? NOTHING[layer.without ?? 'missing'] : figure(layer.value) + unit;
  const what = layer.value === null || !isCode ? '' : layer.kind === 'classes' ? 'class ' : 'code ';
  const head = `layer    ${layer.layer}: ${what}${value}; ${COMPOSITES[layer.composite]}`;
  const mask = layer.mask === null ? [] : [`         mask: ${maskText(layer.mask)}`];
  return [head, ...mask, ...layer.takes.flatMap((take) => takeLines(take, layer))];
}

function takeStateText(state: TakeState, { composite }: LayerView): string {
  const states: Readonly<Record<TakeState, string>> = {
    owner: 'owns the cell',
    shared: 'one of the median',
    spare:
      composite === 'max_ndvi'
        ? 'has data, another date is greater or as great'
        : 'has data, an earlier take owns the cell',
    hidden: 'has data, hidden by the mask',
    missing: 'has no data here',
    unread: 'cannot be read here, so no later take may own the cell',
    outside: 'does not lie over the cell',
    unneeded: 'not read: an earlier take has data in the whole tile',
  };
  return states[state];
}

function takeLines(take: TakeView, layer: LayerView): string[] {
  const date = take.date === null ? '' : ` of ${take.date}`;
  const value = layer.kind === 'ndvi' && take.value !== null ? `, NDVI ${figure(take.value)}` : '';
  const head = `  ${take.take}.${date} ${takeStateText(take.state, layer)}${value}`;
  if (take.scenes.length === 0) return [head, ...take.urls.map((url) => `     ${placeText(url)}`)];
  const roles = layer.kind === 'ndvi' ? ['red ', 'nir '] : [''];
  const scenes = take.scenes.flatMap((scene, index) => sceneLines(scene, roles[index] ?? '', layer));
  const { mask } = take;
  const masks = mask === null ? [] : [`     mask: ${maskText(mask)}`];
  return [head, ...scenes, ...masks, ...(mask?.scene == null ? [] : pixelsLines(mask.scene, 'mask '))];
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
  const at = position === null ? 'nowhere' : `at row ${figure(position.row, 9)}, col ${figure(position.col, 9)}`;
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
  return `${layer === null ? 'of its date' : `layers.${layer}`}, ${found}, ${rule}: ${keeps ? 'kept' : 'hidden'}`;
}

function classLines(report: CellReport): string[] {
  const found = report.class;
  if (found === null) return ['class    none: the cell counts for the zone and for no class'];
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

function degrees(value: number): string {
  return String(Number(value.toFixed(7)));
}
