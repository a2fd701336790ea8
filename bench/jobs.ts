/** The jobs that are measured, and who does them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installed, pythonModule } from './machine.ts';
import { PYTHON } from './measured.ts';
import { type SceneKind, sceneFolder } from './scenes.ts';
import { measuredLayers, patchParts, SMALL_PATCH, type SpecParts, writeSpec } from './specs.ts';

export interface Contender {
  readonly name: string;
  readonly ours: boolean;
  /** Command with a folder for its files; peers write `answer.json` there. */
  command(scratch: string): readonly string[];
}

export interface Job {
  readonly id: string;
  readonly title: string;
  readonly scene: SceneKind;
  /** Class that is compared where not all are. */
  readonly only?: number;
  readonly contenders: readonly Contender[];
  /** Peers that would take part, and what is missing for it. */
  readonly absent: readonly string[];
  /** Why the job is not measured at all. */
  readonly skipped?: string;
}

const LAUNCHER = join(import.meta.dirname, '../bin/citysink.js');
const PEERS = join(import.meta.dirname, 'peers');

type SpecOf = (scene: string, scratch: string) => SpecParts;

const tables: SpecOf = (scene, folder) => ({ scene, folder });
const maps: SpecOf = (scene, folder) => ({ scene, folder, more: { maps: ['storage', 'sequestration'] } });
const layers: SpecOf = (scene, folder) => ({ scene, folder, layers: measuredLayers(scene) });
const patches: SpecOf = (scene, folder) => ({ ...patchParts(scene, folder), folder });

function citysink(kind: SceneKind, specOf: SpecOf, workers: number): Contender {
  return {
    name: `citysink, ${workers === 1 ? '1 worker' : `${workers} workers`}`,
    ours: true,
    command: (scratch) => {
      const spec = writeSpec(specOf(sceneFolder(kind), scratch));
      return [process.execPath, LAUNCHER, 'run', '--fresh', '--workers', String(workers), spec];
    },
  };
}

function numpy(kind: SceneKind, processes: number, ...words: string[]): Contender {
  const burn = words.includes('--burn') ? ', burns the zones' : '';
  return {
    name: `numpy + rasterio, ${processes === 1 ? '1 process' : `${processes} processes`}${burn}`,
    ours: false,
    command: (scratch) => [
      ...[PYTHON, join(PEERS, 'zonal_numpy.py'), sceneFolder(kind), '--processes', String(processes)],
      ...[...words.map((word) => (word === '--maps' ? `--maps=${join(scratch, 'maps')}` : word))],
      ...['--json', join(scratch, 'answer.json')],
    ],
  };
}

function script(name: string, kind: SceneKind, file: string, ...words: string[]): Contender {
  return {
    name,
    ours: false,
    command: (scratch) => [
      ...['bash', join(PEERS, file), sceneFolder(kind), join(scratch, 'files'), join(scratch, 'answer.json'), ...words],
    ],
  };
}

function labeller(kind: SceneKind, engine: string): Contender {
  return {
    name: engine === 'opencv' ? 'OpenCV + numpy' : 'scipy + numpy',
    ours: false,
    command: (scratch) => [PYTHON, join(PEERS, 'patches.py'), sceneFolder(kind), engine, join(scratch, 'answer.json')],
  };
}

/** Peers that are there, and names of those that are not. */
function present(all: readonly (readonly [Contender, boolean])[]): Pick<Job, 'contenders' | 'absent'> {
  return {
    contenders: all.filter(([, there]) => there).map(([one]) => one),
    absent: all.filter(([, there]) => !there).map(([one]) => `${one.name} (not installed here)`),
  };
}

const NOT_TRIED = ['exactextract', 'rasterstats'].map(
  (name) => `${name} (no script: it could not be tried where this was written)`,
);

function countingJob(id: string, title: string, scene: SceneKind, workers: number): Job {
  const grass = installed('grass');
  const gdal = installed('gdal_calc.py');
  const peers = present([
    [citysink(scene, tables, workers), true],
    [citysink(scene, tables, 1), workers > 1],
    [numpy(scene, 1), true],
    [numpy(scene, 2), true],
    [numpy(scene, 1, '--burn'), true],
    [script('GDAL tools', scene, 'zonal_gdal.sh'), gdal],
    [script('GRASS', scene, 'zonal_grass.sh', 'tables'), grass],
  ]);
  return { id, title, scene, ...peers, absent: [...peers.absent, ...NOT_TRIED] };
}

/** Whether specs may ask for maps. */
function schemaKnowsMaps(): boolean {
  const schema = readFileSync(join(import.meta.dirname, '../docs/city-spec.schema.json'), 'utf8');
  return 'maps' in ((JSON.parse(schema) as { properties?: object }).properties ?? {});
}

/** Every job; `workers`: of the full runs of citysink. */
export function allJobs(workers: number): Job[] {
  const mapped = present([
    [citysink('tile', maps, workers), true],
    [numpy('tile', 1, '--maps'), true],
    [numpy('tile', 2, '--maps'), true],
  ]);
  const measured = present([
    [citysink('tile', layers, workers), true],
    [numpy('tile', 1, '--layers'), true],
    [numpy('tile', 2, '--layers'), true],
  ]);
  const labelled = present([
    [citysink('tile', patches, workers), true],
    [labeller('tile', 'opencv'), pythonModule('cv2') !== null],
    [labeller('tile', 'scipy'), pythonModule('scipy') !== null],
    [script('GRASS', 'tile', 'zonal_grass.sh', 'patches'), installed('grass')],
  ]);
  const noMaps = schemaKnowsMaps() ? {} : { skipped: 'not measured: the spec has no key `maps`' };
  return [
    countingJob('tables', 'Job 1: carbon tables of 13 districts, 10980 x 10980 cells', 'tile', workers),
    countingJob('large', 'Job 1, large: the same of 32940 x 32940 cells', 'large', workers),
    { id: 'maps', title: 'Job 1 with maps of storage and sequestration', scene: 'tile', ...mapped, ...noMaps },
    { id: 'layers', title: 'Job 2: with NDVI of red and nir, and soil of another CRS', scene: 'tile', ...measured },
    {
      id: 'patches',
      title: 'Job 3: green patches under 0.4 ha by district',
      scene: 'tile',
      only: SMALL_PATCH,
      ...labelled,
    },
  ];
}
