import { LRUCache } from 'lru-cache';
import type { ComparedMaps, MapLayer, MapLayers } from '../../server/answers.ts';
import type { MapDesk, MapPicture, MapWindow } from '../../server/desk.ts';
import type { Manifest } from '../../shared/contracts/manifest.ts';
import { colouringOf, type MapLegend, parseLegends } from '../../shared/contracts/map-legend.ts';
import type { MapName } from '../../shared/contracts/map-names.ts';
import { LEGENDS_FILE, mapFile } from '../../shared/contracts/run-places.ts';
import { CitysinkError, requestInvalid } from '../../shared/errors.ts';
import { type MapFile, openMap } from '../../shared/io/map-file.ts';
import type { StoreRegistry } from '../../shared/io/open-store.ts';
import { encodePicture, QUICK_PNG_LEVEL } from '../../shared/io/picture-file.ts';
import { joinUrl } from '../../shared/io/store-url.ts';
import { readJson } from '../../shared/io/stored-json.ts';
import { paintCells, rangeOf } from '../../shared/raster/map-colours.ts';
import { Turnstile } from '../turnstile.ts';
import { pictureSize, sampledWindow } from './map-window.ts';
import type { IndexedRun, ResultsIndex } from './results-index.ts';
import type { StoredRuns } from './stored-runs.ts';

/** Maps of finished runs as pictures, painted when they are asked for: a window takes some 25 MB while it is made. */

/** Bytes of tables of blocks that are kept; a map of a province has half a megabyte of them. */
const KEPT_TABLES_BYTES = 64 * 1024 * 1024;
const KEPT_LEGENDS = 64;
const KEPT_DIFFERENCES = 16;
/** Pictures that are made at once; others wait their turn. */
const AT_ONCE = 2;
/** Of the difference of two maps. */
const DIFFERENCE_PX = 1024;

/** A map of a run, with what its colours mean. */
interface KnownMap {
  readonly run: IndexedRun;
  readonly legend: MapLegend;
  readonly sha256: string;
  readonly url: string;
}

interface Difference {
  readonly layer: MapLayer;
  readonly png: Uint8Array;
}

export class StoredMaps implements MapDesk {
  private readonly index: ResultsIndex;
  private readonly stored: StoredRuns;
  private readonly stores: StoreRegistry;
  private readonly files = new LRUCache<string, MapFile>({
    maxSize: KEPT_TABLES_BYTES,
    sizeCalculation: ({ levels }) => levels.reduce((sum, { offsets }) => sum + 16 * offsets.length, 1000),
  });
  private readonly legends = new LRUCache<string, readonly MapLegend[]>({ max: KEPT_LEGENDS });
  private readonly differences = new LRUCache<string, Difference>({ max: KEPT_DIFFERENCES });
  private readonly painting = new Turnstile(AT_ONCE);

  constructor(index: ResultsIndex, stored: StoredRuns, stores: StoreRegistry) {
    this.index = index;
    this.stored = stored;
    this.stores = stores;
  }

  async layers(city: string, run: string): Promise<MapLayers> {
    const known = await this.mapsOf(await this.index.find(city, run));
    const layers = known.map(async (one) => layerOf(one.legend, await this.open(one)));
    return { maps: await Promise.all(layers) };
  }

  async picture(city: string, run: string, map: string, window: MapWindow): Promise<MapPicture> {
    const known = (await this.mapsOf(await this.index.find(city, run))).find(({ legend }) => legend.name === map);
    if (known === undefined) throw noMap(map, run);
    const { sha256, legend, url } = known;
    return this.painting.pass(async () => {
      const file = await this.open(known);
      refuseBeyond(file, window);
      const cells = await sampledWindow(this.stores.storeFor(url), file, window);
      const colouring = colouringOf(legend) ?? { range: null, codes: [] };
      return {
        sha256,
        png: await encodePicture(
          paintCells(cells, pictureSize(window), file.nodata, colouring),
          'png',
          QUICK_PNG_LEVEL,
        ),
      };
    });
  }

  async compared(old: string, next: string): Promise<ComparedMaps> {
    const [before, after] = await this.pair(old, next);
    const both = before.flatMap((one) => {
      const other = after.find(({ legend }) => legend.name === one.legend.name);
      return one.legend.codes !== null || other === undefined ? [] : [{ one, other }];
    });
    const alike = await Promise.all(both.map(({ one, other }) => this.liesAs(one, other)));
    const maps = both.filter((_, place) => alike[place]).map(({ other }) => other.legend);
    const reason = maps.length > 0 ? null : both.length === 0 ? 'none' : 'grid';
    return { maps: maps.map(({ name, title, unit }) => ({ name, title, unit })), reason };
  }

