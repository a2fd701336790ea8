/** Specs of the measured jobs, written beside their results. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SpecParts {
  /** Folder of the scene. */
  readonly scene: string;
  /** Folder for the spec and its results. */
  readonly folder: string;
  readonly layers?: Readonly<Record<string, unknown>>;
  readonly zones?: string;
  readonly factors?: string;
  readonly more?: Readonly<Record<string, unknown>>;
  /** Place of the land cover, where it is not the scene's own file. */
  readonly landcover?: string;
}

/** Path of the spec (JSON is YAML). */
export function writeSpec({ scene, folder, layers, zones, factors, more, landcover }: SpecParts): string {
  mkdirSync(folder, { recursive: true });
  const cover = landcover ?? join(scene, 'landcover.tif');
  const spec = {
    city: 'bench',
    year: 2021,
    zones: { url: zones ?? join(scene, 'districts.geojson'), id: 'id', label: 'name' },
    layers: { landcover: { scenes: cover, nodata: 0 }, ...layers },
    factors: factors ?? join(scene, 'factors.csv'),
    results: join(folder, 'results/'),
    ...more,
  };
  const path = join(folder, 'spec.yaml');
  writeFileSync(path, JSON.stringify(spec, null, 1));
  return path;
}

/** Red, nir and soil of the tile scene; soil under a name that makes it a quantity, not the pool of the table. */
export function measuredLayers(scene: string): Record<string, unknown> {
  return {
    red: { scenes: join(scene, 'red.tif'), nodata: 0 },
    nir: { scenes: join(scene, 'nir.tif'), nodata: 0 },
    soilstock: { scenes: join(scene, 'soil.tif'), unit: 't/ha', scale: 0.1 },
  };
}

/** Class that small patches get in job 3. */
export const SMALL_PATCH = 101;

/**
 * Keys of a spec in which green patches are those of the whole raster, as the peers label them: every class counts as
 * built-up, so the footprint is everything; and what lies around the districts is a zone of its own.
 */
export function patchParts(scene: string, folder: string): Omit<SpecParts, 'folder'> {
  mkdirSync(folder, { recursive: true });
  const [head = '', ...rows] = readFileSync(join(scene, 'factors.csv'), 'utf8').trim().split('\n');
  const built = rows.map((row) =>
    row
      .split(',')
      .map((cell, i) => (i === 3 ? '1' : cell))
      .join(','),
  );
  const green = ['small', 'large'].map((size, i) => `${SMALL_PATCH + i},"Urban green, ${size}",1,0,1,1,1,1,1`);
  const factors = join(folder, 'factors.csv');
  writeFileSync(factors, `${[head, ...built, ...green].join('\n')}\n`);
  const rule = { min_ha: 0.01, small_ha: 0.4, connectivity: 8, from: 'classes', closing_m: 0, holes_ha: 0 };
  return { scene, factors, zones: join(scene, 'districts_and_rest.geojson'), more: { green: rule } };
}
