import { describe, expect, it } from 'vitest';
import {
  type LibraryEntry,
  libraryText,
  listLibrary,
  loadCrosswalk,
  loadLibraryFactors,
  loadNamedFactors,
} from '../../../src/producer/factor-library.ts';
import { parseFactors } from '../../../src/producer/load-factors.ts';
import { MODEL_CLASSES } from '../../../src/shared/carbon/model-classes.ts';
import type { ObjectStore } from '../../../src/shared/io/store.ts';

const library = await listLibrary();
const named = (kind: LibraryEntry['kind']) => library.filter((entry) => entry.kind === kind);
const tables = named('table').map(({ name, text }) => ({ name, ...parseFactors(text, name) }));
const crosswalks = await Promise.all(named('crosswalk').map(({ name }) => loadCrosswalk(name)));
const CHINESE = /\p{Script=Han}/u;

describe.each(library)('$kind $name', (entry) => {
  it('says what it is, in English and Chinese, and which version', () => {
    expect(entry.text.split('\n')[0]).toBe(`# ${entry.kind}: ${entry.name}`);
    expect(entry.version).toMatch(/^[1-9]\d*$/);
    expect(entry.title).not.toBe(entry.name);
    expect(entry.titleZh).toMatch(CHINESE);
  });
});

describe.each(tables)('table $name', ({ coefficients, classes, provenance }) => {
  it('has a source, a Chinese name and a tag for every number', () => {
    for (const [index, row] of classes.entries()) {
      expect(row.source, row.name).not.toBeNull();
      expect(row.nameZh, row.name).toMatch(CHINESE);
      expect(Object.keys(provenance[index]?.tags ?? {}), row.name).toEqual([...coefficients]);
    }
  });

  it('holds no number from memory', () => {
    expect(provenance.flatMap(({ tags }) => Object.values(tags))).not.toContain('recalled');
  });

  it('says how weak it is where a number is assumed', () => {
    for (const [index, { tags, caveat }] of provenance.entries())
      if (Object.values(tags).includes('assumed')) expect(caveat, classes[index]?.name).not.toBeNull();
  });
});

