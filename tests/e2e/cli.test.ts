import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/main.ts';
import { parseFactors } from '../../src/producer/load-factors.ts';
import { readSpec } from '../../src/producer/load-spec.ts';
import { temporaryFolder } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { halves, SMALL_SIDE, smallCity, smallRaster } from '../support/small-city.ts';
import { latestTotals, resultNames } from '../support/totals.ts';

/** The command line as a user meets it: every verb as a process of its own. */

const folders: string[] = [];

async function folder(): Promise<string> {
  const made = await temporaryFolder();
  folders.push(made);
  return made;
}

async function city(parts: Parameters<typeof smallCity>[0] = {}) {
  const made = await smallCity(parts);
  folders.push(made.folder);
  return made;
}

afterAll(async () => {
  for (const one of folders) await rm(one, { recursive: true, force: true });
});

const VERBS = buildProgram().commands.map((command) => command.name());

describe('Help', () => {
  test('names every verb and the exit codes.', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
    expect(stdout).toMatch(/0 DONE; 3 PARTIAL.*1 FAILED; 2 the request is wrong/);
  });

  test.each(VERBS)('of %s has an example.', async (verb) => {
    const { code, stdout, stderr } = await runCli([verb, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  .*citysink ${verb}`));
  });

  test('is what a call without a verb gets, with exit 2.', async () => {
    const { code, stdout, stderr } = await runCli([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/Usage: citysink/);
  });

  test('--version is that of the package.', async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('Words that are not known', () => {
  test.each([
    [['rum', 'spec.yaml'], /unknown command 'rum'.*Did you mean run/],
    [['run', '--tilesize', '5', 'spec.yaml'], /unknown option '--tilesize'/],
    [['run'], /missing required argument 'spec'/],
    [['worker', '--concurrency', '0'], /--concurrency.*whole number from 1 to 64/],
    [['inspect', '--window', '1,2,3', 'a.tif'], /COL,ROW,COLS,ROWS/],
    [['init', 'São Tomé'], /lower-case letters/],
  ])('%j end with exit 2 and one message.', async (words, message) => {
    const { code, stderr } = await runCli(words);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.match(/^citysink: /gm)).toHaveLength(1);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('are one JSON object on standard output where --json is among them.', async () => {
    const { code, stdout } = await runCli(['status', '--json', '--nonsense']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'CONFIG_INVALID', message: expect.stringContaining('--nonsense') },
    });
  });
});

describe('init', () => {
  test('writes a spec and a factor table that parse, and never writes over what is there.', async () => {
    const where = await folder();
    const first = await runCli(['init', 'hang-zhou', '--folder', where]);
    expect(first.code, first.stderr).toBe(0);
    const specBytes = await readFile(join(where, 'spec.yaml'));
    const spec = await readSpec(specBytes, `file://${where}/spec.yaml`);
    expect(spec.city).toBe('hang-zhou');
    expect(
      parseFactors(await readFile(join(where, 'factors.csv'), 'utf8'), 'factors.csv').classes.length,
    ).toBeGreaterThan(5);
    await writeFile(join(where, 'spec.yaml'), 'mine');
    const second = await runCli(['init', 'hang-zhou', '--folder', where]);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/kept .*spec\.yaml \(it was there already\)/);
    expect(await readFile(join(where, 'spec.yaml'), 'utf8')).toBe('mine');
  });
});

