import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MapLayer, MapLayers } from '../../src/server/answers.ts';
import { rgbOf } from '../../src/shared/raster/map-colours.ts';
import { axeFindings, CHROMIUM, startBrowser, type WatchedPage, watchedPage } from '../support/browser.ts';
import { rectangleZones, temporaryFolder, writeCity } from '../support/city.ts';
import { runCli } from '../support/cli.ts';
import { CELL_M, CITY_CORNER, CITY_EPSG, CITY_FACTORS, CITY_GREEN, MapCity } from '../support/map-city.ts';
import { readLevels, readMapFile } from '../support/map-files.ts';
import { type Served, startServe } from '../support/served.ts';

/** Maps over HTTP and on the page, pixel by pixel against the files of the runs. */

const SIDE = 64;
const TREES = 1;
const city = new MapCity({
  rows: SIDE,
  cols: SIDE,
  seed: 5,
  builtBlobs: [14, 30],
  otherBlobs: [180, 5],
  isInZones: () => true,
});
const ZONES = rectangleZones(CITY_EPSG, {
  whole: [CITY_CORNER.x, CITY_CORNER.y - SIDE * CELL_M, CITY_CORNER.x + SIDE * CELL_M, CITY_CORNER.y],
});

let folder = '';
let served: Served;
let [old, newest, plain] = ['', '', ''];

async function runOf(maps: readonly string[] | null, factors = CITY_FACTORS, year = 2021): Promise<string> {
  const spec = await writeCity({
    folder,
    scenes: '',
    zones: ZONES,
    zonesKeys: { id: 'id' },
    factors,
    spec: {
      year,
      layers: { landcover: { scenes: `${folder}/cover.tif` } },
      green: CITY_GREEN,
      ...(maps === null ? {} : { maps }),
    },
  });
  const { code, stdout, stderr } = await runCli(['run', '--json', '--workers', '1', spec]);
  expect(code, stderr + stdout).toBe(0);
  return (JSON.parse(stdout) as { run: string }).run;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'cover.tif'), city.coverFile());
  plain = await runOf(null);
  old = await runOf(['storage', 'class', 'left_out_storage']);
  newest = await runOf(['storage', 'class'], CITY_FACTORS.replace('1,Trees,true,false,60', '1,Trees,true,false,66'));
  served = await startServe({ words: [join(folder, 'results')], env: { TMPDIR: folder } });
});

