import { afterEach, describe, expect, it } from 'vitest';
import { breaksOf, STEPS, stepOf } from '../../../../src/server/web/colour-scale.ts';
import { addressOf, parseAddress } from '../../../../src/server/web/page-address.ts';
import { nextOrder, sorted } from '../../../../src/server/web/table-order.ts';
import { firstLanguage, named, setLanguage, t } from '../../../../src/server/web/words.ts';
import { EN, type Word } from '../../../../src/server/web/words-en.ts';
import { ZH } from '../../../../src/server/web/words-zh.ts';

afterEach(() => setLanguage('en'));

describe('colours of a map', () => {
  it('split values into five classes of about as many zones', () => {
    const values = Array.from({ length: 100 }, (_, i) => i ** 2);
    const breaks = breaksOf(values);
    expect(breaks).toEqual([400, 1600, 3600, 6400]);
    const steps = values.map((value) => stepOf(value, breaks));
    for (let step = 0; step < STEPS; step++) expect(steps.filter((one) => one === step).length).toBe(20);
  });

  it('use the ends of the scale for two values, its middle for one, none for no value', () => {
    const breaks = breaksOf([3, 9, 3, 9]);
    expect([stepOf(3, breaks), stepOf(9, breaks)]).toEqual([0, STEPS - 1]);
    expect(stepOf(7, breaksOf([7, 7]))).toBe(2);
    expect([stepOf(null, breaks), stepOf(Number.NaN, breaks)]).toEqual([null, null]);
    expect(breaksOf([])).toEqual([]);
  });
});

describe('rows of a table', () => {
  const rows = [
    { name: 'b', value: 2 },
    { name: 'a', value: null },
    { name: 'c', value: 10 },
    { name: 'd', value: 2 },
  ];
  const names = (descending: boolean) => sorted(rows, ({ value }) => value, descending).map(({ name }) => name);

  it('stand by numbers, equal ones as they were, and those without a value last either way', () => {
    expect(names(false)).toEqual(['b', 'd', 'c', 'a']);
    expect(names(true)).toEqual(['c', 'b', 'd', 'a']);
  });

  it('turn round where the same heading is pressed again', () => {
    const first = nextOrder({ key: 'name', descending: false }, 'value', true);
    expect(first).toEqual({ key: 'value', descending: true });
    expect(nextOrder(first, 'value', true)).toEqual({ key: 'value', descending: false });
    expect(nextOrder(first, 'name', false)).toEqual({ key: 'name', descending: false });
  });
});

describe('addresses of the page', () => {
  it('come back as they were made, whatever names are', () => {
    const parts = ['runs', 'a/b?c#d', '江 %', '"><script>'];
    const query = { a: 'x/y&z', b: '' };
    const address = parseAddress(addressOf(parts, query));
    expect(address.parts).toEqual(parts);
    expect(Object.fromEntries(address.query)).toEqual(query);
  });

  it('stay inside of the page', () => {
    expect(addressOf(['javascript:alert(1)'])).toBe('#/javascript%3Aalert(1)');
    expect(parseAddress('#/a/%zz').parts).toEqual(['a', '%zz']);
    expect(parseAddress('').parts).toEqual([]);
  });
});

describe('words', () => {
  it('have the same gaps to be filled in both languages', () => {
    const gaps = (text: string) => (text.match(/\{\d?\}/g) ?? []).length;
    const wrong = (Object.keys(EN) as Word[]).filter((word) => gaps(EN[word]) !== gaps(ZH[word]));
    expect(wrong).toEqual([]);
  });

  it('are filled in order or by place, and never run as anything', () => {
    expect(t('cities_count', 2, 5)).toBe('2 of 5 cities');
    setLanguage('zh');
    expect(t('seen', '10', '20')).toBe('共 20 公顷，观测到 10 公顷');
    expect(t('none_match', '{} $& <b>')).toBe('没有与“{} $& <b>”匹配的城市');
  });

  it('name states that they know, and leave others as they are', () => {
    expect([named('state_', 'DONE'), named('state_', 'constructor'), named('part_', 'new_part')]).toEqual([
      'Done',
      'constructor',
      'new_part',
    ]);
  });

  it('begin in the language that was chosen, else in that of the browser', () => {
    expect([firstLanguage('en', 'zh-CN'), firstLanguage(null, 'zh-TW'), firstLanguage('xx', 'de')]).toEqual([
      'en',
      'zh',
      'en',
    ]);
  });
});
