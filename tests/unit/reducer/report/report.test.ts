import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../../../src/reducer/report/report.ts';
import { SCRIPT, SCRIPT_SHA256 } from '../../../../src/reducer/report/script.ts';
import { EN } from '../../../../src/reducer/report/texts-en.ts';
import { ZH } from '../../../../src/reducer/report/texts-zh.ts';
import { computeFigures } from '../../../../src/reducer/totals.ts';
import type { MapLegend } from '../../../../src/shared/contracts/map-legend.ts';
import { STOCK_RAMP } from '../../../../src/shared/raster/map-colours.ts';
import { elementsOf, wordsOf } from '../../../support/markup.ts';
import { factorRow, hectarePlan, partialOf, zoneTally } from '../../../support/plan-parts.ts';
import { fullPlan, reportParts, squareZone } from '../../../support/report-parts.ts';

const REPORT = reportHtml(reportParts());
const ENGLISH = wordsOf(REPORT, 'en');
const CHINESE = wordsOf(REPORT, 'zh');

function headings(html: string): string[] {
  return [...html.matchAll(/<section id="([a-z]+)"/g)].map(([, id]) => id ?? '');
}

describe('a report', () => {
  it('has a section for each thing that the run measured, with a heading that the contents point to', () => {
    const wanted = [
      'headline',
      'map',
      'districts',
      'classes',
      'scenarios',
      'green',
      'flux',
      'change',
      'intervals',
      'methods',
    ];
    expect(headings(REPORT)).toEqual([...wanted, 'factors', 'warnings', 'provenance']);
    const links = elementsOf(REPORT).flatMap(({ tag, attributes }) => (tag === 'a' ? [attributes.href ?? ''] : []));
    for (const id of headings(REPORT)) expect(links).toContain(`#${id}`);
  });

  it('says the figures of the city as they are, in carbon and CO2e', () => {
    // North: 60 - 20 of trees at 80, 10 of grass at 42, 30 + 1 of built-up land at 10, 5 small at 45, 14 large at 50 t C/ha.
    const storage = 40 * 80 + 10 * 42 + 31 * 10 + 5 * 45 + 14 * 50 + (80 * 42 + 10 * 10);
    expect(ENGLISH).toContain(`${storage.toLocaleString('en-US')} t C`);
    expect(ENGLISH).toContain(`${Math.round((storage * 44) / 12).toLocaleString('en-US')} t CO₂e`);
    expect(CHINESE).toContain(`${storage.toLocaleString('zh-CN')} 吨碳`);
    expect(ENGLISH).toContain('190.00 of 200.00 ha were seen (95.00 %)');
    expect(ENGLISH).toContain('of 10,000 t CO₂ emitted in 2021');
  });

  it('is in English and in Chinese throughout', () => {
    expect(ENGLISH).not.toMatch(/[\u4e00-\u9fff]{2}(?<!中文|语言|目录)/);
    expect(CHINESE).toContain('测试市自然碳汇');
    const letters = CHINESE.split('\n').filter((line) => /[a-z]{4,} [a-z]{3,} [a-z]{3,}/.test(line));
    // What stays in English: names and sentences that come from outside, or from the run.
    expect(letters.every((line) => /note|inventory|land cover|Contents|plot/.test(line))).toBe(true);
  });

  it('tells the place and version of every scene, the grid, the rules and the digests', () => {
    for (const words of ['s3://scenes/west.tif', '"etag-west"', 's3://scenes/east.tif', '"etag-east"', '12,345']) {
      expect(ENGLISH).toContain(words);
    }
    for (const words of ['EPSG:32650', '100 × 100', 'zone-digest', 'file:///city/factors.csv', 'citysink 1.2.3']) {
      expect(ENGLISH).toContain(words);
    }
    expect(ENGLISH).toContain('recalled');
    expect(ENGLISH).toContain('of one plot');
  });

  it('asks for nothing else: no address in an attribute leads out of the file, and a policy forbids it', () => {
    for (const { tag, attributes } of elementsOf(REPORT)) {
      for (const name of ['src', 'href', 'action', 'poster', 'data', 'srcset']) {
        const value = attributes[name];
        if (value !== undefined) expect(value, `${tag} ${name}`).toMatch(/^(#|data:image\/png)/);
      }
      expect(Object.keys(attributes).filter((name) => name.startsWith('on') || name === 'style')).toEqual([]);
    }
    expect(REPORT).not.toMatch(/@import|url\((?!#)/);
    const policy = elementsOf(REPORT).find(({ attributes }) => attributes['http-equiv'] !== undefined)?.attributes
      .content;
    expect(policy).toContain('default-src &#39;none&#39;');
    expect(SCRIPT_SHA256).toBe(createHash('sha256').update(SCRIPT).digest('base64'));
    expect(policy).toContain(`script-src &#39;sha256-${SCRIPT_SHA256}&#39;`);
    expect(REPORT.match(/<script/g)?.length).toBe(1);
  });

  it('gives every table a caption and a heading to each row and column, and every drawing a name or none to read', () => {
    const elements = elementsOf(REPORT);
    const count = (wanted: string) => elements.filter(({ tag }) => tag === wanted).length;
    expect(count('caption')).toBe(count('table'));
    for (const { attributes } of elements.filter(({ tag }) => tag === 'th'))
      expect(attributes.scope).toMatch(/^(row|col)$/);
    const ids = new Set(elements.map(({ attributes }) => attributes.id));
    for (const { attributes } of elements.filter(({ tag }) => tag === 'svg')) {
      const named = attributes['aria-labelledby'];
      if (named === undefined) expect(attributes['aria-hidden']).toBe('true');
      else expect(ids.has(named)).toBe(true);
    }
  });

  it('is the same bytes for the same parts', () => {
    expect(reportHtml(reportParts())).toBe(REPORT);
  });

  it('shows a picture of storage with its range in words, in both languages', () => {
    const legend: MapLegend = {
      name: 'storage',
      title: { en: 'Storage', zh: '碳储量' },
      unit: 't C/ha',
      cells_per_pixel: 2,
      width_px: 20,
      height_px: 10,
      range: { low: 0, high: 150, colours: STOCK_RAMP, has_below: false, has_above: true },
      codes: null,
    };
    const quicklook = { webp: 'aGk=', widthPx: 20, heightPx: 10, cellsPerPixel: 2, legend };
    const words = reportHtml(reportParts({ quicklook }));
    expect(words).toContain('src="data:image/webp;base64,aGk="');
    expect(words).toMatch(/Storage of each place, from 0 to 150 t\sC\/ha;/);
    expect(words).toContain('各处的碳储量，从 0 到 150 吨碳/公顷');
    expect(words).toContain('A pixel stands for 2 by 2 cells: their mean.');
    // Values beyond an end are said to be there.
    expect(words).toMatch(/<span>high ≥ 150 t\sC\/ha<\/span>/);
    expect(words).toContain('<span>low 0</span>');
  });

  it('shows a picture of the land cover with the names of those classes that are in sight', () => {
    const code = (value: number, en: string, pixels: number) => ({
      code: value,
      name: { en, zh: `类${value}` },
      colour: '#14513b',
      pixels,
    });
    const legend: MapLegend = {
      name: 'class',
      title: { en: 'Land cover', zh: '土地覆被' },
      unit: null,
      cells_per_pixel: 1,
      width_px: 2,
      height_px: 1,
      range: null,
      codes: [code(1, 'Trees <img src=x>', 7), code(2, 'Ice that is nowhere', 0)],
    };
    const words = reportHtml(
      reportParts({ quicklook: { webp: 'aGk=', widthPx: 2, heightPx: 1, cellsPerPixel: 1, legend } }),
    );
    expect(words).toContain('Trees &lt;img src=x&gt;');
    expect(words).toContain('类1');
    expect(words).not.toContain('Ice that is nowhere');
    expect(words).toContain('One class is in sight.');
  });
});

describe('a report of hostile names', () => {
  const HOSTILE = [
    '<img src=x onerror=alert(1)>',
    '</script><script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    '\u202egnp.exe\u202c',
    'x'.repeat(200),
    'اسم المنطقة',
    '{{7*7}}',
    ']]><!--',
  ];

  it('shows them as text, everywhere', () => {
    const list = HOSTILE.map((name, index) => ({ id: name + index, name }));
    const classes = HOSTILE.map((name, index) => ({
      ...factorRow(index + 1, 10, 5, 1),
      name,
      nameZh: name,
      source: name,
    }));
    const plan = fullPlan({
      name: { en: HOSTILE[0] as string, zh: HOSTILE[1] as string },
      run: HOSTILE[1] as string,
      specUrl: HOSTILE[2] as string,
      gridReason: HOSTILE[3] as string,
      zones: { url: HOSTILE[0] as string, digest: '', rule: 'centre', list },
      factors: {
        url: HOSTILE[1] as string,
        digest: '',
        coefficients: ['above', 'soil', 'sequestration'],
        classes,
        warnings: [],
      },
      emissions: { tCo2: 100, year: 2021, source: HOSTILE[2] as string },
      green: null,
      greenScore: null,
      change: null,
      changeScore: null,
      scenes: fullPlan().scenes.map((scene) => ({ ...scene, url: HOSTILE[0] as string, etag: HOSTILE[1] as string })),
    });
    const figures = computeFigures(plan, partialOf(list.map((_, index) => zoneTally(10, { [index + 1]: 10 }))));
    const unread = [{ url: HOSTILE[0] as string, code: 'X', message: HOSTILE[1] as string }];
    const html = reportHtml(
      reportParts({
        plan,
        figures,
        unread,
        status: 'PARTIAL',
        warnings: HOSTILE,
        zones: list.map(({ id, name }, at) => squareZone(id, name, at * 4, 0, 4)),
      }),
    );
    const tags = new Set(elementsOf(html).map(({ tag }) => tag));
    expect(tags.has('img')).toBe(false);
    expect(html.match(/<script/g)?.length).toBe(1);
    const handlers = elementsOf(html).flatMap(({ attributes }) =>
      Object.keys(attributes).filter((name) => name.startsWith('on')),
    );
    expect(handlers).toEqual([]);
    expect(html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    // They are there to be read.
    expect(wordsOf(html)).toContain(HOSTILE[0]);
    expect(wordsOf(html)).toContain('x'.repeat(200));
  });
});

describe('a report of figures that lack something', () => {
  const oneZone = (changes: Parameters<typeof hectarePlan>[0], classes: Record<number, number>, all = 10) => {
    const zones = { url: 'file:///z', digest: 'z', rule: 'centre' as const, list: [{ id: 'n', name: 'North' }] };
    const plan = hectarePlan({ zones, ...changes });
    const figures = computeFigures(plan, partialOf([zoneTally(all, classes)]));
    const parts = reportParts({ plan, figures, zones: [squareZone('n', 'North', 0, 0, 10)], warnings: [] });
    return wordsOf(reportHtml(parts), 'en');
  };

  it('with one district ranks nothing', () => {
    const words = oneZone({}, { 1: 10 });
    expect(words).toContain('North is the only district with a figure: 15.0 t C/ha.');
    expect(words).toContain('have no order to compare');
    expect(words).toContain('No emissions were given');
    expect(words).toContain('No interval: the factors have no standard errors.');
  });

  it('where nothing was seen says so and draws no figure', () => {
    const words = oneZone({}, {}, 10);
    expect(words).toContain('0.00 of 10.00 ha were seen (0.00 %).');
    expect(words).toContain('Coverage, %: 0.00 in North, the only district with a figure.');
    expect(words).not.toMatch(/NaN|Infinity|undefined|null/);
  });

  it('where the land gives off more than it takes up says that', () => {
    const words = oneZone({ emissions: { tCo2: 1000, year: 2021, source: 's' } }, { 2: 10 });
    expect(words).toContain('-5.00 t C/yr');
    expect(words).toContain('the land gives off more carbon than it takes up');
  });

  it('without rates has no sequestration and no offset, and never a zero in their place', () => {
    const factors = { ...hectarePlan().factors, coefficients: ['above' as const] };
    const words = oneZone({ factors, emissions: { tCo2: 1000, year: 2021, source: 's' } }, { 1: 10 });
    expect(words).toContain('The factor table has no rates, so sequestration is not measured.');
    expect(words).toContain('Without a rate of sequestration there is no share of emissions.');
    expect(words).toContain(
      'Not in storage, as the factor table has no column of it: Below ground, Dead matter, Soil.',
    );
  });

  it('that is PARTIAL begins with what it is of', () => {
    const unread = [{ url: 's3://scenes/lost.tif', code: 'OBJECT_NOT_FOUND', message: 'gone' }];
    const words = wordsOf(reportHtml(reportParts({ status: 'PARTIAL', unread })), 'en');
    expect(words).toContain('All figures are of the 95.00 % of the area that was seen');
    expect(words).toContain('s3://scenes/lost.tif gone [OBJECT_NOT_FOUND]');
  });

  it('has no section for what was not asked for', () => {
    const plan = hectarePlan();
    const figures = computeFigures(plan, partialOf([zoneTally(6, { 1: 6 }), zoneTally(4, { 2: 4 })]));
    const ids = headings(reportHtml(reportParts({ plan, figures })));
    for (const id of ['green', 'flux', 'change', 'accuracy', 'layers']) expect(ids).not.toContain(id);
  });
});

describe('a report of a large city', () => {
  it('of 70 districts with long outlines and ten classes stays below 2 MB', () => {
    const list = Array.from({ length: 70 }, (_, index) => ({
      id: `z${index}`,
      name: `District ${index} 第${index}区`,
    }));
    const classes = Array.from({ length: 10 }, (_, index) => factorRow(index + 1, index, 5, 1));
    const factors = {
      ...fullPlan().factors,
      classes,
      coefficients: ['above' as const, 'soil' as const, 'sequestration' as const],
    };
    const scenes = Array.from({ length: 400 }, (_, index) => ({
      ...fullPlan().scenes[0]!,
      url: `s3://scenes/a/long/folder/scene-${index}.tif`,
    }));
    const plan = hectarePlan({ zones: { url: 'z', digest: 'z', rule: 'centre', list }, factors, scenes });
    const tallies = list.map((_, index) => zoneTally(1000, { 1: 500 - index, 2: 300 + index, 3: 200 }));
    const figures = computeFigures(plan, partialOf(tallies));
    const zones = list.map(({ id, name }, index) => {
      const wave = Array.from({ length: 20_000 }, (_, i) => {
        const angle = (i / 20_000) * 2 * Math.PI;
        const radius = 4000 + 300 * Math.sin(angle * 200);
        return [
          5e5 + (index % 10) * 9000 + radius * Math.cos(angle),
          3e6 + Math.floor(index / 10) * 9000 + radius * Math.sin(angle),
        ];
      });
      return { id, name, polygons: [[Float64Array.from([...wave, wave[0] as number[]].flat())]] };
    });
    const html = reportHtml(reportParts({ plan, figures, zones }));
    expect(Buffer.byteLength(html)).toBeLessThan(2 * 2 ** 20);
  });
});

describe('the words of the report', () => {
  it('are there in Chinese for every key, and are Chinese', () => {
    expect(Object.keys(ZH).sort()).toEqual(Object.keys(EN).sort());
    const plain = Object.entries(ZH).filter(
      ([key, value]) => typeof value === 'string' && !/^(etag|space|colon)$/.test(key),
    );
    expect(plain.filter(([, value]) => !/[\u4e00-\u9fff%]/.test(value as string))).toEqual([]);
  });
});
