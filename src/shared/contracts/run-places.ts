import type { MapName } from './map-names.ts';

/** Where the objects of a run stand, relative to its folder `<results>/<city>/<run>/`. */
export const RUN_FILES = {
  plan: 'plan.json',
  tiles: 'tiles.json',
  zones: 'zones.json',
  totalsCsv: 'totals.csv',
  totalsJson: 'totals.json',
  totalsXlsx: 'totals.xlsx',
  totalsParquet: 'totals.parquet',
  zonesGeojson: 'zones.geojson',
  zonesGpkg: 'zones.gpkg',
  report: 'report.html',
  item: 'item.json',
  manifest: 'manifest.json',
} as const;

/** `<results>/<city>/latest.json` names the newest run that is DONE or PARTIAL. */
export const LATEST_FILE = 'latest.json';

/** Folder of the records of tiles that failed for good, in the run's folder. */
export const FAILURES_FOLDER = 'failures/';

export function failureFile(tile: number): string {
  return `${FAILURES_FOLDER}${tile}.json`;
}

/** Where a map stands in the run's folder. */
export function mapFile(name: MapName): string {
  return `maps/${name}.tif`;
}

/** Picture of a map in the run's folder, and what its colours mean. */
export function pictureFile(name: MapName, form: 'png' | 'webp'): string {
  return `maps/${name}.${form}`;
}
export const LEGENDS_FILE = 'maps/legends.json';

/** Blocks of maps until they are stitched, in the run's folder. */
export const MAP_BLOCKS_FOLDER = 'map-blocks/';

/** Folder of surveys, beside that of the partials: other runs of the city find them. */
export function surveyFolder({ partialsUrl }: { readonly partialsUrl: string }): string {
  return partialsUrl.replace(/[^/]+\/$/, 'map-cells/');
}

/** Where a partial stands below the partials' folder; two letters first, so that no folder grows too long. */
export function partialFile(digest: string): string {
  return `${digest.slice(0, 2)}/${digest}.json`;
}

/** Name of the run whose folder this is, with or without a slash at its end. */
export function runOfFolder(runUrl: string): string {
  return runUrl.replace(/\/$/, '').split('/').at(-1) ?? '';
}