  async difference(old: string, next: string, map: string): Promise<Difference> {
    const pair = await this.pair(old, next);
    const [before, after] = pair.map((maps) => maps.find(({ legend }) => legend.name === map));
    if (before === undefined || after === undefined) throw noMap(map, before === undefined ? old : next);
    const key = `${before.url} ${before.sha256} ${after.url} ${after.sha256}`;
    const kept = this.differences.get(key);
    if (kept !== undefined) return kept;
    const found = await this.painting.pass(() => this.subtract(before, after));
    this.differences.set(key, found);
    return found;
  }

  private async subtract(before: KnownMap, after: KnownMap): Promise<Difference> {
    if (after.legend.codes !== null || !(await this.liesAs(before, after))) {
      const message = `the maps ${after.legend.name} of both runs have no difference: they hold codes, or other cells`;
      throw requestInvalid([{ where: 'query.a, query.b', message }]);
    }
    const [old, next] = [await this.open(before), await this.open(after)];
    const { rows = 0, cols = 0 } = next.levels[0] ?? {};
    const window = { row: 0, col: 0, rows, cols, px: DIFFERENCE_PX };
    const [were, are] = [
      await sampledWindow(this.stores.storeFor(before.url), old, window),
      await sampledWindow(this.stores.storeFor(after.url), next, window),
    ];
    const changes = Float64Array.from(are, (value, cell) =>
      value === next.nodata || were[cell] === old.nodata ? Number.NaN : value - (were[cell] as number),
    );
    const range = rangeOf(changes, Number.NaN, true);
    const colouring = colouringOf({ range, codes: null }) ?? { range: null, codes: [] };
    const png = await encodePicture(
      paintCells(changes, pictureSize(window), Number.NaN, colouring),
      'png',
      QUICK_PNG_LEVEL,
    );
    return { layer: layerOf({ ...after.legend, range }, next), png };
  }

  private async pair(old: string, next: string): Promise<[KnownMap[], KnownMap[]]> {
    const [before, after] = await Promise.all([this.index.findNamed(old), this.index.findNamed(next)]);
    return [await this.mapsOf(before), await this.mapsOf(after)];
  }

  /** Maps that the manifest lists and that have a legend; runs of before legends have none that can be painted. */
  private async mapsOf(run: IndexedRun): Promise<KnownMap[]> {
    const outputs = (await this.stored.manifest(run))?.outputs ?? [];
    const listed = outputs.find(({ name }) => name === LEGENDS_FILE);
    if (listed === undefined) return [];
    const legends = await this.legendsOf(run, listed);
    return legends.flatMap((legend) => {
      const output = outputs.find(({ name }) => name === mapFile(legend.name as MapName));
      return output === undefined ? [] : [{ run, legend, sha256: output.sha256, url: joinUrl(run.url, output.name) }];
    });
  }

  private async legendsOf({ url }: IndexedRun, { sha256 }: Manifest['outputs'][number]): Promise<readonly MapLegend[]> {
    const key = `${url} ${sha256}`;
    const kept = this.legends.get(key);
    if (kept !== undefined) return kept;
    const legends = parseLegends(await readJson(this.stores.storeFor(url), joinUrl(url, LEGENDS_FILE)));
    this.legends.set(key, legends);
    return legends;
  }

  private async open({ url, sha256 }: KnownMap): Promise<MapFile> {
    const key = `${url} ${sha256}`;
    const kept = this.files.get(key);
    if (kept !== undefined) return kept;
    const file = await openMap(this.stores.storeFor(url), url);
    this.files.set(key, file);
    return file;
  }

  /** Whether the cells of both are the same places. */
  private async liesAs(one: KnownMap, other: KnownMap): Promise<boolean> {
    const [a, b] = await Promise.all([this.open(one), this.open(other)]);
    const [first, second] = [a.levels[0], b.levels[0]];
    return a.georeference === b.georeference && first?.rows === second?.rows && first?.cols === second?.cols;
  }
}

function layerOf({ name, title, unit, range, codes }: MapLegend, { levels, place }: MapFile): MapLayer {
  const { rows = 0, cols = 0 } = levels[0] ?? {};
  const { west, north, cellWidth, cellHeight } = place;
  return { name, title, unit, range, codes, rows, cols, west, north, cell_width: cellWidth, cell_height: cellHeight };
}

function refuseBeyond({ levels }: MapFile, { row, col, rows, cols }: MapWindow): void {
  const size = levels[0] ?? { rows: 0, cols: 0 };
  if (row + rows <= size.rows && col + cols <= size.cols) return;
  const found = `rows ${row} to ${row + rows}, columns ${col} to ${col + cols}`;
  const expected = `within ${size.rows} rows and ${size.cols} columns`;
  throw requestInvalid([{ where: 'query', message: 'the window reaches beyond the map', expected, found }]);
}

function noMap(map: string, run: string): CitysinkError {
  return new CitysinkError('OBJECT_NOT_FOUND', `run ${run} has no map ${map} that can be shown`, {
    remedy: 'Maps are drawn where the spec has maps; GET /api/runs/{city}/{run}/maps lists those of a run.',
  });
}
