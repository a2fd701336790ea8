import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainFactors } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { smallCity } from '../support/small-city.ts';

/** Other factors on what a run measured. */

const OTHER = 'class,name,above,soil,sequestration\n1,wood,7,3,0.5\n2,meadow,2,9,-0.25\n';

interface Answer {
  readonly run: string;
  readonly status: string;
  readonly url: string;
}

async function cli(args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await runCli(args);
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as Answer;
}

async function tables(results: string, run: string): Promise<string[]> {
  const at = (name: string) => join(results, 'test-city', run, name);
  const names = ['totals.json', 'totals.csv', 'totals.xlsx', 'totals.parquet', 'zones.geojson', 'zones.gpkg', 'report.html'];
  return Promise.all([...names, 'item.json'].map((name) => readFile(at(name), 'latin1')));
}

describe('rescore', () => {
  it('gives the bytes of a fresh run with those factors, though the scenes are gone', async () => {
    const { folder, spec, results } = await smallCity();
    await cli(['run', '--json', '--workers', '1', spec]);
    await writeFile(join(folder, 'factors.csv'), OTHER);
    await rename(join(folder, 'cover.tif'), join(folder, 'cover.gone'));
    const rescored = await cli(['rescore', '--json', spec]);
    const found = await tables(results, rescored.run);
    expect(found[0]).toContain('meadow');
    // Scenes back, results away: a run of the same request.
    await rename(join(folder, 'cover.gone'), join(folder, 'cover.tif'));
    await rm(results, { recursive: true });
    const fresh = await cli(['run', '--json', '--workers', '1', spec]);
    expect(fresh.run).toBe(rescored.run);
    expect(await tables(results, fresh.run)).toEqual(found);
  });

  it('takes a table beside the spec, answers again without work, and makes the result the newest', async () => {
    const { folder, spec, results } = await smallCity();
    const first = await cli(['run', '--json', '--workers', '1', spec]);
    await writeFile(join(folder, 'other.csv'), OTHER);
    const rescored = await cli(['rescore', '--json', '--factors', join(folder, 'other.csv'), spec]);
    expect(rescored.run).not.toBe(first.run);
    expect(await cli(['rescore', '--json', '--factors', join(folder, 'other.csv'), spec])).toMatchObject({
      run: rescored.run,
    });
    const latest = JSON.parse(await readFile(join(results, 'test-city/latest.json'), 'utf8')) as { run: string };
    expect(latest.run).toBe(rescored.run);
    // The old factors again: the first run stands for them.
    expect((await cli(['rescore', '--json', spec])).run).toBe(first.run);
  });

  it('refuses a class without factors as a run does, and a city that was never run', async () => {
    const { folder, spec } = await smallCity();
    const never = await runCli(['rescore', spec]);
    expect(never.code).toBe(2);
    expect(never.stderr).toContain('no finished run');
    await cli(['run', '--json', '--workers', '1', spec]);
    await writeFile(join(folder, 'one.csv'), plainFactors([1]));
    const lacking = await runCli(['rescore', '--factors', join(folder, 'one.csv'), spec]);
    expect(lacking.code).toBe(1);
    expect(lacking.stderr).toContain('class 2 occurs in the city (512 cells');
  });
});
