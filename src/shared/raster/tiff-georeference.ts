import type { Geotransform } from '../geo/geotransform.ts';
import { TAG, type TagBag, tagNumbers } from './tiff-tags.ts';

/** Where the image lies on the map, as its tags say. */
export interface Georeference {
  /** null where the tags give none, or only control points. */
  readonly geotransform: Geotransform | null;
  /** Tie points that stand alone: control points, which are not used. */
  readonly controlPoints: number;
  readonly remarks: readonly string[];
}

/**
 * Pixel-corner affine from ModelPixelScale with ModelTiepoint, or from ModelTransformation, as GDAL reads them.
 *
 * With PixelIsPoint the tags speak of pixel centres, so the origin moves by half a pixel. A negative ScaleY is read as
 * north-up although the GeoTIFF specification means south-up: GDAL does so, and the files seen are meant so.
 */
export function georeferenceOf(tags: TagBag, pixelIsPoint: boolean): Georeference {
  const remarks: string[] = [];
  const scale = finite(tagNumbers(tags, TAG.modelPixelScale));
  const tie = finite(tagNumbers(tags, TAG.modelTiepoint));
  const matrix = finite(tagNumbers(tags, TAG.modelTransformation));
  const corner = fromScale(scale, tie, remarks) ?? (scale.length >= 2 ? null : fromMatrix(matrix));
  const controlPoints = corner === null ? Math.floor(tie.length / 6) : 0;
  if (controlPoints > 0) remarks.push(`${controlPoints} control points are not used: the image has no geotransform`);
  const geotransform = corner !== null && pixelIsPoint ? shiftedHalfPixel(corner) : corner;
  return { geotransform, controlPoints, remarks };
}

function finite(values: readonly number[]): readonly number[] {
  return values.every(Number.isFinite) ? values : [];
}

function fromScale(scale: readonly number[], tie: readonly number[], remarks: string[]): Geotransform | null {
  const [dx = 0, scaleY = 0] = scale;
  if (dx === 0 || scaleY === 0 || tie.length < 6) return null;
  if (scaleY < 0) remarks.push('ScaleY is negative: read as north-up, as GDAL does');
  const dy = -Math.abs(scaleY);
  const [col = 0, row = 0, , x = 0, y = 0] = tie;
  return [x - col * dx, dx, 0, y - row * dy, 0, dy];
}

function fromMatrix(m: readonly number[]): Geotransform | null {
  if (m.length < 16) return null;
  const [dxCol = 0, dxRow = 0, , x = 0, dyCol = 0, dyRow = 0, , y = 0] = m;
  if (dxCol * dyRow - dxRow * dyCol === 0) return null;
  return [x, dxCol, dxRow, y, dyCol, dyRow];
}

function shiftedHalfPixel([x, dxCol, dxRow, y, dyCol, dyRow]: Geotransform): Geotransform {
  return [x - (dxCol + dxRow) * 0.5, dxCol, dxRow, y - (dyCol + dyRow) * 0.5, dyCol, dyRow];
}
