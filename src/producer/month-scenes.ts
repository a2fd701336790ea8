/** Twelve months of a layer, January first, from what its places gave. Reads nothing. */

import { MONTHS } from '../shared/carbon/casa.ts';
import type { LayerSpec } from '../shared/contracts/city-spec.ts';
import type { Problem } from '../shared/errors.ts';
import type { Catalog, CatalogScene } from './catalog.ts';

/** One month: a scene and its band, from 1. */
export interface MonthScene {
  readonly scene: CatalogScene;
  readonly band: number;
}

/**
 * Twelve scenes in their order, or the bands of one scene of twelve; where every scene has a day and no two are of one
 * month, the days decide. Empty where a month could not be read: which ones are left is not known, and the inputs that
 * were lost are named elsewhere. What is wrong is added to `problems`.
 */
export function monthScenes(name: string, layer: LayerSpec, catalog: Catalog, problems: Problem[]): MonthScene[] {
  const { scenes, unread } = catalog;
  const where = `layers.${name}`;
  const [only] = scenes;
  if (only !== undefined && scenes.length === 1 && unread.length === 0) {
    const bands = only.raster.header.bands.length;
    if (bands === MONTHS) return Array.from({ length: MONTHS }, (_, month) => ({ scene: only, band: month + 1 }));
    const found = `one file of ${bands} ${bands === 1 ? 'band' : 'bands'}`;
    problems.push({ where, message: 'has another number of months', expected: EXPECTED, found });
    return [];
  }
  if (scenes.length + unread.length !== MONTHS) {
    const found = `${scenes.length + unread.length} files`;
    problems.push({ where, message: 'has another number of months', expected: EXPECTED, found });
    return [];
  }
  if (unread.length > 0) return [];
  const ordered = inOrder(scenes, layer, where, problems);
  return ordered.map((scene) => ({ scene, band: layer.band }));
}

const EXPECTED = '12 files, January first, or one file of 12 bands';

function inOrder(
  scenes: readonly CatalogScene[],
  layer: LayerSpec,
  where: string,
  problems: Problem[],
): readonly CatalogScene[] {
  const isListed = layer.stac === undefined && layer.order === 'listed' && layer.scenes.length === MONTHS;
  const months = scenes.map(({ datetime }) => (datetime === null ? null : Number(datetime.slice(5, 7))));
  const isDated = new Set(months.filter((month) => month !== null)).size === MONTHS;
  if (isDated) {
    const sorted = scenes
      .map((scene, index) => ({ scene, month: months[index] as number }))
      .sort((a, b) => a.month - b.month)
      .map(({ scene }) => scene);
    const moved = isListed ? sorted.findIndex((scene, index) => scene !== scenes[index]) : -1;
    if (moved >= 0) {
      const found = `${nameOf(scenes[moved] as CatalogScene)} as month ${moved + 1}`;
      problems.push({
        where: `${where}.scenes`,
        message: 'lists months out of their order',
        expected: EXPECTED,
        found,
      });
    }
    return sorted;
  }
  if (layer.stac !== undefined) {
    const found = months.map((month) => month ?? 'no date').join(', ');
    problems.push({ where: `${where}.stac`, message: 'has not one item for each month', expected: EXPECTED, found });
  } else if (!isListed) refuseUnpadded(scenes, where, problems);
  return scenes;
}

/** Names of a folder go in the order of their bytes, where `10` comes before `2`. */
function refuseUnpadded(scenes: readonly CatalogScene[], where: string, problems: Problem[]): void {
  const names = scenes.map(nameOf);
  const compare = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  const at = names.findIndex((name, index) => index > 0 && compare(names[index - 1] as string, name) > 0);
  if (at < 0) return;
  const expected = 'months of two digits (01 to 12) in the names, or a list of the 12 files';
  const found = `${names[at - 1]} before ${names[at]}`;
  problems.push({ where: `${where}.scenes`, message: 'has names whose order is not that of months', expected, found });
}

function nameOf({ info }: CatalogScene): string {
  return info.url.slice(info.url.lastIndexOf('/') + 1);
}
