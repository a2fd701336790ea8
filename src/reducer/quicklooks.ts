/** Pictures of the maps that a run drew, from an overview that fits: PNG, WebP, what their colours mean, one for the report. */

import type { Manifest } from '../shared/contracts/manifest.ts';
import { codesOf, colouringOf, LEGENDS_SCHEMA, legendText, type MapLegend } from '../shared/contracts/map-legend.ts';
import type { MapName } from '../shared/contracts/map-names.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import { LEGENDS_FILE, mapFile, pictureFile } from '../shared/contracts/run-places.ts';
import { toCitysinkError } from '../shared/errors.ts';
import { levelWithin, type MapFile, openMap, readMapWindow } from '../shared/io/map-file.ts';
import { encodePicture, PICTURE_TYPES } from '../shared/io/picture-file.ts';
import type { ObjectStore } from '../shared/io/store.ts';
import { joinUrl } from '../shared/io/store-url.ts';
import { jsonBytes, sha256 } from '../shared/io/stored-json.ts';
import type { MapCells } from '../shared/raster/map-blocks.ts';
import { enlarged, type Picture, paintCells, rangeOf } from '../shared/raster/map-colours.ts';
import type { Quicklook } from './report/context.ts';

/** Pixels a side, at most: 10 MB in memory. */
const MOST_PX = 1600;
/** Of the picture in the report, at most, and its bytes: a report of 70 zones stays far below 2 MB. */
const REPORT_PX = 1200;
const REPORT_BYTES = 300 * 1024;
/** Maps of fewer cells a side are drawn with larger ones. */
const LEAST_PX = 480;

/** The map that a report shows, the first of these that there is. */
const REPORT_MAPS: readonly MapName[] = ['storage', 'class', 'soil', 'above', 'sequestration'];

export interface PictureOutput {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface Quicklooks {
  readonly outputs: readonly PictureOutput[];
  /** By map, as legends.json has them. */
  readonly legends: readonly MapLegend[];
  readonly report: Quicklook | null;
}

export const NO_QUICKLOOKS: Quicklooks = { outputs: [], legends: [], report: null };

/** The same, or why there are none: a machine that cannot make pictures still has its figures and maps. */
export async function quicklooksOrReason(
  store: ObjectStore,
  runUrl: string,
  plan: Plan,
  maps: Manifest['outputs'],
): Promise<{ quicklooks: Quicklooks; warning: string | null }> {
  try {
    return { quicklooks: await drawQuicklooks(store, runUrl, plan, maps), warning: null };
  } catch (thrown) {
    const { code, message } = toCitysinkError(thrown);
    if (code !== 'CONFIG_INVALID') throw thrown;
    return { quicklooks: NO_QUICKLOOKS, warning: `pictures of the maps are left out: ${message}` };
  }
}

/** Writes them beside the maps; one map after the other. Errors: those of the store, CONFIG_INVALID where sharp does not load. */
async function drawQuicklooks(
  store: ObjectStore,
  runUrl: string,
  plan: Plan,
  maps: Manifest['outputs'],
): Promise<Quicklooks> {
  const names = (plan.maps ?? []).filter((name) => maps.some((map) => map.name === mapFile(name)));
  const outputs: PictureOutput[] = [];
  const legends: MapLegend[] = [];
  const write = async (name: string, type: string, body: Uint8Array): Promise<void> => {
    await store.replace(joinUrl(runUrl, name), body, type);
    outputs.push({ name, type, sizeBytes: body.byteLength, sha256: sha256(body) });
  };
  const shown = REPORT_MAPS.find((name) => names.includes(name));
  let report: Quicklook | null = null;
  for (const name of names) {
    const drawn = await drawnMap(store, runUrl, plan, name);
    const webp = await encodePicture(drawn.picture, 'webp');
    await write(pictureFile(name, 'png'), PICTURE_TYPES.png, await encodePicture(drawn.picture, 'png'));
    await write(pictureFile(name, 'webp'), PICTURE_TYPES.webp, webp);
    legends.push(drawn.legend);
    if (name === shown) report = await reportPicture(store, drawn, webp);
  }
  if (legends.length > 0)
    await write(LEGENDS_FILE, 'application/json', jsonBytes({ schema: LEGENDS_SCHEMA, maps: legends }));
  return { outputs, legends, report };
}

interface DrawnMap {
  readonly map: MapFile;
  /** The overview that the picture is of. */
  readonly level: number;
  readonly legend: MapLegend;
  readonly picture: Picture;
}

async function drawnMap(store: ObjectStore, runUrl: string, plan: Plan, name: MapName): Promise<DrawnMap> {
  const map = await openMap(store, joinUrl(runUrl, mapFile(name)));
  const level = levelWithin(map, MOST_PX);
  const cells = await levelCells(store, map, level);
  const codes = codesOf(name, plan);
  const range = codes === null ? rangeOf(cells, map.nodata) : null;
  const picture = pictureOf(map, level, cells, { range, codes });
  const counts = codes === null ? new Map<number, number>() : countsOf(cells);
  const legend: MapLegend = {
    ...legendText(name, plan),
    cells_per_pixel: 2 ** level / enlargement(map, level),
    width_px: picture.width,
    height_px: picture.height,
    range,
    codes: codes?.map((one) => ({ ...one, pixels: counts.get(one.code) ?? 0 })) ?? null,
  };
  return { map, level, legend, picture };
}

async function levelCells(store: ObjectStore, map: MapFile, level: number): Promise<MapCells> {
  const { rows = 0, cols = 0 } = map.levels[level] ?? {};
  return readMapWindow(store, map, level, { row: 0, col: 0, rows, cols });
}

function pictureOf(map: MapFile, level: number, cells: MapCells, legend: Parameters<typeof colouringOf>[0]): Picture {
  const { rows: height = 0, cols: width = 0 } = map.levels[level] ?? {};
  const colouring = colouringOf(legend);
  const picture =
    colouring === null
      ? { width, height, rgba: new Uint8Array(4 * width * height) }
      : paintCells(cells, { width, height }, map.nodata, colouring);
  return enlarged(picture, enlargement(map, level));
}

/** Pixels a side that a cell takes. */
function enlargement({ levels }: MapFile, level: number): number {
  const { rows = 1, cols = 1 } = levels[level] ?? {};
  return Math.max(1, Math.floor(LEAST_PX / Math.max(rows, cols)));
}

function countsOf(cells: MapCells): Map<number, number> {
  const counts = new Map<number, number>();
  for (const code of cells) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}

/** As large as fits into the report. `webp`: of the picture that was drawn, which is taken where it is the one that fits. */
async function reportPicture(store: ObjectStore, drawn: DrawnMap, webp: Uint8Array): Promise<Quicklook> {
  const { map, legend } = drawn;
  for (let most = REPORT_PX; ; most = Math.floor(most / 2)) {
    const level = levelWithin(map, most);
    const isDrawn = level === drawn.level;
    const picture = isDrawn ? drawn.picture : pictureOf(map, level, await levelCells(store, map, level), legend);
    const bytes = isDrawn ? webp : await encodePicture(picture, 'webp');
    // The smallest overview has 512 cells a side at most.
    if (bytes.length > REPORT_BYTES && level < map.levels.length - 1) continue;
    const { width: widthPx, height: heightPx } = picture;
    return { webp: Buffer.from(bytes).toString('base64'), widthPx, heightPx, cellsPerPixel: 2 ** level, legend };
  }
}
