import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  citySchema,
  comparisonSchema,
  healthSchema,
  progressEventSchema,
  queueSchema,
  quoteSchema,
  runDetailSchema,
  runSummarySchema,
  startedSchema,
  zoneMapSchema,
} from '../../src/server/answers.ts';
import { runCli } from '../support/cli.ts';
import { type Served, startServe } from '../support/served.ts';
import { halves, smallCity, smallRaster } from '../support/small-city.ts';

/** A server over the results of a small city that was run, and rescored with other factors; no Redis but its own. */

const OTHER = `class,name,above,below,dead,soil,sequestration
1,class 1,3,0.5,0,0.25,0.1
2,class 2,2,0.5,0,0.25,0.4
`;

let served: Served;
let folder: string;
let specs: string;
let results: string;
let old: string;
let newest: string;

async function measured(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli([...words, '--json']);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { run: string }).run;
}

beforeAll(async () => {
  const made = await smallCity({ spec: { emissions: { t_co2: 1000, year: 2021, source: 'test' } } });
  ({ folder, results } = made);
  specs = folder;
  old = await measured('run', '--workers', '1', made.spec);
  await writeFile(join(folder, 'other.csv'), OTHER);
  newest = await measured('rescore', '--factors', join(folder, 'other.csv'), made.spec);
  served = await startServe({ words: ['--specs', specs, '--workers', '1', results], env: { TMPDIR: folder } });
});

afterAll(async () => {
  expect(await served.stop()).toBe(0);
  await rm(folder, { recursive: true, force: true });
});

