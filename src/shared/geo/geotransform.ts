/**
 * Affine from pixel corner to map, in GDAL's order: `[x0, dxPerCol, dxPerRow, y0, dyPerCol, dyPerRow]`.
 *
 * x = x0 + col * dxPerCol + row * dxPerRow ; y = y0 + col * dyPerCol + row * dyPerRow.
 * `row`, `col` are continuous and count from the outer corner of the first pixel (pixel-is-area).
 */
export type Geotransform = readonly [number, number, number, number, number, number];

/** Whether rows and columns run along the map's axes. */
export function isAxisAligned(gt: Geotransform): boolean {
  return gt[2] === 0 && gt[4] === 0;
}

/** Whether rows run north to south and columns west to east, unrotated: the only form the pipeline tiles. */
export function isNorthUp(gt: Geotransform): boolean {
  return isAxisAligned(gt) && gt[1] > 0 && gt[5] < 0;
}
