import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figures } from '../../src/reducer/totals.ts';

/** Published results as tests read them. */
export interface Totals {
  readonly status: string;
  readonly figures: Figures;
  readonly figures_sha256: string;
  readonly warnings: readonly string[];
  readonly unread: readonly { readonly url: string; readonly code: string; readonly message: string }[];
}

/** The newest DONE or PARTIAL run of a city, through latest.json. */
export async function latestTotals(results: string, city = 'test-city'): Promise<Totals> {
  const latest = JSON.parse(await readFile(join(results, city, 'latest.json'), 'utf8')) as { run: string };
  return JSON.parse(await readFile(join(results, city, latest.run, 'totals.json'), 'utf8')) as Totals;
}

/** Names of what stands in a city's folder of results; empty where there is none. */
export async function resultNames(results: string, city = 'test-city'): Promise<string[]> {
  const names = await readdir(join(results, city), { recursive: true }).catch(() => []);
  return names.sort();
}

/** Cells by class of one zone, as `{ code: cells }`. */
export function classCells(figures: Figures, zone: string): Record<string, number> {
  const found = zone === 'all' ? figures.city : figures.zones.find((z) => z.zone === zone);
  return Object.fromEntries((found?.classes ?? []).map((row) => [String(row.class), row.cells]));
}
