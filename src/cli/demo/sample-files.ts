import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeClassGeotiff } from './geotiff-writer.ts';
import { COVER, makeLandCover, SAMPLE_GRID } from './sample-city.ts';
import { sampleFactorsCsv } from './sample-factors.ts';
import { cutScenes, type SampleScene } from './sample-scenes.ts';
import { sampleZones } from './sample-zones.ts';

export const SAMPLE_CITY = 'linjiang';
export const SAMPLE_SEED = 20_211_019;

/** Tonnes of CO2 a year. Invented, as the city is; `source` in the spec says so. */
const INVENTED_EMISSIONS_T_CO2 = 250_000;

export interface SampleOptions {
  readonly seed?: number;
  /** Where the spec says that the scenes are; default: the folder beside the spec. */
  readonly scenesUrl?: string;
  /** Where the spec says that results go; default: a folder beside the spec. */
  readonly resultsUrl?: string;
}

export interface SampleFiles {
  readonly specPath: string;
  /** In the order of the scenes' names. */
  readonly scenePaths: readonly string[];
  readonly zonesPath: string;
  readonly factorsPath: string;
}

/**
 * Writes the synthetic city Linjiang into a folder (made if missing, files replaced): two land-cover scenes as GeoTIFF,
 * districts, factor table, spec and a note that none of it is real. The same seed gives the same cells everywhere.
 */
export async function makeSampleCity(folder: string, options: SampleOptions = {}): Promise<SampleFiles> {
  const seed = options.seed ?? SAMPLE_SEED;
  const at = (name: string): string => join(folder, name);
  await mkdir(at('scenes'), { recursive: true });
  const scenePaths: string[] = [];
  for (const scene of cutScenes(makeLandCover(seed), seed)) {
    const path = join(folder, 'scenes', `${scene.name}.tif`);
    await writeIfChanged(path, encodeScene(scene));
    scenePaths.push(path);
  }
  const files = {
    specPath: at('spec.yaml'),
    scenePaths: scenePaths.sort(),
    zonesPath: at('districts.geojson'),
    factorsPath: at('factors.csv'),
  };
  await writeIfChanged(files.zonesPath, `${JSON.stringify(sampleZones(seed))}\n`);
  await writeIfChanged(files.factorsPath, sampleFactorsCsv());
  await writeIfChanged(
    files.specPath,
    sampleSpec(options.scenesUrl ?? './scenes/', options.resultsUrl ?? './results/'),
  );
  await writeIfChanged(at('README.md'), README);
  return files;
}

/** A file that is as it should be keeps its date, and with it its version mark: the demo's second run is unchanged. */
async function writeIfChanged(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(content);
  const present = await readFile(path).catch(() => null);
  if (present === null || !present.equals(bytes)) await writeFile(path, bytes);
}

function encodeScene(scene: SampleScene): Uint8Array {
  return encodeClassGeotiff({
    rows: scene.rows,
    cols: scene.cols,
    codes: scene.codes,
    epsg: SAMPLE_GRID.epsg,
    originX: SAMPLE_GRID.originX + scene.col * SAMPLE_GRID.cellM,
    originY: SAMPLE_GRID.originY,
    cellM: SAMPLE_GRID.cellM,
    nodata: COVER.nodata,
    description: `SYNTHETIC land cover of Linjiang, a city that does not exist (${scene.name})`,
    date: scene.date,
  });
}

function sampleSpec(scenesUrl: string, resultsUrl: string): string {
  return `# Linjiang does not exist: land cover, districts and emissions are synthetic, made from a seed.
city: ${SAMPLE_CITY}
name: { en: Linjiang (synthetic), zh: 临江（虚构） }
year: 2021
zones: { url: ./districts.geojson, id: code, label: name }
layers:
  # Where the two scenes overlap, the one whose name comes first owns the cell.
  landcover: { scenes: ${JSON.stringify(scenesUrl)}, match: "*.tif", nodata: ${COVER.nodata}, order: name }
# Green spaces inside of built-up land, found as patches over the whole city; below 1 ha they are small.
green: { min_ha: 0.04, small_ha: 1 }
# Drawn after the totals, each with a picture; without this line a run draws none.
maps: [storage, sequestration, class, green_patches, left_out_storage]
factors: ./factors.csv
emissions: { t_co2: ${INVENTED_EMISSIONS_T_CO2}, year: 2021, source: "invented for the demonstration, not an inventory" }
results: ${JSON.stringify(resultsUrl)}
`;
}

const README = `# Linjiang, a synthetic city

Linjiang does not exist. Everything here is invented from a seed by \`src/cli/demo/\`: the land cover, the six
districts, the emissions. No figure computed from it says anything about a real place. Only the coefficients in
\`factors.csv\` come from papers, named there.

- \`scenes/\`: two land-cover rasters (codes of ESA WorldCover, 10 m, EPSG:32650, nodata 0) that overlap; a sliver in the
  south-east is seen by neither, so the coverage of Dongwan and Nanfan stays below 100 %.
- \`districts.geojson\`: six districts, one of them an enclave in a hole of another.
- \`factors.csv\`, \`spec.yaml\`: what \`citysink run spec.yaml\` reads.
`;
