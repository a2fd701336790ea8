import { LRUCache } from 'lru-cache';
import type { UnreadInput } from '../shared/carbon/partial.ts';
import { type CitysinkError, isInputLoss, type Problem, refuseIfAny, toCitysinkError } from '../shared/errors.ts';
import type { Crs } from '../shared/geo/crs.ts';
import { parseCrs } from '../shared/geo/crs-registry.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { openRaster, type RasterFile } from '../shared/io/raster-file.ts';
import type { ObjectInfo } from '../shared/io/store.ts';
import { blockCount } from '../shared/raster/block-grid.ts';
import type { NamedLayer, ResolvedScene } from './resolve-scenes.ts';

/** A scene whose header is known; its CRS is the file's own, or the layer's where the file names none. */
export interface CatalogScene extends ResolvedScene {
  readonly raster: RasterFile;
  /** Header of the item's own classes, where the layer's mask asks for them. */
  readonly ownMaskRaster: RasterFile | null;
}

export interface Catalog {
  readonly scenes: readonly CatalogScene[];
  readonly unread: readonly UnreadInput[];
}

const HEADERS_AT_ONCE = 8;

/** Headers that outlast a request, by URL and ETag: a replaced scene is another one. */
export type KeptHeaders = LRUCache<string, RasterFile>;

const KEPT_BYTES = 64 * 1024 * 1024;
/** A header without its table of blocks, and a block of the table. */
const HEADER_BYTES = 4096;
const BLOCK_BYTES = 16;

/** For a process that plans the same cities again and again: it then opens the scenes alone that are new. */
export function keptHeaders(): KeptHeaders {
  const blocks = ({ layout, mask }: RasterFile['header']) =>
    blockCount(layout) + (mask === null ? 0 : blockCount(mask));
  return new LRUCache({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ header }) => HEADER_BYTES + BLOCK_BYTES * blocks(header),
  });
}

/** Opens headers, each object once though several layers read bands of it; reads no pixel. */
export class HeaderReader {
  private readonly stores: StoreRegistry;
  private readonly opened = new Map<string, Promise<RasterFile>>();
  private readonly kept: KeptHeaders | null;

  constructor(stores: StoreRegistry, kept: KeptHeaders | null = null) {
    this.stores = stores;
    this.kept = kept;
  }

  open(info: ObjectInfo, { layer }: NamedLayer): Promise<RasterFile> {
    const key = `${info.url} ${info.etag}`;
    const known = this.opened.get(key);
    if (known !== undefined) return known;
    const before = this.kept?.get(key);
    const opening =
      before === undefined ? openRaster(this.stores.storeFor(info.url, layer), info) : Promise.resolve(before);
    opening.then(
      (raster) => this.kept?.set(key, raster),
      () => undefined,
    );
    this.opened.set(key, opening);
    return opening;
  }
}

/**
 * Headers of all scenes of a layer.
 *
 * Errors: REQUEST_INVALID with every scene that is of a kind that is not read; the first scene's own error where no
 * header could be read at all.
 */
export async function catalogScenes(
  named: NamedLayer,
  scenes: readonly ResolvedScene[],
  headers: HeaderReader,
): Promise<Catalog> {
  const crs = named.layer.crs === null ? null : await parseCrs(named.layer.crs);
  const opened: (CatalogScene | LostScene)[] = [];
  for (let at = 0; at < scenes.length; at += HEADERS_AT_ONCE) {
    const batch = scenes.slice(at, at + HEADERS_AT_ONCE);
    opened.push(...(await Promise.all(batch.map((scene) => open(named, scene, headers, crs)))));
  }
  const failed = opened.filter((scene) => 'error' in scene);
  const wrong = failed.filter(({ error }) => !isInputLoss(error.code));
  refuseIfAny(wrong.map(({ info, error }) => toProblem(info, error)));
  const readable = opened.filter((scene) => 'raster' in scene);
  if (readable.length === 0 && failed[0] !== undefined) throw failed[0].error;
  const unread = failed.map(({ info, error }) => ({ url: info.url, code: error.code, message: error.message }));
  return { scenes: readable, unread };
}

interface LostScene {
  readonly info: ObjectInfo;
  readonly error: CitysinkError;
}

async function open(
  named: NamedLayer,
  scene: ResolvedScene,
  headers: HeaderReader,
  crs: Crs | null,
): Promise<CatalogScene | LostScene> {
  let info = scene.info;
  try {
    const raster = await headers.open(info, named);
    const stated = raster.header.crs === null && crs !== null;
    const located = stated ? { ...raster, header: { ...raster.header, crs } } : raster;
    if (scene.ownMask === null) return { ...scene, raster: located, ownMaskRaster: null };
    info = scene.ownMask;
    return { ...scene, raster: located, ownMaskRaster: await headers.open(info, named) };
  } catch (thrown) {
    return { info, error: toCitysinkError(thrown) };
  }
}

function toProblem(info: ObjectInfo, error: CitysinkError): Problem {
  return { where: info.url, message: `${error.message}. ${error.remedy}` };
}