describe('The API over results', () => {
  it('lists cities with the run that latest.json names, and its change against the one before', async () => {
    const { cities } = z.object({ cities: z.array(citySchema) }).parse(await served.json('/api/cities'));
    // 5.12 ha of class 2 hold 2 t C/ha more, and take up 0.3 t C/ha/yr more.
    expect(cities).toMatchObject([
      {
        city: 'test-city',
        runs: 2,
        newest: { run: newest, state: 'DONE', year: 2021, coverage: 1, storage_tC: 33.28 },
        change: { against: old, storage_tC: 10.24, sequestration_tC_yr: 1.536 },
      },
    ]);
  });

  it('lists the runs of a city, the newest first, and refuses a city that is not there', async () => {
    const { runs } = z
      .object({ runs: z.array(runSummarySchema) })
      .parse(await served.json('/api/cities/test-city/runs'));
    expect(runs.map(({ run }) => run)).toEqual([newest, old]);
    const absent = await served.get('/api/cities/nowhere/runs');
    expect([absent.status, await absent.json()]).toMatchObject([404, { error: { code: 'RUN_NOT_FOUND' } }]);
  });

  it('gives manifest and totals of a run as they are stored', async () => {
    const detail = runDetailSchema.parse(await served.json(`/api/runs/test-city/${newest}`));
    const stored = async (name: string) =>
      JSON.parse(await readFile(join(results, 'test-city', newest, name), 'utf8')) as object;
    expect(detail.totals).toEqual(await stored('totals.json'));
    expect(detail.manifest).toEqual(await stored('manifest.json'));
    expect(detail.files.map(({ name }) => name)).toContain('totals.csv');
  });

  it('draws the zones of a run', async () => {
    const map = zoneMapSchema.parse(await served.json(`/api/runs/test-city/${newest}/zones`));
    expect(map).toMatchObject({ width: 1000, height: 1000, west: 500_000, north: 3_000_000, unit_x: 0.32 });
    expect(map.zones).toMatchObject([{ zone: '1', path: expect.stringMatching(/^M[\d L]+Z$/) }]);
  });

  it('compares two runs as the command does', async () => {
    const answer = comparisonSchema.parse(await served.json(`/api/compare?a=${old}&b=test-city/${newest}`));
    const { text, shown, ...rest } = answer;
    const command = (...words: string[]) => runCli(['compare', '--out', results, ...words, old, newest]);
    expect(rest).toEqual(JSON.parse((await command('--json')).stdout));
    expect(`${text}\n`).toBe((await command()).stdout);
    expect(shown).toMatchObject({ city: { storage_tC: { difference: '+10.24', parts: { factors: '+10.24' } } } });
    expect((await served.get(`/api/compare?a=${old}&b=2021-000000000000`)).status).toBe(404);
  });

  it('explains a cell as the command does, by degrees or by the grid', async () => {
    const at = { x: 500_005, y: 2_999_995 };
    const { text, ...rest } = comparisonSchema.parse(
      await served.json(`/api/runs/test-city/${newest}/explain?x=${at.x}&y=${at.y}&crs=EPSG:32650`),
    );
    const place = ['--at', `${at.x},${at.y}`, '--crs', 'EPSG:32650'];
    const { stdout } = await runCli(['explain', '--json', ...place, join(folder, 'spec.yaml')]);
    expect(rest).toEqual(JSON.parse(stdout));
    expect(text).toContain('class 1');
    const byGrid = comparisonSchema.parse(
      await served.json(`/api/runs/test-city/${newest}/explain?x=${at.x}&y=${at.y}&crs=grid`),
    );
    expect(byGrid.cell).toEqual(rest.cell);
    expect((await served.get(`/api/runs/test-city/${newest}/explain?x=abc&y=1`)).status).toBe(422);
  });

  it('tells of itself: health, numbers, and its own document', async () => {
    expect(healthSchema.parse(await served.json('/healthz'))).toMatchObject({
      status: 'ok',
      redis: 'none',
      store: 'ok',
    });
    expect(queueSchema.parse(await served.json('/api/queue'))).toMatchObject({ queues: 0, waiting: 0 });
    const metrics = await served.get('/metrics');
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await metrics.text();
    expect(text).toMatch(/^citysink_runs\{state="DONE"\} 2$/m);
    expect(text).toMatch(/^citysink_http_requests_total\{.*route="\/api\/cities",status="200"\} \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    const document = (await served.json('/api/openapi.json')) as { openapi: string; paths: Record<string, object> };
    expect(document.openapi).toBe('3.1.0');
    expect(document.paths).toHaveProperty('/api/runs/{city}/{run}/files/{name}');
    expect(document.paths['/api/runs']).toHaveProperty('post.requestBody');
  });

  it('shows a finished run as a stream that ends at once', async () => {
    const progress = progressEventSchema.parse(await served.json(`/api/runs/${newest}/progress`));
    expect(progress).toMatchObject({ state: 'DONE', tiles: { all: 1, done: 1, failed: 0 }, tile_states: 'd' });
    const text = await (await served.get(`/api/runs/${newest}/events`)).text();
    expect(text.match(/^event: \w+/gm)).toEqual(['event: layout', 'event: progress', 'event: ended']);
    expect((await served.get('/api/runs/2021-000000000000/events')).status).toBe(404);
  });
});

describe('Files of a run', () => {
  const path = (name: string) => `/api/runs/test-city/${newest}/files/${name}`;

  it('are those that its manifest lists, byte by byte, to be saved and never shown', async () => {
    const whole = await served.get(path('totals.csv'));
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(bytes.equals(await readFile(join(results, 'test-city', newest, 'totals.csv')))).toBe(true);
    expect(whole.headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename="totals.csv"');
  });

  it('come in ranges, and not again where nothing changed', async () => {
    const whole = await (await served.get(path('totals.csv'))).text();
    const ask = (range: string) => served.get(path('totals.csv'), { headers: { range } });
    const part = await ask('bytes=5-24');
    expect([part.status, await part.text()]).toEqual([206, whole.slice(5, 25)]);
    expect(part.headers.get('content-range')).toBe(`bytes 5-24/${whole.length}`);
    expect(await (await ask('bytes=-7')).text()).toBe(whole.slice(-7));
    expect((await ask(`bytes=${whole.length}-`)).status).toBe(416);
    const etag = part.headers.get('etag') ?? '';
    const again = await served.get(path('totals.csv'), { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  it('are shown in an origin of their own where they are a report, and ask nobody', async () => {
    const manifestPath = join(results, 'test-city', old, 'manifest.json');
    const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as { outputs: object[] };
    const report = '<!doctype html><script>document.title = 1</script>';
    const sha256 = createHash('sha256').update(report).digest('hex');
    const listed = { name: 'report.html', sha256, sizeBytes: report.length };
    const outputs = [...manifest.outputs.filter((one) => (one as { name?: string }).name !== 'report.html'), listed];
    await writeFile(join(results, 'test-city', old, 'report.html'), report);
    await writeFile(manifestPath, JSON.stringify({ ...manifest, outputs }));
    // The list of runs is as good as new for a moment.
    await expect.poll(async () => (await served.get(`/api/runs/test-city/${old}/files/report.html`)).status).toBe(200);
    const answer = await served.get(`/api/runs/test-city/${old}/files/report.html`);
    expect(await answer.text()).toBe(report);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^sandbox allow-scripts; default-src 'none'/);
    expect(policy).not.toMatch(/allow-same-origin|connect-src|https?:/);
    expect(answer.headers.get('content-disposition')).toBeNull();
  });

  it('are no others, however their path is written', async () => {
    const names = [
      'plan.json',
      'nothing.csv',
      '..%2f..%2flatest.json',
      '%2e%2e/%2e%2e/latest.json',
      '..%5c..%5clatest.json',
      '%2fetc%2fpasswd',
      'totals.csv%00',
      '../../../../../etc/passwd',
      '....//....//latest.json',
    ];
    for (const name of names) expect([name, await rawStatus(path(name))]).toEqual([name, 404]);
    expect(await rawStatus(`/api/runs/..%2f..%2fetc/${newest}/files/passwd`)).toBe(422);
    for (const name of ['assets/../../package.json', 'assets/%2e%2e/%2e%2e/package.json', 'assets/server/main.ts'])
      expect([name, await rawStatus(`/${name}`)]).toEqual([name, 404]);
  });
});

/** Status of a path that goes over the wire as it is written; fetch would tidy it up. */
function rawStatus(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const { hostname, port } = new URL(served.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('Requests that come from elsewhere', () => {
  it('are refused by their origin, by what the browser says of them, and by the name they came to', async () => {
    const spec = { name: 'spec.yaml' };
    expect((await served.post('/api/plan', spec, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await served.post('/api/plan', spec, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect(await rawStatus('/api/cities', { host: 'rebound.example' })).toBe(403);
    expect(await rawStatus('/api/cities', { host: 'localhost' })).toBe(200);
    expect((await served.post('/api/plan', spec, { origin: served.url.replace(/\/$/, '') })).status).toBe(200);
  });

  it('find every answer closed to frames, inline scripts and guesses of its type', async () => {
    for (const path of ['/', '/api/cities', '/nothing', '/assets/server/web/app.ts']) {
      const { headers } = await served.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('Starting runs', () => {
  it('lists the specs of the folder, and nothing else of it', async () => {
    expect(await served.json('/api/specs')).toMatchObject({ allowed: true, specs: [{ name: 'spec.yaml' }] });
    const { text } = (await served.json('/api/spec?name=spec.yaml')) as { text: string };
    expect(text).toBe(await readFile(join(specs, 'spec.yaml'), 'utf8'));
  });

  it('tells every mistake of an edited spec at once', async () => {
    const answer = await served.post('/api/plan', { name: 'new.yaml', text: 'city: Not Allowed\nyear: soon\n' });
    const { error } = (await answer.json()) as { error: { code: string; problems: { where: string }[] } };
    expect([answer.status, error.code]).toEqual([422, 'REQUEST_INVALID']);
    expect(error.problems.map(({ where }) => where)).toEqual(
      expect.arrayContaining(['new.yaml:1 city', 'new.yaml:2 year', 'new.yaml:1 layers']),
    );
  });

  it('leads out of the folder by no name and no link', async () => {
    await writeFile(join(results, 'outside.yaml'), 'city: outside\n');
    await mkdir(join(specs, 'inner'), { recursive: true });
    const outer = join(folder, '..', `outer-${Date.now()}.yaml`);
    await writeFile(outer, 'city: outer\n');
    await symlink(outer, join(specs, 'inner/link.yaml'));
    for (const name of ['../outer.yaml', '/etc/passwd.yaml', '.hidden.yaml', 'inner/../../x.yaml', 'x.txt'])
      expect([name, (await served.post('/api/plan', { name })).status]).toEqual([name, 422]);
    const linked = await served.get('/api/spec?name=inner/link.yaml');
    expect([linked.status, await linked.text()]).toMatchObject([422, expect.not.stringContaining('city: outer')]);
    await mkdir(`${outer}.d`);
    await symlink(`${outer}.d`, join(specs, 'inner/folder'));
    const text = await readFile(join(specs, 'spec.yaml'), 'utf8');
    const beyond = text.replaceAll('./', join(specs, '/')).replace('2021', '2031');
    const kept = await served.post('/api/runs', { name: 'inner/folder/deep/new.yaml', text: beyond });
    expect([kept.status, await kept.text()]).toEqual([422, expect.stringContaining('leads out of the folder')]);
    expect(await readdir(`${outer}.d`)).toEqual([]);
    await rm(`${outer}.d`, { recursive: true });
    await rm(outer);
    await rm(join(specs, 'inner'), { recursive: true });
  });

  it('quotes first, then counts on a queue and workers of its own, and keeps what was edited', async () => {
    const original = await readFile(join(specs, 'spec.yaml'), 'utf8');
    const text = original
      .replace('2021', '2022')
      .replaceAll('./', '../')
      .replace('../results/', './elsewhere/')
      .replace('"scenes": "../"', '"scenes": "./"');
    // A raster of its own, all of class 1, so that a tile is there to count.
    await mkdir(join(specs, 'later'));
    await writeFile(join(specs, 'later/cover.tif'), smallRaster(halves(1, 1)));
    const relative = { name: 'later/2022.yaml', text };
    const quote = quoteSchema.parse(await (await served.post('/api/plan', relative)).json());
    expect(quote).toMatchObject({ city: 'test-city', year: 2022, unchanged: false, tiles: 1, tiles_reused: 0 });
    expect((await served.get('/api/spec?name=later/2022.yaml')).status).toBe(404);
    const answer = await served.post('/api/runs', relative);
    const started = startedSchema.parse(await answer.json());
    expect([answer.status, started.outcome]).toEqual([202, 'queued']);
    const stream = await (await served.get(`/api/runs/${started.run}/events`)).text();
    expect(stream).toMatch(/"state":"DONE"/);
    // Results stand in the root that is served, wherever the spec would have them.
    const detail = runDetailSchema.parse(await served.json(`/api/runs/test-city/${started.run}`));
    expect(detail.summary).toMatchObject({ state: 'DONE', year: 2022, storage_tC: 17.92 });
    expect(await readFile(join(specs, 'later/2022.yaml'), 'utf8')).toBe(text);
    const other = await served.post('/api/runs', { ...relative, text: text.replace('2022', '2023') });
    expect([other.status, await other.text()]).toEqual([422, expect.stringContaining('another text')]);
    const same = startedSchema.parse(await (await served.post('/api/runs', relative)).json());
    expect(same).toEqual({ ...started, outcome: 'unchanged' });
  });
});

describe('A server that others could reach', () => {
  const TOKEN = 'a-token-of-this-test';

  it('refuses to start without a token, and says what to do', async () => {
    const { code, stderr } = await runCli(['serve', '--port', '0', '--host', '0.0.0.0', results]);
    expect(code).toBe(2);
    expect(stderr).toContain('CITYSINK_API_TOKEN');
    expect(stderr).toContain('openssl rand -hex 24');
  });

  it('asks for its token everywhere but at the page, and takes it by header or by cookie', async () => {
    const guarded = await startServe({
      words: ['--host', '0.0.0.0', results],
      env: { CITYSINK_API_TOKEN: TOKEN, TMPDIR: folder },
    });
    try {
      const at = guarded.url.replace('0.0.0.0', '127.0.0.1');
      const get = (path: string, headers: Record<string, string> = {}) => fetch(new URL(path, at), { headers });
      const statuses = async (headers: Record<string, string> = {}) =>
        Promise.all(
          ['/', '/healthz', '/api/cities', '/metrics', '/api/specs'].map(
            async (path) => (await get(path, headers)).status,
          ),
        );
      expect(await statuses()).toEqual([200, 200, 401, 401, 401]);
      expect(await statuses({ authorization: 'Bearer wrong' })).toEqual([200, 200, 401, 401, 401]);
      expect(await statuses({ authorization: `Bearer ${TOKEN}` })).toEqual([200, 200, 200, 200, 200]);
      const sign = (token: string) =>
        fetch(new URL('/api/session', at), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token }),
        });
      expect((await sign('wrong')).status).toBe(401);
      const cookie = (await sign(TOKEN)).headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
      expect(cookie).not.toContain(TOKEN);
      expect(await statuses({ cookie: cookie.split(';')[0] as string })).toEqual([200, 200, 200, 200, 200]);
      const plan = await fetch(new URL('/api/plan', at), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
        body: JSON.stringify({ name: 'spec.yaml' }),
      });
      expect([plan.status, await plan.text()]).toEqual([403, expect.stringContaining('--specs')]);
      expect(guarded.stderr()).not.toContain(TOKEN);
    } finally {
      await guarded.stop();
    }
  });
});
