import type { SourcePlace, ToSource } from './position-lattice.ts';

/**
 * The same transform with longitudes moved by whole turns to within half a turn of the source's middle: an image from 0 to
 * 360 degrees, or one that goes on beyond 180, is met by every cell over it, and the seam of an image that does not reach
 * around the Earth lies on its far side. For sources in longitude and latitude only.
 * Units: `turn` is a full circle in the source's own unit, 360 / crs.unitSize.
 */
export function withWholeTurns(toSource: ToSource, source: SourcePlace, turn: number): ToSource {
  const [x0, dxCol, dxRow] = source.geotransform;
  const middle = x0 + (dxCol * source.cols + dxRow * source.rows) / 2;
  return (x, y) => {
    const [longitude, latitude] = toSource(x, y);
    return [longitude - turn * Math.round((longitude - middle) / turn), latitude];
  };
}