describe('the default table', () => {
  const table = tables.find(({ name }) => name === 'default');

  it("has the model's classes with their names, and every coefficient", () => {
    expect(table?.classes.map(({ code, name, nameZh }) => ({ code, name, nameZh }))).toEqual(
      MODEL_CLASSES.map(({ code, name, nameZh }) => ({ code, name, nameZh })),
    );
    expect(table?.coefficients).toHaveLength(6);
  });

  it('has a standard error of 30 % of a stock and 50 % of a rate for all that is not 0', () => {
    for (const row of table?.classes ?? []) {
      for (const [name, value] of Object.entries(row.values)) {
        const error = row.standardErrors[name as keyof typeof row.values];
        if (value === 0) expect(error, `${row.name} ${name}`).toBeUndefined();
        else
          expect((error ?? 0) / Math.abs(value), `${row.name} ${name}`).toBeCloseTo(
            name.includes('seq') ? 0.5 : 0.3,
            3,
          );
      }
    }
  });

  it('keeps the vegetation that its sources print when it splits off roots', () => {
    const vegetation = (code: number) => {
      const { above = 0, below = 0 } = table?.classes.find((row) => row.code === code)?.values ?? {};
      return above + below;
    };
    expect(vegetation(1)).toBeCloseTo(24.65 + 3.36, 10);
    expect(vegetation(9)).toBeCloseTo(21.34, 10);
  });

  it('warns of soils of different depths, with the classes', () => {
    expect(table?.warnings).toEqual([
      expect.stringMatching(/soils of different depths are summed: 0-100 cm \(Forest .*not stated \(Cropland/),
    ]);
  });
});

describe.each(crosswalks)('crosswalk $name', ({ name, classes }) => {
  it('maps every code to a class of the default table, or says why it is ignored', () => {
    const known = new Set(MODEL_CLASSES.map(({ key }) => key));
    for (const { code, modelClass, note } of classes)
      if (modelClass === null) expect(note, String(code)).not.toBeNull();
      else expect(known.has(modelClass), String(code)).toBe(true);
  });

  it('has Chinese names and codes in their order', () => {
    for (const row of classes) expect(row.nameZh, row.name).toMatch(CHINESE);
    const codes = classes.map(({ code }) => code);
    expect(codes).toEqual([...codes].sort((a, b) => a - b));
  });

  it('gives a table for the product with a row for each code that is not ignored, and two for urban green', async () => {
    const table = await loadLibraryFactors(`library:default+${name}`);
    const ofProduct = classes.flatMap(({ code, modelClass }) => (modelClass === null ? [] : [code]));
    expect(table.classes.map(({ code }) => code)).toEqual([...ofProduct, 1009, 1010]);
  });

  it('has the values of the default table in the rows of urban green, which are green and not built', async () => {
    const [joined, own] = await Promise.all(
      [`library:default+${name}`, 'library:default'].map((url) => loadLibraryFactors(url)),
    );
    for (const [code, row] of [1009, 1010].map((at) => [at, joined?.classes.find((one) => one.code === at)] as const)) {
      const model = own?.classes.find((one) => one.code === code - 1000);
      expect(row?.name).toBe(model?.name);
      expect(row?.values).toEqual(model?.values);
      expect(row?.standardErrors).toEqual(model?.standardErrors);
      expect([row?.green, row?.built]).toEqual([true, false]);
    }
  });
});

describe('crosswalks', () => {
  const modelOf = (name: string) =>
    Object.fromEntries(
      crosswalks.find((crosswalk) => crosswalk.name === name)?.classes.map((row) => [row.code, row.modelClass]) ?? [],
    );

  // By the products' own lists of codes.
  it.each([
    [
      'worldcover',
      {
        10: 'forest',
        20: 'shrub',
        30: 'grass',
        40: 'cropland',
        50: 'built-up',
        60: 'bare',
        80: 'water',
        90: 'wetland',
        95: 'forest',
        100: 'grass',
        0: null,
        70: null,
      },
    ],
    [
      'clcd',
      {
        2: 'forest',
        3: 'shrub',
        4: 'grass',
        1: 'cropland',
        9: 'wetland',
        5: 'water',
        8: 'built-up',
        7: 'bare',
        0: null,
        6: null,
      },
    ],
    [
      'dynamic-world',
      {
        1: 'forest',
        5: 'shrub',
        2: 'grass',
        4: 'cropland',
        3: 'wetland',
        0: 'water',
        6: 'built-up',
        7: 'bare',
        8: null,
      },
    ],
    [
      'esri-9-class',
      {
        2: 'forest',
        11: 'grass',
        5: 'cropland',
        4: 'wetland',
        1: 'water',
        7: 'built-up',
        8: 'bare',
        0: null,
        9: null,
        10: null,
      },
    ],
  ])('%s has its codes and no other', (name, expected) => {
    expect(modelOf(name)).toEqual(expected);
  });

  it('number the 44 classes of CORINE in the order of their three-digit codes', () => {
    const [long, short] = ['corine', 'corine-grid'].map((name) => crosswalks.find((one) => one.name === name)?.classes);
    expect(long).toHaveLength(44);
    expect(short?.slice(0, 44).map(({ code, name, modelClass }) => [code, name, modelClass])).toEqual(
      long?.map(({ name, modelClass }, index) => [index + 1, name, modelClass]),
    );
  });
});

describe('a table in the codes of a product', () => {
  it("takes numbers, errors, tags and sources from the class, names from the product, and the crosswalk's note first", async () => {
    const { classes, provenance } = await loadLibraryFactors('default+worldcover');
    const forest = tables.find(({ name }) => name === 'default')?.classes[0];
    const at = classes.findIndex(({ code }) => code === 95);
    expect(classes[at]).toEqual({ ...forest, code: 95, name: 'Mangroves', nameZh: '红树林' });
    expect(provenance[at]).toMatchObject({
      code: 95,
      soilDepthCm: 100,
      tags: { above: 'derived', soil: 'read' },
      caveat: 'taken as forest: soils of mangroves hold far more; rates are national means of China',
    });
  });

  it('names in its comments the codes that are ignored, and those whose class the table lacks', async () => {
    const text = await libraryText('guangdong-rates+worldcover');
    expect(text).toContain('\n# ignored: 0 No data; 70 Snow and ice\n');
    expect(text).toContain('\n# missing: 20 Shrubland; 60 Bare or sparse vegetation; 80 Permanent water bodies\n');
  });

  it('is the same table when its text is kept as a file', async () => {
    const text = await libraryText('library:default+clcd');
    const { url, digest, ...table } = await loadLibraryFactors('library:default+clcd');
    expect({ ...table, warnings: [] }).toEqual({ ...parseFactors(text, 'factors.csv'), warnings: [] });
    expect([url, digest.length]).toEqual(['library:default+clcd', 64]);
    const store: Pick<ObjectStore, 'read'> = { read: async () => new TextEncoder().encode(text) };
    const kept = await loadNamedFactors('file:///factors.csv', () => store as ObjectStore);
    expect(kept.digest).toBe(digest);
  });

  it.each([
    ['defualt+worldcover', { expected: 'did you mean "default"?', found: 'defualt' }],
    ['default+worldcovr', { expected: 'did you mean "worldcover"?' }],
    ['default+../factors/default', { found: '../factors/default' }],
    ['nothing-like-it', { expected: expect.stringContaining('zhejiang-forest') }],
    ['zhejiang-forest+worldcover', { expected: 'a table by classes of the model for a crosswalk' }],
    ['default+clcd+nlcd', { expected: 'TABLE or TABLE+CROSSWALK' }],
  ])('is refused by the name %s', async (name, problem) => {
    await expect(loadLibraryFactors(`library:${name}`)).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      problems: [{ where: expect.stringMatching(/^library:/), ...problem }],
    });
  });
});
