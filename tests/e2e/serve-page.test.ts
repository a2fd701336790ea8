import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeFindings, CHROMIUM, startBrowser, type WatchedPage, watchedPage } from '../support/browser.ts';
import { rectangleZones } from '../support/city.ts';
import { type RunningCli, runCli } from '../support/cli.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { type Served, startServe } from '../support/served.ts';
import { SMALL_EPSG, smallCity } from '../support/small-city.ts';
import { twoSceneCity } from '../support/two-scenes.ts';

/** The page in a real browser, over results whose names would be markup if anything took them for it. */

const HOSTILE = '<img src=x onerror=alert(1)>';
const SCRIPT = '"><script>alert(2)</script>';
const FACTORS = `class,name,name_zh,above,above_se,below,dead,soil,soil_se,sequestration
1,"${HOSTILE}",林地,1,0.2,0.5,0.1,2.25,0.4,0.1
2,built & <b>bold</b>,建设用地,2000,3,0.5,0.2,0.25,0.1,0.1
`;
/** West and east half of the small raster, the east one named by what would be a script. */
const ZONES = rectangleZones(SMALL_EPSG, {
  west: [500_000, 2_999_680, 500_160, 3_000_000],
  [SCRIPT]: [500_160, 2_999_680, 500_320, 3_000_000],
});
const SIZES = [
  { lang: 'en', theme: 'light', width: 1440 },
  { lang: 'zh', theme: 'light', width: 390 },
  { lang: 'zh', theme: 'dark', width: 1440 },
  { lang: 'en', theme: 'dark', width: 390 },
] as const;

let browser: Browser;
let served: Served;
let folder: string;
let old: string;
let newest: string;
let table: string;
const opened: WatchedPage[] = [];

async function open(options: Parameters<typeof watchedPage>[2] = {}, url = served.url): Promise<Page> {
  const watched = await watchedPage(browser, url, { locale: 'en-US', ...options });
  opened.push(watched);
  return watched.page;
}

