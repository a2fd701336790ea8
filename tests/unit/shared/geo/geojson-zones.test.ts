import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crsNameOf, readZones } from '../../../../src/shared/geo/geojson-zones.ts';
import type { ZoneReading } from '../../../../src/shared/geo/zone-features.ts';

const OPTIONS: ZoneReading = {
  file: 'districts.geojson',
  idKey: 'code',
  labelKey: null,
  degreesPerUnit: 1,
  maxVertices: 1000,
};
const SQUARE = [
  [0, 0],
  [4, 0],
  [4, 4],
  [0, 4],
  [0, 0],
];

function feature(code: unknown, geometry: unknown, more: object = {}) {
  return { type: 'Feature', properties: { code, ...more }, geometry };
}

function polygon(...coordinates: unknown[]) {
  return { type: 'Polygon', coordinates };
}

function collection(...features: unknown[]) {
  return { type: 'FeatureCollection', features };
}

/** The one problem of a file with one feature of this geometry. */
function problemWith(geometry: unknown, options: Partial<ZoneReading> = {}) {
  const { zones, problems } = readZones(collection(feature('x', geometry)), { ...OPTIONS, ...options });
  expect(zones).toEqual([]);
  expect(problems).toHaveLength(1);
  return problems[0];
}

describe('readZones', () => {
  it('reads polygons, holes and multipolygons with ids and labels', () => {
    const hole = [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 1],
    ];
    const file = collection(
      feature(7, polygon(SQUARE, hole), { name: '西湖区' }),
      feature(
        'b',
        { type: 'MultiPolygon', coordinates: [[SQUARE], [SQUARE.map(([x = 0, y = 0]) => [x + 9, y, 3.5])]] },
        { name: 12 },
      ),
    );
    const { zones, problems } = readZones(file, { ...OPTIONS, labelKey: 'name' });
    expect(problems).toEqual([]);
    expect(zones.map(({ id, name }) => [id, name])).toEqual([
      ['7', '西湖区'],
      ['b', '12'],
    ]);
    expect(zones[0]?.polygons[0]?.map((ring) => [...ring])).toEqual([SQUARE.flat(), hole.flat()]);
    expect(zones[1]?.polygons).toHaveLength(2);
  });

  it.each([
    ['a feature', feature('x', polygon(SQUARE))],
    ['a bare polygon', polygon(SQUARE)],
    ['a bare multipolygon', { type: 'MultiPolygon', coordinates: [[SQUARE]] }],
  ])('reads %s and numbers zones where no id is asked for', (_, geojson) => {
    const { zones } = readZones(geojson, { ...OPTIONS, idKey: null });
    expect(zones.map(({ id, name }) => [id, name])).toEqual([['1', '1']]);
  });

  it('names every mistake of a file at once', () => {
    const file = collection(
      feature('a', polygon(SQUARE)),
      feature('a', polygon(SQUARE)),
      feature(null, polygon(SQUARE)),
      feature('c', { type: 'Point', coordinates: [0, 0] }),
      feature('d', polygon(SQUARE.slice(0, 3))),
      feature('e', null),
      feature('all', polygon(SQUARE)),
    );
    const { problems } = readZones(file, OPTIONS);
    expect(problems.map(({ where, message }) => `${where}: ${message}`)).toEqual([
      'districts.geojson: feature 2 (id "a"): id used twice',
      'districts.geojson: feature 3: no usable id in property "code"',
      'districts.geojson: feature 4 (id "c"): not an area',
      'districts.geojson: feature 5 (id "d"), outer ring: too few positions',
      'districts.geojson: feature 6 (id "e"): no geometry',
      'districts.geojson: feature 7: the id "all" stands for the whole city in the results',
    ]);
  });

  it.each([
    ['a ring that is not closed', polygon(SQUARE.slice(0, 4)), 'not closed'],
    [
      'a coordinate that is not finite',
      polygon([
        [0, 0],
        [4, 0],
        [4, Number.POSITIVE_INFINITY],
        [0, 0],
      ]),
      'not a position',
    ],
    [
      'a coordinate that is text',
      polygon([
        [0, 0],
        ['4', 0],
        [4, 4],
        [0, 0],
      ]),
      'not a position',
    ],
    [
      'map coordinates taken for degrees',
      polygon(SQUARE.map(([x = 0, y = 0]) => [x + 500_000, y])),
      'outside the range of longitude and latitude',
    ],
    [
      'latitude and longitude swapped',
      polygon([
        [30, 120],
        [31, 120],
        [31, 121],
        [30, 120],
      ]),
      'outside the range of longitude and latitude',
    ],
    ['no rings', polygon(), 'no rings'],
    ['an empty multipolygon', { type: 'MultiPolygon', coordinates: [] }, 'no polygons'],
  ])('refuses %s', (_, geometry, message) => {
    expect(problemWith(geometry)?.message).toBe(message);
  });

  it('refuses a bow-tie and says where it crosses', () => {
    const problem = problemWith(
      polygon([
        [0, 0],
        [2, 2],
        [2, 0],
        [0, 2],
        [0, 0],
      ]),
    );
    expect(problem).toMatchObject({ message: 'the outline crosses itself', found: 'a crossing at 1, 1' });
  });

  it('refuses a star of five crossing edges', () => {
    const tips = [0, 2, 4, 1, 3, 0].map((tip) => [
      Math.cos(tip * 1.2566370614359172),
      Math.sin(tip * 1.2566370614359172),
    ]);
    tips[5] = tips[0] ?? [];
    expect(problemWith(polygon(tips))?.message).toBe('the outline crosses itself');
  });

  it('warns of a knot that is too small to matter', () => {
    const knot = [
      [0, 0],
      [10, 0],
      [10, 5],
      [9.99, 5.01],
      [10, 5.01],
      [9.99, 5],
      [10, 10],
      [0, 10],
      [0, 0],
    ];
    const { zones, problems, warnings } = readZones(collection(feature('x', polygon(knot))), OPTIONS);
    expect([zones.length, problems.length]).toEqual([1, 0]);
    expect(warnings).toEqual([expect.stringMatching(/feature 1 \(id "x"\): the outline crosses itself at 9\.99/)]);
  });

  it('refuses more vertices than the limit', () => {
    const { problems } = readZones(collection(feature('x', polygon(SQUARE))), { ...OPTIONS, maxVertices: 4 });
    expect(problems).toMatchObject([{ message: 'too many vertices', expected: 'at most 4', found: '5' }]);
  });

  it.each([[null], [[]], ['text'], [{ type: 'Topology' }], [{ type: 'FeatureCollection' }]])(
    'refuses %j',
    (geojson) => {
      expect(readZones(geojson, OPTIONS).problems).toMatchObject([
        { where: 'districts.geojson', message: 'not GeoJSON with areas' },
      ]);
    },
  );

  it('does not take inherited properties for ids', () => {
    expect(
      readZones(collection(feature('x', polygon(SQUARE))), { ...OPTIONS, idKey: 'constructor' }).problems,
    ).toHaveLength(1);
  });

  it('lists at most a hundred mistakes', () => {
    const features = Array.from({ length: 500 }, () => feature('x', null));
    expect(readZones(collection(...features), OPTIONS).problems).toHaveLength(100);
  });

  it('accepts every polygon whose vertices go round a point', () => {
    const radius = fc.double({ min: 0.01, max: 40, noNaN: true });
    fc.assert(
      fc.property(fc.array(radius, { minLength: 3, maxLength: 80 }), (radii) => {
        const around = radii.map((r, index) => {
          const angle = (2 * Math.PI * index) / radii.length;
          return [r * Math.cos(angle), r * Math.sin(angle)];
        });
        const { problems, warnings } = readZones(polygon([...around, around[0]]), { ...OPTIONS, idKey: null });
        expect([problems, warnings]).toEqual([[], []]);
      }),
      { seed: 11 },
    );
  });
});

describe('crsNameOf', () => {
  it('reads the crs member of GeoJSON 2008', () => {
    const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::31985' } };
    expect(crsNameOf({ type: 'FeatureCollection', crs })).toEqual({
      name: 'urn:ogc:def:crs:EPSG::31985',
      problem: null,
    });
  });

  it('refuses a link in place of a name', () => {
    expect(crsNameOf({ crs: { type: 'link', properties: { href: 'http://x' } } }).problem).toMatch(
      /not \{"type": "name"/,
    );
  });
});