describe('plan', () => {
  test('names the tiles that a run then counts, and no other; it writes nothing.', async () => {
    const { spec, results } = await city();
    const planned = await runCli(['plan', '--json', '--tile-size', '16', spec]);
    expect(planned.code, planned.stderr).toBe(0);
    expect(await resultNames(results)).toEqual([]);
    const plan = JSON.parse(planned.stdout) as {
      run: string;
      tiles: { partial: string }[];
      tile_count: number;
      estimate: { cells: number; requests: number };
    };
    // 32 x 32 cells in tiles of 16 x 16.
    expect(plan).toMatchObject({ tile_count: 4, tiles_reused: 0, estimate: { cells: 1024 } });
    const run = await runCli(['run', '--workers', '1', '--json', '--tile-size', '16', spec]);
    expect(JSON.parse(run.stdout)).toMatchObject({ run: plan.run, tiles: { all: 4, queued: 4 } });
    const stored = JSON.parse(await readFile(join(results, 'test-city', plan.run, 'tiles.json'), 'utf8')) as [
      number,
      number,
      number,
      number,
      number[],
      string,
    ][];
    const partials = plan.tiles.map((tile) => tile.partial);
    expect(stored.map((tile) => tile[5])).toEqual(partials);
    const names = await resultNames(results);
    const written = names.flatMap((name) => /^partials\/..\/([0-9a-f]{32})\.json$/.exec(name)?.[1] ?? []);
    // Beside the four tiles stands their sum.
    expect(written).toHaveLength(5);
    expect(written).toEqual(expect.arrayContaining(partials));
    const after = await runCli(['plan', '--tile-size', '16', spec]);
    expect(after.stdout).toMatch(new RegExp(`unchanged since run ${plan.run}: nothing would be queued`));
  });

  test('for people says grid, scenes, tiles, requests and work.', async () => {
    const { spec } = await city();
    const { code, stdout, stderr } = await runCli(['plan', spec]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^grid .*EPSG:32650.*cells of 10 x 10.*32 rows x 32 cols/m);
    expect(stdout).toMatch(/^layer {4}landcover: classes; 1 scene, .*; on the grid$/m);
    expect(stdout).toMatch(/cover\.tif {2}32 x 32, nodata 0, 100\.0 % of the city$/m);
    expect(stdout).toMatch(/^tiles {4}1 of \d+ x \d+ cells; 1 to count, 0 there already$/m);
    expect(stdout).toMatch(/^store {4}1 range request, /m);
    expect(stdout).toMatch(/^work .*MB a worker$/m);
  });

  test('--geojson gives closed polygons in WGS 84 around the city.', async () => {
    const { spec } = await city();
    const { code, stdout } = await runCli(['plan', '--geojson', '--tile-size', '16', spec]);
    expect(code).toBe(0);
    const { type, features: all } = JSON.parse(stdout) as {
      type: string;
      features: { geometry: { type: string; coordinates: [number, number][][] }; properties: { kind: string } }[];
    };
    expect(type).toBe('FeatureCollection');
    const [scene, ...features] = [...all].sort((a, b) => (a.properties.kind < b.properties.kind ? -1 : 1));
    expect(scene?.properties).toMatchObject({ kind: 'scene', layers: ['landcover'] });
    expect(features).toHaveLength(4);
    for (const { geometry, properties } of features) {
      const ring = geometry.coordinates[0] ?? [];
      expect(geometry.type).toBe('Polygon');
      expect(ring).toHaveLength(5);
      expect(ring[0]).toEqual(ring[4]);
      expect(properties).toMatchObject({ rows: 16, cols: 16, state: 'to count' });
      // x 500000 is the central meridian of zone 50, 117 E; y 3000000 is near 27.12 N.
      for (const [lon, lat] of ring) {
        expect(Math.abs(lon - 117)).toBeLessThan(0.01);
        expect(Math.abs(lat - 27.12)).toBeLessThan(0.01);
      }
      // Right-hand rule of RFC 7946: the exterior goes counter-clockwise, so its signed area is positive.
      const doubled = ring
        .slice(1)
        .reduce((sum, [x, y], i) => sum + (ring[i]?.[0] ?? 0) * y - x * (ring[i]?.[1] ?? 0), 0);
      expect(doubled).toBeGreaterThan(0);
    }
  });
});

