import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFactors } from '../../src/producer/load-factors.ts';
import { temporaryFolder } from '../support/city.ts';
import { runCli } from '../support/cli.ts';

/** The library of factors from the command line. */

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('citysink factors', () => {
  test('list names tables and crosswalks with versions; --json is one object.', async () => {
    const { code, stdout } = await runCli(['factors', 'list']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}default +v\d+ +10 classes .*\*$/m);
    expect(stdout).toMatch(/^ {2}worldcover +v\d+ +12 classes/m);
    const { library } = JSON.parse((await runCli(['factors', 'list', '--json'])).stdout);
    expect(library).toContainEqual(
      expect.objectContaining({ kind: 'crosswalk', name: 'clcd', titleZh: expect.any(String) }),
    );
  });

  test('show prints a table that check takes without an error, in the codes of the product.', async () => {
    const shown = await runCli(['factors', 'show', 'worldcover', '--table', 'default']);
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' });
    expect(parseFactors(shown.stdout, 'factors.csv').classes.map((row) => row.code)).toEqual([
      10, 20, 30, 40, 50, 60, 80, 90, 95, 100, 1009, 1010,
    ]);
    await writeFile(join(folder, 'factors.csv'), shown.stdout);
    const checked = await runCli(['factors', 'check', 'factors.csv', '--classes', 'worldcover'], { cwd: folder });
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(/soils of different depths.*\n.*factors\.csv: 1 warning: a run takes this table\n$/);
  });

  test('show of a crosswalk alone prints its classes.', async () => {
    expect((await runCli(['factors', 'show', 'nlcd'])).stdout).toContain('\n41,Deciduous forest,落叶林,forest,');
  });

  test('check ends with 2 where no run would take the table, and tells it to programs too.', async () => {
    await writeFile(join(folder, 'bad.csv'), 'class,name,above\n1,a,"1,5"\n');
    const { code, stdout } = await runCli(['factors', 'check', '--json', 'bad.csv'], { cwd: folder });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ errors: 1, findings: [{ level: 'error', found: '1,5' }] });
  });

  test('a name that is not there is refused with the nearest one.', async () => {
    const { code, stderr } = await runCli(['factors', 'show', 'worldcovr', '--table', 'default']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\[REQUEST_INVALID\]\n.*not in the library of factors\n.*did you mean "worldcover"/);
  });
});
