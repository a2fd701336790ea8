import type { StoredPatches } from './patch-file.ts';
import type { BorderRun, PatchHistogram, PatchTally } from './patch-tally.ts';

/** The stored form of patches (patch-file.ts). Apart from its schema, which compute threads need not load. */
export function encodePatches({ rule, region, closed, open, borders }: PatchTally): StoredPatches {
  const runs = (of: readonly BorderRun[]) =>
    of.map(({ patch, line, start, end }): [number, number, number, number] => [patch, line, start, end]);
  return {
    rule: { connectivity: rule.connectivity, measure: rule.measure, unitM2: rule.unitM2 },
    region: region.bands.map(({ start, end, cols }) => [start, end, [...cols]]),
    closed: encodeHistogram(closed),
    open: open.map(({ row, col, zone, code, sums }) => [
      row,
      col,
      zone,
      code,
      sums.map((sum) => [sum.zone, sum.code, sum.cells, sum.area.toString()]),
    ]),
    borders: {
      north: runs(borders.north),
      south: runs(borders.south),
      west: runs(borders.west),
      east: runs(borders.east),
      corners: borders.corners.map(({ patch, row, col }) => [patch, row, col]),
    },
  };
}

function encodeHistogram(histogram: PatchHistogram): StoredPatches['closed'] {
  return byNumber(histogram).map(([zone, classes]) => [
    zone,
    byNumber(classes).map(([code, sizes]) => [
      code,
      byNumber(sizes).map(([key, { patches, cells, area: units }]) => [key, patches, cells, units.toString()]),
    ]),
  ]);
}

function byNumber<V>(map: ReadonlyMap<number, V>): [number, V][] {
  return [...map].sort(([a], [b]) => a - b);
}