describe('inspect', () => {
  test('prints what the reader believes, and digests that anyone can compute again.', async () => {
    const where = await folder();
    const path = join(where, 'cover.tif');
    await writeFile(path, smallRaster());
    const whole = await runCli(['inspect', '--sha256', path]);
    expect(whole.code, whole.stderr).toBe(0);
    const sha256 = (codes: Uint8Array) => createHash('sha256').update(codes).digest('hex');
    expect(JSON.parse(whole.stdout)).toMatchObject({
      rows: SMALL_SIDE,
      cols: SMALL_SIDE,
      crs: { epsg: 32650 },
      geotransform: [500_000, 10, 0, 3_000_000, 0, -10],
      bands: [{ dtype: 'uint8', nodata: 0, sha256: sha256(halves()) }],
    });
    // COL,ROW,COLS,ROWS: columns 4 to 11 of rows 15 and 16, one of class 1 and one of class 2.
    const window = await runCli(['inspect', '--window', '4,15,8,2', '--sha256', path]);
    const cut = Uint8Array.from([...new Array<number>(8).fill(1), ...new Array<number>(8).fill(2)]);
    expect(JSON.parse(window.stdout)).toMatchObject({ bands: [{ sha256: sha256(cut) }] });
  });

  test('of a file that is none says so as JSON and as a sentence.', async () => {
    const where = await folder();
    await writeFile(join(where, 'page.tif'), '<html>403</html>');
    const { code, stdout, stderr } = await runCli(['inspect', 'page.tif'], { cwd: where });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'RASTER_CORRUPT', message: expect.stringMatching(/page\.tif.*not a TIFF/) },
    });
    expect(stderr).toMatch(/^citysink: .*page\.tif.*not a TIFF/);
  });

  test('of a window outside the raster is refused.', async () => {
    const where = await folder();
    await writeFile(join(where, 'cover.tif'), smallRaster());
    const { code, stderr } = await runCli(['inspect', '--window', '30,30,8,8', '--sha256', 'cover.tif'], {
      cwd: where,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/32/);
    expect(stderr).not.toMatch(/INTERNAL/);
  });
});

describe('doctor', () => {
  test('finds all that is needed, and leaves nothing behind.', async () => {
    const { spec, results } = await city();
    const { code, stdout, stderr } = await runCli(['doctor', spec]);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^ok {6}redis .*noeviction.*private/m);
    expect(stdout).toMatch(/^ok {6}scenes .*1 found/m);
    expect(stdout).toMatch(/^ok {6}results: write/m);
    expect(stdout).not.toMatch(/^missing/m);
    expect((await resultNames(results, '.citysink-doctor')).filter((name) => name !== '')).toEqual([]);
  });

  test('names what is missing, each with what to do, and ends with exit 1.', async () => {
    const { spec } = await city({ scenes: './nope.tif' });
    const { code, stdout } = await runCli(['doctor', '--json', spec], { env: { REDIS_URL: 'redis://127.0.0.1:1' } });
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { state: string; subject: string; text: string }[] };
    const missing = findings.filter(({ state }) => state === 'missing');
    expect(missing.map(({ subject }) => subject)).toEqual(['redis', 'scenes']);
    expect(missing[0]?.text).toMatch(/REDIS_UNAVAILABLE.*Check REDIS_URL/);
    expect(missing[1]?.text).toMatch(/nope\.tif.*no such file/);
  });
});

describe('status, retry and cancel of runs at rest', () => {
  test('status without runs says so.', async () => {
    const where = await folder();
    const env = { TMPDIR: where };
    const text = await runCli(['status'], { cwd: where, env });
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/no runs/);
    expect(JSON.parse((await runCli(['status', '--json'], { cwd: where, env })).stdout)).toEqual({ runs: [] });
  });

  test('a finished run is DONE with all its tiles, by name, by city/name and by folder; there is nothing to retry or cancel.', async () => {
    const made = await city();
    const env = { TMPDIR: made.folder };
    const options = { cwd: made.folder, env };
    const { stdout } = await runCli(['run', '--workers', '1', '--json', made.spec], options);
    const { run } = JSON.parse(stdout) as { run: string };
    expect((await runCli(['status'], options)).stdout).toMatch(new RegExp(`^${run} {2}test-city {2}DONE {2}1/1 tiles`));
    for (const name of [run, `test-city/${run}`, join(made.results, 'test-city', run)]) {
      const status = await runCli(['status', name, '--json'], options);
      expect(status.code, status.stderr).toBe(0);
      expect(JSON.parse(status.stdout)).toMatchObject({
        run,
        state: 'DONE',
        tiles_all: 1,
        tiles_left: 0,
        failures: [],
      });
    }
    expect(await runCli(['retry', run], options)).toEqual({
      code: 0,
      stdout: `run ${run} is DONE; nothing failed\n`,
      stderr: '',
    });
    expect(JSON.parse((await runCli(['retry', run, '--json'], options)).stdout)).toMatchObject({
      status: 'DONE',
      run,
      exit_code: 0,
    });
    expect(await runCli(['cancel', run], options)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to cancel'),
    });
  });

  test.each(['status', 'retry', 'cancel'])(
    '%s of a run that nobody knows ends with exit 2 and says where it looked.',
    async (verb) => {
      const where = await folder();
      const { code, stderr } = await runCli([verb, '2021-000000000000'], { cwd: where, env: { TMPDIR: where } });
      expect(code).toBe(2);
      expect(stderr).toMatch(/no run 2021-000000000000 on a queue, nor below .*results/);
      expect(stderr).toMatch(/RUN_NOT_FOUND/);
    },
  );

  test('a folder of results with a broken plan in it does not hide the other runs.', async () => {
    const made = await city();
    const options = { cwd: made.folder, env: { TMPDIR: made.folder } };
    const { stdout } = await runCli(['run', '--workers', '1', '--json', made.spec], options);
    const { run } = JSON.parse(stdout) as { run: string };
    await runCli(['init', 'x', '--folder', join(made.results, 'test-city', '2021-broken')]);
    await writeFile(join(made.results, 'test-city', '2021-broken', 'plan.json'), '{"half":');
    const status = await runCli(['status'], options);
    expect(status.code, status.stderr).toBe(0);
    expect(status.stdout).toMatch(new RegExp(`^${run} .*DONE`, 'm'));
    expect(status.stdout).toMatch(/2021-broken.*unreadable/);
  });
});

