import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { COVER } from '../../../../src/cli/demo/sample-city.ts';
import { makeSampleCity, type SampleFiles } from '../../../../src/cli/demo/sample-files.ts';

let folder: string;
let files: SampleFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'citysink-sample-'));
  files = await makeSampleCity(join(folder, 'a'), { scenesUrl: 's3://scenes/linjiang/' });
});
afterAll(() => rm(folder, { recursive: true }));

async function digests(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const pairs = names.map(async ({ parentPath, name }) => {
    const body = await readFile(join(parentPath, name));
    return [name, createHash('sha256').update(body).digest('hex')] as const;
  });
  return Object.fromEntries((await Promise.all(pairs)).sort());
}

test('the same seed writes the same files, also over older ones', async () => {
  const before = await digests(join(folder, 'a'));
  await makeSampleCity(join(folder, 'a'), { scenesUrl: 's3://scenes/linjiang/' });
  expect(await digests(join(folder, 'a'))).toEqual(before);
  expect(Object.keys(before)).toHaveLength(6);
});

test('the spec names the scenes where they are said to be, and says that city and emissions are invented', async () => {
  const text = await readFile(files.specPath, 'utf8');
  const spec = parseYaml(text);
  expect(spec.layers.landcover).toMatchObject({ scenes: 's3://scenes/linjiang/', nodata: 0 });
  expect(spec.emissions.source).toContain('invented');
  expect(text).toContain('synthetic');
  expect(await readFile(join(folder, 'a/README.md'), 'utf8')).toContain('does not exist');
});

test('the factor table has a row with a source for every class of the land cover', async () => {
  const rows: Record<string, string>[] = parseCsv(await readFile(files.factorsPath), { columns: true });
  const codes = Object.values(COVER).filter((code) => code !== COVER.nodata);
  // Two rows for green patches inside of built-up land, which no code of a raster stands for.
  expect(rows.map((row) => Number(row.class))).toEqual([...codes, 1009, 1010]);
  for (const row of rows) expect(row.source?.length, row.name).toBeGreaterThan(20);
  // Zhejiang's mean forest: 22.77 + 5.24 + 2.28 + 90.51 = 120.80 t C/ha, the total that the paper prints.
  const forest = rows[0]!;
  const total = ['above', 'below', 'dead', 'soil'].reduce((sum, pool) => sum + Number(forest[pool]), 0);
  expect(total).toBeCloseTo(120.8, 10);
});
