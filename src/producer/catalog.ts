import type { UnreadInput } from '../shared/carbon/partial.ts';
import type { LayerSpec } from '../shared/contracts/city-spec.ts';
import { type CitysinkError, isInputLoss, type Problem, refuseIfAny, toCitysinkError } from '../shared/errors.ts';
import type { StoreRegistry } from '../shared/io/open-store.ts';
import { openRaster, type RasterFile } from '../shared/io/raster-file.ts';
import type { ObjectInfo } from '../shared/io/store.ts';

/** A scene whose header is known. */
export interface CatalogScene {
  readonly info: ObjectInfo;
  readonly raster: RasterFile;
}

export interface Catalog {
  readonly scenes: readonly CatalogScene[];
  readonly unread: readonly UnreadInput[];
}

const HEADERS_AT_ONCE = 8;

/**
 * Opens the headers of all scenes; reads no pixel.
 *
 * Errors: REQUEST_INVALID with every scene that is of a kind that is not read; the first scene's own error where no
 * header could be read at all.
 */
export async function catalogScenes(
  layer: LayerSpec,
  scenes: readonly ObjectInfo[],
  stores: StoreRegistry,
): Promise<Catalog> {
  const opened: (CatalogScene | { info: ObjectInfo; error: CitysinkError })[] = [];
  for (let at = 0; at < scenes.length; at += HEADERS_AT_ONCE) {
    opened.push(
      ...(await Promise.all(scenes.slice(at, at + HEADERS_AT_ONCE).map((info) => open(layer, info, stores)))),
    );
  }
  const failed = opened.filter((scene) => 'error' in scene);
  const wrong = failed.filter(({ error }) => !isInputLoss(error.code));
  refuseIfAny(wrong.map(({ info, error }) => toProblem(info, error)));
  const readable = opened.filter((scene) => 'raster' in scene);
  if (readable.length === 0 && failed[0] !== undefined) throw failed[0].error;
  const unread = failed.map(({ info, error }) => ({ url: info.url, code: error.code, message: error.message }));
  return { scenes: readable, unread };
}

async function open(
  layer: LayerSpec,
  info: ObjectInfo,
  stores: StoreRegistry,
): Promise<CatalogScene | { info: ObjectInfo; error: CitysinkError }> {
  try {
    return { info, raster: await openRaster(stores.storeFor(info.url, layer), info) };
  } catch (thrown) {
    return { info, error: toCitysinkError(thrown) };
  }
}

function toProblem(info: ObjectInfo, error: CitysinkError): Problem {
  return { where: info.url, message: `${error.message}. ${error.remedy}` };
}