describe('run', () => {
  test('--json prints one object on standard output, and progress and logs on standard error alone.', async () => {
    const { spec } = await city();
    const { code, stdout, stderr } = await runCli(['run', '--workers', '1', '--json', spec], {
      env: { CITYSINK_LOG_LEVEL: 'info' },
    });
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as { status: string; totals: { figures: { city: { total: object } } } };
    expect(answer).toMatchObject({ status: 'DONE', exit_code: 0, unchanged: false, unread: [] });
    // 512 cells of 100 m2 in each class: 5.12 ha; class 1 stores 1 + 0.5 + 0 + 0.25, class 2 2 + 0.5 + 0 + 0.25 t C/ha.
    expect(answer.totals.figures.city.total).toMatchObject({
      cells: 1024,
      area_ha: 10.24,
      storage_tC: 5.12 * 1.75 + 5.12 * 2.75,
      coverage: 1,
    });
    const logLines = stderr.split('\n').filter((line) => line.startsWith('{'));
    expect(logLines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toContain('Tile:Done');
  });

  test('goes on with the next spec where one is wrong, and ends with the gravest code.', async () => {
    const [good, bad] = [await city(), await city({ spec: { yeer: 1 } })];
    const text = await runCli(['run', '--workers', '1', bad.spec, good.spec]);
    expect(text.code).toBe(2);
    expect(text.stderr).toMatch(/yeer/);
    expect(text.stdout).toMatch(/^DONE /m);
    expect((await latestTotals(good.results)).status).toBe('DONE');
    const json = await runCli(['run', '--workers', '1', '--json', good.spec, bad.spec]);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      runs: [
        { status: 'DONE', unchanged: true },
        { exit_code: 2, error: { code: 'REQUEST_INVALID' } },
      ],
    });
  });

  test('asked again it counts nothing; with --fresh it counts all anew, to the same figures.', async () => {
    const { spec } = await city();
    const run = async (...words: string[]) =>
      JSON.parse((await runCli(['run', '--workers', '1', '--json', ...words, spec])).stdout) as {
        run: string;
        unchanged: boolean;
        tiles: object;
        totals: { figures: object };
      };
    const first = await run();
    expect(await run()).toMatchObject({ run: first.run, unchanged: true, tiles: { reused: 1, queued: 0 } });
    const fresh = await run('--fresh');
    expect(fresh).toMatchObject({ unchanged: false, tiles: { reused: 0, queued: 1 } });
    expect(fresh.run).not.toBe(first.run);
    expect(fresh.totals.figures).toEqual(first.totals.figures);
  });

  test('--out takes the place of the results in the spec.', async () => {
    const { spec, results, folder: where } = await city();
    const { code, stderr } = await runCli(['run', '--workers', '1', '--out', 'elsewhere', spec], { cwd: where });
    expect(code, stderr).toBe(0);
    expect(await resultNames(results)).toEqual([]);
    expect((await latestTotals(join(where, 'elsewhere'))).status).toBe('DONE');
  });
});
