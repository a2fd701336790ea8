import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/reducer/report/report.ts';
import { CHROMIUM, startBrowser } from '../support/browser.ts';
import { temporaryFolder } from '../support/city.ts';
import { reportParts } from '../support/report-parts.ts';

/** The report as a reader has it: a file opened in a real browser without a network. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '<img src=x onerror=alert(1)></script><script>alert(1)</script>';

/** What tests ask of a page's own globals. */
interface PageGlobals {
  readonly innerWidth: number;
  readonly document: {
    readonly documentElement: { readonly scrollWidth: number; readonly lang: string };
    readonly activeElement: { getAttribute(name: string): string | null } | null;
  };
  readonly axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
}

/** Text as it is seen: the other language is in the document too. */
function shown(place: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: textContent has what is hidden.
  return place.innerText();
}

describe.skipIf(CHROMIUM === undefined)(
  `report.html in Chromium${CHROMIUM === undefined ? ' (none is installed)' : ''}`,
  () => {
    let browser: Browser;
    let folder = '';
    let url = '';

    beforeAll(async () => {
      browser = await startBrowser();
      folder = await temporaryFolder();
      const unread = [{ url: `s3://scenes/${HOSTILE}`, code: 'OBJECT_NOT_FOUND', message: HOSTILE }];
      const parts = reportParts({ status: 'PARTIAL', unread, warnings: [HOSTILE] });
      await writeFile(join(folder, 'report.html'), reportHtml(parts));
      url = pathToFileURL(join(folder, 'report.html')).href;
    });

    afterAll(async () => {
      await browser?.close();
      await rm(folder, { recursive: true, force: true });
    });

    /** A page with the report, and whatever it asked for or complained of. */
    async function opened(
      options: BrowserContextOptions = {},
    ): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
      const context = await browser.newContext({ offline: true, locale: 'en-US', ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
      page.on('request', (request) => request.url() !== url && complaints.push(request.url()));
      await page.goto(url);
      return { context, page, complaints };
    }

    const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
      [390, 1440].flatMap((width) => ['English', '中文'].map((language) => ({ colorScheme, width, language }))),
    );

    it.each(looks)(
      'in $language, $colorScheme, $width px wide: asks for nothing, fits, and can be read by all',
      async (look) => {
        const { context, page, complaints } = await opened({
          colorScheme: look.colorScheme,
          viewport: { width: look.width, height: 900 },
        });
        await page.getByRole('button', { name: look.language }).click();
        const isChinese = look.language === '中文';
        expect(await shown(page.getByRole('heading', { level: 1 }))).toBe(
          isChinese ? '测试市自然碳汇，2021 年' : 'Carbon sink of Test City, 2021',
        );
        expect(await page.title()).toBe(isChinese ? '测试市自然碳汇，2021 年' : 'Carbon sink of Test City, 2021');
        // Only tables may be wider than the screen, and they scroll by themselves.
        expect(
          await page.evaluate(() => {
            const { document, innerWidth } = globalThis as unknown as PageGlobals;
            return document.documentElement.scrollWidth - innerWidth;
          }),
        ).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        await context.close();
        expect(await findings(look.colorScheme, look.width, look.language)).toEqual([]);
      },
    );

    /** What axe finds serious. Its code is let in past the page's policy, in a context of its own. */
    async function findings(colorScheme: 'light' | 'dark', width: number, language: string): Promise<string[]> {
      const { context, page } = await opened({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
      await page.getByRole('button', { name: language }).click();
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as PageGlobals;
        return (await axe.run()).violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
      });
      await context.close();
      return found.filter((finding) => /^(serious|critical)/.test(finding));
    }

    it('without scripts is in English, and the map can show each measure', async () => {
      const { context, page, complaints } = await opened({ javaScriptEnabled: false });
      expect(await shown(page.locator('h1'))).toBe('Carbon sink of Test City, 2021');
      expect(await page.locator('.switch').isVisible()).toBe(false);
      const words = page.locator('#map-words');
      expect(await shown(words)).toMatch(/^Storage, t.C\/ha: /);
      await page.getByRole('radio', { name: 'Sequestration' }).check();
      expect(await shown(words)).toMatch(/^Sequestration, t.C\/ha\/yr: /);
      await page.getByRole('radio', { name: 'Coverage' }).check();
      expect(await shown(words)).toBe('Coverage, %: lowest in South (90.00), highest in North (100.00).');
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('begins in the language of the reader, and keeps a choice', async () => {
      const { context, page } = await opened({ locale: 'zh-CN' });
      expect(await shown(page.locator('h1'))).toBe('测试市自然碳汇，2021 年');
      await page.getByRole('button', { name: 'English' }).click();
      await page.reload();
      expect(await shown(page.locator('h1'))).toBe('Carbon sink of Test City, 2021');
      await context.close();
    });

    it('is reached and worked by keys: first the way to the figures, then the switch', async () => {
      const { context, page } = await opened();
      await page.keyboard.press('Tab');
      expect(
        await page.evaluate(() => (globalThis as unknown as PageGlobals).document.activeElement?.getAttribute('href')),
      ).toBe('#headline');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await page.evaluate(() => (globalThis as unknown as PageGlobals).document.documentElement.lang)).toBe(
        'zh-Hans',
      );
      await context.close();
    });

    it('shows hostile words as they are, and nothing of them runs', async () => {
      const { context, page, complaints } = await opened();
      expect(await shown(page.locator('#warnings'))).toContain(HOSTILE);
      expect(await page.locator('img').count()).toBe(0);
      expect(complaints).toEqual([]);
      await context.close();
    });

    it('prints all of its tables, in light colours', async () => {
      const { context, page } = await opened();
      const pdf = await page.pdf({ preferCSSPageSize: true });
      expect(Buffer.from(pdf.subarray(0, 5)).toString()).toBe('%PDF-');
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.switch').isVisible()).toBe(false);
      expect(await page.locator('nav').isVisible()).toBe(false);
      await context.close();
    });
  },
);
