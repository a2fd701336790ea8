import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Builders of small cities on disk: a folder with spec, zones and factors, as a user would lay them out. */

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'citysink-test-'));
}

export interface CityParts {
  readonly folder: string;
  /** Value of `layers.landcover.scenes`: a path relative to the folder, a URL, or a list. */
  readonly scenes: string | readonly string[];
  /** GeoJSON to be written as zones.geojson, or a path to one. */
  readonly zones: object | string;
  /** Lines of the factor table, or a path to one. */
  readonly factors: string;
  /** Further keys of the spec, JSON; `landcover` adds keys to that layer. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly landcover?: Readonly<Record<string, unknown>>;
  readonly zonesKeys?: Readonly<Record<string, unknown>>;
  readonly name?: string;
}

/** Writes the city and returns the path of its spec (JSON is YAML). */
export async function writeCity(parts: CityParts): Promise<string> {
  const { folder, name = 'test-city' } = parts;
  await mkdir(folder, { recursive: true });
  const zonesUrl = typeof parts.zones === 'string' ? parts.zones : './zones.geojson';
  if (typeof parts.zones !== 'string') await writeFile(join(folder, 'zones.geojson'), JSON.stringify(parts.zones));
  const isTable = parts.factors.includes('\n');
  if (isTable) await writeFile(join(folder, 'factors.csv'), parts.factors);
  const spec = {
    city: name,
    year: 2021,
    zones: { url: zonesUrl, ...parts.zonesKeys },
    layers: { landcover: { scenes: parts.scenes, ...parts.landcover } },
    factors: isTable ? './factors.csv' : parts.factors,
    results: './results/',
    ...parts.spec,
  };
  const path = join(folder, 'spec.yaml');
  await writeFile(path, JSON.stringify(spec, null, 1));
  return path;
}

/** One rectangle as a zone, in an EPSG code's own coordinates. */
export function rectangleZones(
  epsg: number,
  rectangles: Readonly<Record<string, readonly [number, number, number, number]>>,
): object {
  const features = Object.entries(rectangles).map(([id, [x0, y0, x1, y1]]) => ({
    type: 'Feature',
    properties: { id },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [x0, y0],
          [x1, y0],
          [x1, y1],
          [x0, y1],
          [x0, y0],
        ],
      ],
    },
  }));
  const crs = { type: 'name', properties: { name: `urn:ogc:def:crs:EPSG::${epsg}` } };
  return { type: 'FeatureCollection', crs, features };
}

/** A factor table with one value for every pool and rate of each class. */
export function plainFactors(classes: readonly number[]): string {
  const rows = classes.map((code) => `${code},class ${code},${code},0.5,0,0.25,0.1`);
  return `${['class,name,above,below,dead,soil,sequestration', ...rows].join('\n')}\n`;
}
