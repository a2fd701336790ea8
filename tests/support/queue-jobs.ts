import { GROUP_TILES, type TileJob } from '../../src/shared/contracts/tile-job.ts';
import type { TileGroup } from '../../src/shared/io/job-queue.ts';

/** Jobs of a run as the producer makes them. */

export const RUN = '2021-0123456789ab';
export const RUN_JOB = { v: 1, runUrl: 's3://results/test-city/2021-0123456789ab/' } as const;

function tileJob(tile: number): TileJob {
  return {
    v: 1,
    runUrl: RUN_JOB.runUrl,
    tile,
    window: [0, tile, 1, 1],
    scenes: [0],
    partial: tile.toString(16).padStart(32, '0'),
  };
}

/** Groups of a plan of `count` tiles, as the producer makes them. */
export function groupsOf(count: number, wanted: (tile: number) => boolean = () => true): TileGroup[] {
  const tiles = Array.from({ length: count }, (_, tile) => tile).filter(wanted);
  return [...Map.groupBy(tiles, (tile) => Math.floor(tile / GROUP_TILES))].map(([group, members]) => ({
    job: { v: 1, runUrl: RUN_JOB.runUrl, group },
    tiles: members.map(tileJob),
  }));
}
