import { describe, expect, it } from 'vitest';
import { checkFactors } from '../../../src/producer/factor-check.ts';
import { loadCrosswalk } from '../../../src/producer/factor-library.ts';

const messages = (text: string) => checkFactors(text, 'f.csv', null).map(({ message }) => message);

/** Complete and unsuspicious: one forest, one crop, one bare class. */
const GOOD = [
  'class,name,above,above_se,below,below_se,dead,dead_se,soil,soil_se,sequestration,sequestration_se,soil_sequestration,soil_sequestration_se,soil_depth_cm,tags,source',
  '10,Forest,22.77,6.8,5.24,1.6,2.28,0.7,90.51,27,0.89,0.4,0.18,0.1,100,read,Li 2016',
  '40,Cropland,0,,0,,0,,45.69,14,0,,-0.027,0.01,100,read soil_sequestration=derived,Li 2023',
  '60,Bare,0,,0,,0,,40.9,12,0,,0,,100,read,Mata',
].join('\n');

describe('checkFactors', () => {
  it('finds nothing in a table that is complete and plausible', () => {
    expect(checkFactors(GOOD, 'f.csv', null)).toEqual([]);
  });

  it("gives every mistake that the loader refuses as an error, and the loader's warnings", () => {
    const refused = checkFactors('class,name,above\n1,a,x\n1,b,-2\n', 'f.csv', null);
    expect(refused.map(({ level, where }) => `${level} ${where}`)).toEqual([
      'error f.csv:2 column "above"',
      'error f.csv:3 column "above"',
      'error f.csv:3',
    ]);
    expect(messages('class,name,above,remark\n1,a,1,x\n')).toContain(
      'f.csv:1: column "remark" is not known and not used',
    );
  });

  it('tells the pools, rates, standard errors, sources and depths that are missing', () => {
    expect(messages('class,name,above,soil\n1,Grass,1.2,90\n2,Crop,0,45\n')).toEqual([
      'no column for below, dead: storage is the sum of the other pools',
      'no rate: no sequestration is reported',
      'no standard error for some number of 2 of 2 classes',
      'no source',
      'the depth of soils is not stated',
    ]);
    expect(messages('class,name,sequestration\n1,Grass,0.1\n')).toContain('no pool: no storage is reported');
  });

  // Wei and Zhan 2019, Table 4, printed in kg C/m2: ten times too small here, and with more below ground than above.
  it('takes soils of kg C/m2 for what they are, and roots that outweigh trees', () => {
    const text = [
      'class,name,above,below,soil',
      '1,Forest,9.03,24.69,27.42',
      '2,Shrub,5.67,14.38,16.78',
      '3,Grass,7.52,18.42,14.79',
      '4,Cropland,4.77,17.19,16.04',
    ].join('\n');
    expect(messages(text)).toEqual(
      expect.arrayContaining(['soils look like kg C/m2', 'more carbon in roots than above ground']),
    );
    expect(messages(GOOD.replace('22.77', '2.28').replace('90.51', '9.05'))).toContainEqual(
      expect.stringContaining('Forest looks like kg C/m2'),
    );
  });

  it('takes a forest of t CO2 for what it is, and rates that are out of this world or all negative', () => {
    const co2 = GOOD.replace('22.77', '83.49').replace('90.51', '331.87');
    expect(messages(co2)).toContainEqual(expect.stringContaining('Forest looks like t CO2/ha'));
    expect(messages(GOOD.replace(',0.89,', ',15.2,'))).toEqual(['sequestration is implausible, perhaps t CO2']);
    const negative = 'class,name,sequestration\n1,Grass,-124.78\n2,Tree,-329.07\n';
    expect(messages(negative)).toContain('every rate of sequestration is negative');
  });

  it('tells numbers from memory and soils of different depths', () => {
    const text = GOOD.replace(',100,read,Mata', ',20,read soil=recalled,Mata');
    expect(messages(text)).toEqual([
      'numbers from memory, no source was read: Bare (60): soil',
      'soils of different depths are summed: 0-100 cm (Forest (10), Cropland (40)); 0-20 cm (Bare (60))',
    ]);
  });

  it('tells a standard error larger than its stock, a class both green and built, and land beyond all carbon', () => {
    const text = 'class,name,green,built,above,above_se\n1,Lawn,yes,yes,10,12\n2,Peat,,,900,\n';
    expect(messages(text)).toEqual(
      expect.arrayContaining([
        'the standard error of above is larger than its value',
        'both green and built',
        'more carbon than land holds',
      ]),
    );
  });

  it('tells which classes of a product have no row, and which rows are no class of it', async () => {
    const text = GOOD.replace('60,Bare', '61,Bare').concat('\n70,Snow,0,,0,,0,,0,,0,,0,,100,read,none');
    const found = checkFactors(text, 'f.csv', await loadCrosswalk('worldcover'));
    expect(found).toMatchObject([
      {
        message: expect.stringMatching(/ESA WorldCover.* have no row/),
        found: expect.stringMatching(/^20 Shrubland.*100 Moss/),
      },
      { message: expect.stringContaining('no class of'), found: '61 Bare' },
      { message: expect.stringContaining('ignored'), found: '70 Snow' },
    ]);
    expect(found.every(({ level }) => level === 'warning')).toBe(true);
  });
});
