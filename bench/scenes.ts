/** The scenes that are measured: made once by peers/make_scenes.py, kept below .cache/bench. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON } from './measured.ts';

export const CACHE = join(import.meta.dirname, '../.cache/bench');

export type SceneKind = 'tile' | 'large';

/** Folder of a scene. Errors: Error where Python, numpy or rasterio is missing. */
export function sceneFolder(kind: SceneKind): string {
  const folder = join(CACHE, kind);
  if (existsSync(join(folder, 'complete'))) return folder;
  console.log(`making the ${kind} scene in ${folder}, once ...`);
  const maker = join(import.meta.dirname, 'peers/make_scenes.py');
  const bands = kind === 'tile' ? ['--bands'] : [];
  const { status } = spawnSync(PYTHON, [maker, folder, kind, ...bands], { stdio: 'inherit' });
  if (status !== 0) throw new Error('no scene: Debian has python3-numpy and python3-rasterio, which make it');
  return folder;
}