async function goTo(page: Page, hash: string, url = served.url): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${url}${hash}`);
  await page.locator('main h1').waitFor();
  while ((await page.locator('.loading').count()) > 0) await page.waitForTimeout(20);
}

async function runOf(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli([...words, '--json']);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { run: string }).run;
}

describe.skipIf(CHROMIUM === undefined)('The page (needs Chromium)', () => {
  beforeAll(async () => {
    const made = await smallCity({
      zones: ZONES,
      zonesKeys: { id: 'id' },
      factors: FACTORS,
      spec: {
        name: { en: `City ${HOSTILE}`, zh: '测试市' },
        emissions: { t_co2: 1000, year: 2021, source: SCRIPT },
      },
    });
    folder = made.folder;
    old = await runOf('run', '--workers', '1', made.spec);
    await writeFile(join(folder, 'other.csv'), FACTORS.replace('2000', '2500'));
    newest = await runOf('rescore', '--factors', join(folder, 'other.csv'), made.spec);
    table = (await runCli(['rescore', '--factors', join(folder, 'other.csv'), made.spec])).stdout;
    const words = ['--specs', folder, '--workers', '1', made.results];
    served = await startServe({ words, env: { TMPDIR: folder } });
    browser = await startBrowser();
  });

  afterEach(async () => {
    const wrongs = opened.flatMap((one) => one.wrongs);
    for (const { page } of opened.splice(0)) await page.context().close();
    expect(wrongs).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await served?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const pages = () => ({
    cities: '#/',
    city: '#/cities/test-city',
    run: `#/runs/test-city/${newest}`,
    live: '#/live',
    'live run': `#/live/${newest}`,
    compare: `#/compare?a=test-city/${old}&b=test-city/${newest}`,
    start: '#/start',
    absent: '#/nothing',
    'absent run': '#/runs/test-city/2021-000000000000',
  });

  it.each(SIZES)('is read and used by everyone: $lang, $theme, $width px', async ({ lang, theme, width }) => {
    const locale = lang === 'zh' ? 'zh-CN' : 'en-US';
    const page = await open({ viewport: { width, height: 900 }, colorScheme: theme, locale });
    for (const [name, hash] of Object.entries(pages())) {
      await goTo(page, hash);
      expect([name, await page.locator('html').getAttribute('lang')]).toEqual([name, lang === 'zh' ? 'zh-CN' : 'en']);
      expect([name, await axeFindings(page)]).toEqual([name, []]);
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect([name, beyond]).toEqual([name, 0]);
      expect(await page.locator('img, main script').count()).toBe(0);
      if (process.env.SHOTS !== undefined)
        await page.screenshot({
          path: join(process.env.SHOTS, `${name}-${lang}-${theme}-${width}.png`),
          fullPage: true,
        });
    }
    // The browser itself tells of what it asked for and did not get: the run that is not there.
    const watched = opened.at(-1);
    watched?.wrongs.splice(0, watched.wrongs.length, ...watched.wrongs.filter((text) => !/404/.test(text)));
  });

  it('has the figures that the command line prints, as the same strings', async () => {
    const page = await open();
    await goTo(page, `#/runs/test-city/${newest}`);
    const cells = (name: string) =>
      table
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.slice(name.length)
        .trim()
        .split(/ {2,}/);
    const zones = page.locator('.zones-grid table');
    expect(await texts(page, '.zones-grid tfoot td')).toEqual(cells('city'));
    expect((await zones.locator('tbody tr').allInnerTexts()).length).toBe(2);
    expect(await texts(page, '.zones-grid tbody tr:first-child td')).toEqual(cells('west'));
    // Names of files of others are read, and are no markup.
    expect(await page.locator('.zones-grid tbody tr').nth(1).locator('th').textContent()).toBe(SCRIPT);
    expect(await page.locator('h1').textContent()).toBe(`City ${HOSTILE}, 2021`);
    expect(await page.locator('.figure').first().textContent()).toMatch(/95 % of draws: [\d,]+ to [\d,]+/);
  });

  it('leaves out soil where that is asked, in headline, map and table', async () => {
    const page = await open();
    await goTo(page, `#/runs/test-city/${newest}`);
    await page.locator('svg.zones').waitFor();
    const total = () => page.locator('.zones-grid tfoot td').nth(1).textContent();
    const before = await total();
    await page.getByLabel('Soil').uncheck();
    expect(await page.locator('.figure .value').first().textContent()).toBe(`${await total()} t C`);
    expect(await total()).not.toBe(before);
    await page.getByLabel('Measure').selectOption('coverage');
    expect(await page.locator('.legend-title').textContent()).toBe('Coverage, %');
    expect(await page.locator('svg.zones path').count()).toBe(2);
  });

  it('explains the cell that was chosen on the map', async () => {
    const page = await open();
    await goTo(page, `#/runs/test-city/${newest}`);
    await page.locator('svg.zones').click({ position: { x: 30, y: 30 } });
    await page.locator('pre').filter({ hasText: HOSTILE }).waitFor();
  });

  it('is worked by keyboard alone: a way past the header, and headings that sort', async () => {
    const page = await open();
    await goTo(page, '#/cities/test-city');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    const heading = page.getByRole('columnheader', { name: /Storage/ });
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    expect(await page.locator('tbody tr:first-child th').textContent()).toBe(old);
  });

  it('keeps language and theme, and finds cities by either name', async () => {
    const page = await open();
    await goTo(page, '#/');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByLabel('外观').selectOption('dark');
    await goTo(page, '#/');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.getByLabel('搜索城市').fill('测试');
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByLabel('搜索城市').fill('nowhere');
    expect(await page.locator('.empty').textContent()).toContain('nowhere');
    await page.getByRole('button', { name: '显示全部' }).click();
    expect(await page.locator('tbody tr').count()).toBe(1);
  });

  it('draws the first rows of very many cities, finds and sorts all, and shows more when asked', async () => {
    const page = await open();
    const answer = (await served.json('/api/cities')) as { cities: { city: string; name: object }[] };
    const cities = Array.from({ length: 450 }, (_, place) => {
      const city = `many-${String(place).padStart(3, '0')}`;
      return { ...answer.cities[0], city, name: { en: city } };
    });
    await page.route('**/api/cities', (route) => route.fulfill({ json: { cities } }));
    await goTo(page, '#/');
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(200);
    await page.getByText('200 of 450 rows are shown').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByRole('button', { name: 'Show more' }).click();
    expect(await rows.count()).toBe(450);
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0);
    await page.getByLabel('Search cities').fill('many-44');
    expect(await rows.count()).toBe(10);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('starts a run: mistakes, then the quote, then the results', async () => {
    const page = await open();
    await goTo(page, '#/start');
    const text = page.getByLabel('Text');
    const spec = JSON.parse(await text.inputValue()) as object;
    await text.fill('city: No\nyear: soon\n');
    await page.getByLabel('Name').fill('new.yaml');
    await page.getByRole('button', { name: 'Get a quote' }).click();
    await page.locator('.problems li').filter({ hasText: 'new.yaml:2 year' }).waitFor();
    expect(await page.getByRole('button', { name: 'Start this run' }).count()).toBe(0);
    const watched = opened.at(-1);
    watched?.wrongs.splice(0, 1); // The browser tells of the refusal.
    await text.fill(JSON.stringify({ ...spec, year: 2024, results: './elsewhere/' }));
    await page.getByRole('button', { name: 'Get a quote' }).click();
    await page.getByRole('button', { name: 'Start this run' }).click();
    await page.getByRole('link', { name: 'See the results' }).click();
    await page.getByText('2024', { exact: false }).first().waitFor();
    await page.locator('.figure').first().waitFor();
  });

  it('asks for a token where the server does', async () => {
    const token = 'a-token-of-this-test';
    const guarded = await startServe({
      words: [join(folder, 'results')],
      env: { CITYSINK_API_TOKEN: token, TMPDIR: folder },
    });
    try {
      const page = await open({}, guarded.url);
      await goTo(page, '#/', guarded.url);
      expect(await axeFindings(page)).toEqual([]);
      await page.getByLabel('Token').fill('wrong-token');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('not the token').waitFor();
      opened.at(-1)?.wrongs.splice(0, 1);
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('tbody tr').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Token').waitFor();
    } finally {
      await guarded.stop();
    }
  });

  it('shows a run as it goes, and cancels it after asking once more', async () => {
    const redis = await startTestRedis();
    const where = await twoSceneCity();
    where.server.failures.add({
      match: { bucket: 'scenes', range: /^bytes=[1-9]/ },
      times: Number.POSITIVE_INFINITY,
      action: { kind: 'slow-drip', bytes: 8_192, everyMs: 300 },
    });
    await mkdir(where.results, { recursive: true });
    const env = { ...where.server.env, REDIS_URL: redis.url };
    const live = await startServe({ words: [where.results], env });
    let run: RunningCli | null = null;
    try {
      run = where.start(['run', '--workers', '1', '--tile-size', '512', where.spec], { REDIS_URL: redis.url });
      const page = await open({}, live.url);
      await goTo(page, '#/live', live.url);
      await page.locator('.live-list a').click({ timeout: 60_000 });
      await page.locator('.tile-grid .tile-a').first().waitFor();
      expect(await page.locator('.tile-grid .tile').count()).toBe(8);
      await page.locator('.tile-grid .tile-d').first().waitFor();
      expect(await axeFindings(page)).toEqual([]);
      if (process.env.SHOTS !== undefined)
        await page.screenshot({ path: join(process.env.SHOTS, 'going.png'), fullPage: true });
      await page.getByRole('button', { name: 'Cancel this run' }).click();
      await page.getByRole('button', { name: 'No, go on' }).click();
      await page.getByRole('button', { name: 'Cancel this run' }).click();
      await page.getByRole('button', { name: 'Yes, cancel' }).click();
      await page.locator('.badge[data-state="cancelled"]').waitFor();
      expect((await run.ended).code).toBe(1);
    } finally {
      run?.process.kill('SIGTERM');
      await run?.ended;
      await live.stop();
      await where.server.close();
      await redis.stop();
      await rm(where.folder, { recursive: true, force: true });
    }
  });
});

function texts(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allInnerTexts();
}