afterAll(async () => {
  await served?.stop();
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

const path = (run: string) => `/api/runs/test-city/${run}`;

async function pixels(
  address: string,
): Promise<{ width: number; height: number; at(row: number, col: number): number[] }> {
  const answer = await served.get(address);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
  const image = sharp(Buffer.from(await answer.arrayBuffer())).ensureAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const at = (row: number, col: number) => [...data.subarray(4 * (row * info.width + col)).subarray(0, 4)];
  return { width: info.width, height: info.height, at };
}

const window = (row: number, col: number, rows: number, cols: number, px = 1024) =>
  `row=${row}&col=${col}&rows=${rows}&cols=${cols}&px=${px}`;

async function refusedWith(address: string, status: number): Promise<string> {
  const answer = await served.get(address);
  expect(answer.status).toBe(status);
  return answer.text();
}

describe('Maps of a run over HTTP', () => {
  it('are listed with their place and what their colours mean', async () => {
    const { maps } = (await served.json(`${path(old)}/maps`)) as MapLayers;
    expect(maps.map(({ name }) => name)).toEqual(['storage', 'class', 'left_out_storage']);
    const place = { rows: SIDE, cols: SIDE, west: CITY_CORNER.x, north: CITY_CORNER.y, cell_width: CELL_M };
    expect(maps[0]).toMatchObject({ ...place, title: { en: 'Storage', zh: '碳储量' }, unit: 't C/ha', codes: null });
    expect(maps[2]).toMatchObject({ rows: 4, cols: 4, cell_width: 1000 });
    expect(await served.json(`${path(plain)}/maps`)).toEqual({ maps: [] });
  });

  it('are painted cell by cell, and windows side by side are parts of the whole', async () => {
    const { maps } = (await served.json(`${path(old)}/maps`)) as MapLayers;
    const colours = new Map(maps[1]?.codes?.map(({ code, colour }) => [code, [...rgbOf(colour), 255]]));
    const [full] = await readLevels(await readMapFile(join(folder, 'results/test-city', old), 'class'));
    const whole = await pixels(`${path(old)}/maps/class/picture?${window(0, 0, SIDE, SIDE)}`);
    const corner = await pixels(`${path(old)}/maps/class/picture?${window(40, 30, 24, 34)}`);
    expect([whole.width, whole.height, corner.width, corner.height]).toEqual([SIDE, SIDE, 34, 24]);
    for (let cell = 0; cell < SIDE * SIDE; cell++) {
      const [row, col] = [Math.floor(cell / SIDE), cell % SIDE];
      const code = full?.cells[cell] ?? Number.NaN;
      expect(whole.at(row, col)).toEqual(Number.isNaN(code) ? [0, 0, 0, 0] : colours.get(code));
      if (row >= 40 && col >= 30) expect(corner.at(row - 40, col - 30)).toEqual(whole.at(row, col));
    }
    const small = await pixels(`${path(old)}/maps/class/picture?${window(0, 0, SIDE, SIDE / 2, 16)}`);
    expect([small.width, small.height]).toEqual([8, 16]);
  });

  it('are refused beyond their edges, in sizes without bound, and where there are none', async () => {
    const picture = `${path(old)}/maps/class/picture`;
    expect(await refusedWith(`${picture}?${window(0, 0, SIDE + 1, SIDE)}`, 422)).toContain('within 64 rows');
    expect(await refusedWith(`${picture}?${window(0, 0, 8, 8, 100_000)}`, 422)).toContain('query.px');
    expect(await refusedWith(`${path(old)}/maps/soil/picture?${window(0, 0, 8, 8)}`, 404)).toContain('has no map soil');
    expect(await refusedWith(`${path(old)}/maps/..%2Fplan/picture?${window(0, 0, 8, 8)}`, 422)).toContain('path.map');
  });

  it('are not sent again to whoever has them', async () => {
    const address = `${path(old)}/maps/class/picture?${window(0, 0, 8, 8)}`;
    const etag = (await served.get(address)).headers.get('etag') ?? '';
    expect((await served.get(address, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const other = await served.get(address.replace('row=0', 'row=1'), { headers: { 'if-none-match': etag } });
    expect(other.status).toBe(200);
  });
});

describe('The difference of two runs', () => {
  const query = (a: string, b: string) => `a=test-city/${a}&b=test-city/${b}`;

  it('is of maps that both have, and says why there is none', async () => {
    expect(await served.json(`/api/compare/maps?${query(old, newest)}`)).toMatchObject({
      maps: [{ name: 'storage' }],
      reason: null,
    });
    expect(await served.json(`/api/compare/maps?${query(plain, newest)}`)).toEqual({ maps: [], reason: 'none' });
  });

  it('is blue where more is stored, pale where as much, and clear where nothing is known', async () => {
    const layer = (await served.json(`/api/compare/maps/storage?${query(old, newest)}`)) as MapLayer;
    expect(layer.range).toMatchObject({ low: -6, high: 6 });
    const more = await pixels(`/api/compare/maps/storage/picture?${query(old, newest)}`);
    const less = await pixels(`/api/compare/maps/storage/picture?${query(newest, old)}`);
    const end = (place: number) => [...rgbOf(layer.range?.colours.at(place) ?? ''), 255];
    for (let cell = 0; cell < SIDE * SIDE; cell++) {
      const at = [Math.floor(cell / SIDE), cell % SIDE] as const;
      const code = city.whole[cell] as number;
      const [up, down] = [more.at(...at), less.at(...at)];
      if (Number.isNaN(code)) expect([up[3], down[3]]).toEqual([0, 0]);
      else if (code === TREES) expect([up, down]).toEqual([end(-1), end(0)]);
      else expect(up).toEqual(down);
    }
  });
});

describe.skipIf(CHROMIUM === undefined)('Maps on the page (needs Chromium)', () => {
  let browser: Browser;
  const opened: WatchedPage[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterEach(async () => {
    const wrongs = opened.flatMap((one) => one.wrongs);
    for (const { page } of opened.splice(0)) await page.context().close();
    expect(wrongs).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function open(hash: string, locale = 'en-US', width = 1440): Promise<Page> {
    const watched = await watchedPage(browser, served.url, { locale, viewport: { width, height: 900 } });
    opened.push(watched);
    await watched.page.goto(`${served.url}${hash}`);
    await watched.page.locator('main h1').waitFor();
    return watched.page;
  }

  it('are chosen beside the measures, with a legend in words, and a click explains the cell', async () => {
    const page = await open(`#/runs/test-city/${old}`);
    await page.getByLabel('Measure').selectOption({ label: 'Land cover' });
    await page.locator('.map-image[href*="maps/class/picture"]').waitFor();
    expect(await page.locator('.legend').first().textContent()).toContain('Trees');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Measure').selectOption('map:storage');
    await page.getByText(/^low 0$/).waitFor();
    await page.locator('svg.zones').click({ position: { x: 40, y: 40 } });
    await page.locator('pre').filter({ hasText: 'class' }).waitFor();
    // The place of the cell stands in the form, in degrees.
    expect(Number(await page.getByLabel('Longitude').inputValue())).toBeCloseTo(117, 1);
    expect(Number(await page.getByLabel('Latitude').inputValue())).toBeCloseTo(27.1, 1);
  });

  it('come closer with the cells of the view alone, moved by buttons and by dragging', async () => {
    const page = await open(`#/runs/test-city/${old}`);
    await page.getByLabel('Measure').selectOption({ label: 'Land cover' });
    const address = async () => (await page.locator('.map-image').getAttribute('href')) ?? '';
    await page.locator('.map-image[href*="row=0&col=0&rows=64&cols=64"]').waitFor();
    await page.getByRole('button', { name: 'Closer' }).click();
    await page.locator('.map-image[href*="row=15&col=15&rows=34&cols=34"]').waitFor();
    await page.getByRole('button', { name: 'To the east' }).click();
    await page.locator('.map-image[href*="row=15&col=26"]').waitFor();
    const box = await page.locator('svg.zones').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 100, (box?.y ?? 0) + 100];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 60, { steps: 4 });
    await page.mouse.up();
    await page.locator('.map-image:not([href*="row=15&col=26"])').waitFor();
    expect(await address()).toMatch(/row=(9|1[0-3])&/);
    // Dragging is no click: nothing was explained.
    expect(await page.locator('pre').count()).toBe(0);
    await page.getByRole('button', { name: 'Whole city' }).click();
    await page.locator('.map-image[href*="row=0&col=0&rows=64&cols=64"]').waitFor();
  });

  it('show where two runs differ, or say why not', async () => {
    const page = await open(`#/compare?a=test-city/${old}&b=test-city/${newest}`, 'zh-CN', 390);
    const picture = page.getByRole('img', { name: /差异图/ });
    await picture.waitFor();
    await page.waitForFunction('document.querySelector("img.difference").naturalWidth === 64');
    expect(await page.locator('.ramp-ends').textContent()).toMatch(/^低 -60高 6 t C.公顷$/);
    expect(await axeFindings(page)).toEqual([]);
    const without = await open(`#/compare?a=test-city/${plain}&b=test-city/${newest}`);
    await without.getByText('the runs have no map in common').waitFor();
  });
});

describe('Pictures as files of a run', () => {
  it('are downloaded by their names with their own type', async () => {
    const answer = await served.get(`${path(old)}/files/maps/class.webp`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const stored = await readFile(join(folder, 'results/test-city', old, 'maps/class.webp'));
    expect(Buffer.from(await answer.arrayBuffer()).equals(stored)).toBe(true);
  });
});
