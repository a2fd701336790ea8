import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { CliResult, RunningCli } from '../support/cli.ts';
import { EAST, SIDE, sceneBytes, type TwoSceneCity, twoSceneCity } from '../support/two-scenes.ts';

/** `citysink watch` as a user starts it: which changes it sees, what it runs, and what it leaves alone. */

const cities: TwoSceneCity[] = [];
const running: RunningCli[] = [];

afterAll(async () => {
  for (const one of running) one.process.kill('SIGKILL');
  for (const { server, folder } of cities) {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
});

async function newCity(): Promise<TwoSceneCity> {
  const city = await twoSceneCity({ resultsUrl: 's3://results/' });
  cities.push(city);
  return city;
}

interface News {
  readonly city: string;
  readonly news: string;
  readonly run?: string;
  readonly status?: string;
  readonly counted?: number;
  readonly changes?: { readonly replaced: string[]; readonly added: string[]; readonly removed: string[] } | null;
  readonly error?: { readonly code: string };
}

/** One sweep: its exit code and its news. The server's log of requests then holds those of this sweep alone. */
async function sweep(
  city: TwoSceneCity,
  ...words: string[]
): Promise<{ code: number | null; news: News[] } & CliResult> {
  city.server.requests.length = 0;
  const specs = words.some((word) => !word.startsWith('-') && word !== '0s') ? [] : [city.spec];
  const started = city.start(['watch', '--once', '--json', '--settle', '0s', '--workers', '1', ...words, ...specs]);
  const ended = await started.ended;
  const news = ended.stdout === '' ? [] : (JSON.parse(ended.stdout) as { cities: News[] }).cities.filter(isOwn);
  return { ...ended, news };
}

/** A test beside this one may run a city at a place of the same name: it is waited for, and is not what these tests are about. */
function isOwn({ news }: News): boolean {
  return news !== 'waits';
}

function kinds(news: readonly News[]): string[] {
  return news.map((one) => one.news);
}

function latestRun({ server }: TwoSceneCity): string {
  return (JSON.parse(String(server.bucket('results').get('test-city/latest.json')?.source)) as { run: string }).run;
}

describe('One sweep', () => {
  it('runs a city without a run, leaves it alone while nothing changes, and names the scene that did', async () => {
    const city = await newCity();
    const first = await sweep(city);
    expect(first.code, first.stderr).toBe(0);
    expect(kinds(first.news)).toEqual(['changed', 'started', 'ended']);
    expect(first.news[0]?.changes).toBeNull();
    expect(latestRun(city)).toBe(first.news[2]?.run);

    const second = await sweep(city);
    expect(second.news).toEqual([{ city: 'test-city', news: 'unchanged', run: first.news[2]?.run, status: 'DONE' }]);
    // It read lists, the manifest and small files: no byte of a scene, and wrote nothing.
    const ofScenes = city.server.requests.filter(({ bucket, key }) => bucket === 'scenes' && key !== '');
    expect(ofScenes).toEqual([]);
    expect(city.server.requests.filter(({ method }) => method === 'PUT')).toEqual([]);

    city.server.put('scenes', EAST, sceneBytes(SIDE, 777));
    const third = await sweep(city);
    expect(third.news[0]?.changes).toMatchObject({ replaced: [`s3://scenes/${EAST}`], added: [], removed: [] });
    expect(third.news[2]).toMatchObject({ news: 'ended', status: 'DONE' });
    const run = await city.start(['run', '--json', '--workers', '1', city.spec]).ended;
    expect(JSON.parse(run.stdout)).toMatchObject({ unchanged: true, run: third.news[2]?.run });
  });

  it('lets latest.json follow a scene that comes back as it was, without a run', async () => {
    const city = await newCity();
    const [, , first] = (await sweep(city)).news;
    city.server.put('scenes', EAST, sceneBytes(SIDE, 778));
    const [, , second] = (await sweep(city)).news;
    expect(latestRun(city)).toBe(second?.run);
    city.server.put('scenes', EAST, city.east);
    expect(kinds((await sweep(city)).news)).toEqual(['unchanged']);
    expect(latestRun(city)).toBe(first?.run);
  });

  it('tells a city whose spec is wrong, and runs the others of the folder', async () => {
    const city = await newCity();
    await writeFile(join(city.folder, 'wrong.yaml'), 'city: Wrong City\nyear: x\n');
    const { code, news } = await sweep(city, city.folder);
    expect(code).toBe(2);
    const failed = news.filter(({ news: kind }) => kind === 'failed');
    expect(failed).toMatchObject([{ error: { code: 'REQUEST_INVALID' } }]);
    expect(failed[0]?.city).toContain('wrong.yaml');
    expect(kinds(news.filter((one) => one.city === 'test-city'))).toEqual(['changed', 'started', 'ended']);
  });
});

describe('Watching', () => {
  it('waits until a change stands still, runs it once, and ends in order on Ctrl-C', async () => {
    const city = await newCity();
    await sweep(city);
    const watching = city.start(
      ['watch', '--json', '--interval', '1s', '--settle', '3s', '--workers', '1', city.spec],
      {},
    );
    running.push(watching);
    const news = () =>
      watching
        .stdout()
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as News)
        .filter(isOwn);
    const until = async (kind: string, count = 1): Promise<News> => {
      for (;;) {
        const found = news().filter((one) => one.news === kind);
        if (found.length >= count) return found[count - 1] as News;
        if (watching.process.exitCode !== null) throw new Error(watching.stderr());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until('unchanged');
    // A scene that is written three times is one run, of what it was at the end.
    for (const seed of [1, 2, 3]) {
      city.server.put('scenes', EAST, sceneBytes(SIDE, 9000 + seed));
      await until('changed', seed);
    }
    const ended = await until('ended');
    expect(ended).toMatchObject({ status: 'DONE' });
    await until('unchanged', 2);
    expect(kinds(news())).toEqual(['unchanged', 'changed', 'changed', 'changed', 'started', 'ended', 'unchanged']);
    const run = await city.start(['run', '--json', '--workers', '1', city.spec]).ended;
    expect(JSON.parse(run.stdout)).toMatchObject({ unchanged: true, run: ended.run });
    watching.process.kill('SIGINT');
    expect((await watching.ended).code).toBe(0);
  });
});
