/**
 * `npm run pictures`: runs the city of the demo, opens report and page in a real Chromium, and writes the pictures of the
 * README into docs/pictures/. With a folder as argument: every page instead, in both languages, both themes, wide and
 * narrow, to be looked at.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { makeSampleCity, SAMPLE_CITY } from '../src/cli/demo/sample-files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = join(ROOT, 'bin/citysink.js');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** Of one picture in the README. */
const MOST_BYTES = 150 * 1024;
const DEADLINE_MS = 300_000;

type Language = 'en' | 'zh';
type Theme = 'light' | 'dark';

interface Shot {
  readonly language: Language;
  readonly theme: Theme;
  readonly width: number;
}

interface Made {
  readonly results: string;
  readonly old: string;
  readonly newest: string;
}

/** Two runs of the city, the second with more carbon in the trees and a year later; both draw maps. */
async function makeRuns(folder: string): Promise<Made> {
  const { specPath, factorsPath } = await makeSampleCity(folder);
  const old = runOf(specPath);
  const factors = await readFile(factorsPath, 'utf8');
  await writeFile(factorsPath, factors.replace(/^(10,.*?),22\.77,/m, '$1,26.5,'));
  const spec = await readFile(specPath, 'utf8');
  const later = join(folder, 'later.yaml');
  await writeFile(later, spec.replace('year: 2021', 'year: 2022'));
  return { results: join(folder, 'results'), old, newest: runOf(later) };
}

function runOf(spec: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'run', '--json', '--workers', '1', spec], {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the run ended with ${status}: ${stderr}`);
  return (JSON.parse(stdout) as { run: string }).run;
}

/** The server on a free port, as its line of output names it. */
async function serve(results: string, specs: string): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--specs', specs, results], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Queues of other runs on this machine are none of this city's.
    env: { ...process.env, TMPDIR: specs },
  });
  let text = '';
  for await (const part of child.stdout) {
    text += String(part);
    const url = /serves (http:\S+)/.exec(text)?.[1];
    if (url !== undefined) return { url, process: child };
  }
  throw new Error(`the server ended: ${text}`);
}

async function open(browser: Browser, { language, theme, width }: Shot): Promise<Page> {
  const locale = language === 'zh' ? 'zh-CN' : 'en-US';
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme, locale });
  page.on('pageerror', (error) => console.error(`in the page: ${error.message}`));
  return page;
}

async function goTo(page: Page, url: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(url);
  await page.locator('main h1').waitFor();
  await settled(page);
}

/** Nothing loads any more. */
async function settled(page: Page): Promise<void> {
  while ((await page.locator('.loading').count()) > 0) await page.waitForTimeout(20);
  await page.waitForTimeout(400);
}

async function showMap(page: Page, map: string): Promise<void> {
  await page.locator('.zones-grid select').selectOption(`map:${map}`);
  await page.locator('.map-image[href]').waitFor();
  await settled(page);
}

async function openReport(page: Page, { results, newest }: Made, language: Language): Promise<void> {
  await page.goto(pathToFileURL(join(results, SAMPLE_CITY, newest, 'report.html')).href);
  if (language === 'zh') await page.locator('button[value="zh-Hans"]').click();
}

/** A picture as small as it goes without being blurred: WebP of fewer and fewer bytes. */
async function write(path: string, png: Uint8Array): Promise<void> {
  for (const quality of [90, 82, 74, 66, 58]) {
    const bytes = await sharp(png).webp({ quality, effort: 6, smartSubsample: true }).toBuffer();
    if (bytes.length > MOST_BYTES && quality > 58) continue;
    await writeFile(path, bytes);
    console.log(`${path}: ${Math.round(bytes.length / 1024)} KB`);
    return;
  }
}

async function readmePictures(browser: Browser, url: string, made: Made): Promise<void> {
  const folder = join(ROOT, 'docs/pictures');
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, `${name}.webp`);
  const light = (language: Language, width = 1280): Shot => ({ language, theme: 'light', width });
  for (const [language, map] of [
    ['en', 'storage'],
    ['zh', 'class'],
  ] as const) {
    const page = await open(browser, light(language));
    await goTo(page, `${url}#/runs/${SAMPLE_CITY}/${made.newest}`);
    await showMap(page, map);
    await page.setViewportSize({ width: 1280, height: 1110 });
    await settled(page);
    await write(at(`run-${language}`), await page.screenshot());
    await page.close();
  }
  const page = await open(browser, light('en'));
  await goTo(page, `${url}#/compare?a=${SAMPLE_CITY}/${made.old}&b=${SAMPLE_CITY}/${made.newest}`);
  await page.setViewportSize({ width: 1280, height: 1560 });
  await settled(page);
  await write(at('compare-en'), await page.screenshot());
  await openReport(page, made, 'en');
  await page.setViewportSize({ width: 1180, height: 1330 });
  await write(at('report-en'), await page.screenshot());
  await openReport(page, made, 'zh');
  // From the picture of storage on.
  await page.evaluate('scrollTo(0, document.getElementById("picture-words").getBoundingClientRect().top - 20)');
  await write(at('report-zh'), await page.screenshot());
  await page.close();
}

async function everyPage(browser: Browser, url: string, made: Made, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pages: Readonly<Record<string, string>> = {
    cities: '#/',
    city: `#/cities/${SAMPLE_CITY}`,
    run: `#/runs/${SAMPLE_CITY}/${made.newest}`,
    'live-run': `#/live/${made.newest}`,
    live: '#/live',
    compare: `#/compare?a=${SAMPLE_CITY}/${made.old}&b=${SAMPLE_CITY}/${made.newest}`,
    start: '#/start',
  };
  for (const language of ['en', 'zh'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      for (const width of [1440, 390]) {
        const shot = { language, theme, width };
        const page = await open(browser, shot);
        const save = (name: string) =>
          page.screenshot({ path: join(folder, `${name}-${language}-${theme}-${width}.png`), fullPage: true });
        for (const [name, hash] of Object.entries(pages)) {
          await goTo(page, url + hash);
          if (name === 'run') await showMap(page, theme === 'light' ? 'storage' : 'class');
          await save(name);
        }
        await openReport(page, made, language);
        await save('report');
        await page.close();
      }
    }
  }
}

async function main(): Promise<void> {
  if (CHROMIUM === undefined) throw new Error('no Chromium is installed: apt-get install chromium');
  const folder = await mkdtemp(join(tmpdir(), 'citysink-pictures-'));
  const made = await makeRuns(folder);
  const server = await serve(made.results, folder);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const all = process.argv[2];
    if (all === undefined) await readmePictures(browser, server.url, made);
    else await everyPage(browser, server.url, made, resolve(all));
  } finally {
    await browser.close();
    const ended = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
