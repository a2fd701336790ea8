import { describe, expect, it } from 'vitest';
import { areaRule, gridOver, refuseMiss } from '../../../src/producer/analysis-grid.ts';
import { readSpec } from '../../../src/producer/load-spec.ts';
import type { PlacedScene } from '../../../src/producer/place-scenes.ts';
import { type Lattice, latticeOf } from '../../../src/shared/geo/grid.ts';
import { type PackedZones, packZones } from '../../../src/shared/geo/packed-zones.ts';
import { northUp, placedScene } from '../../support/placed-scenes.ts';
import { UTM_50N } from '../../support/plan-parts.ts';

const TEXT =
  'city: a\nyear: 2021\nzones: { url: z.geojson }\nlayers: { landcover: { scenes: ./s/ } }\nfactors: f.csv\n';
const SPEC = await readSpec(new TextEncoder().encode(TEXT), 'file:///city/spec.yaml');

const LATTICE: Lattice = latticeOf(UTM_50N, northUp(1000, 2000));

function square(x0: number, y0: number, x1: number, y1: number): PackedZones {
  return packZones(LATTICE, [
    { id: '1', name: '1', polygons: [[Float64Array.of(x0, y0, x1, y0, x1, y1, x0, y1, x0, y0)]] },
  ]);
}

describe('the window of the grid', () => {
  it('is the cells that the zones span, outward to whole cells', () => {
    // x 1004 to 1031 is cell 0.4 to 3.1; y 1995 to 1969 is row 0.5 to 3.1.
    expect(gridOver(LATTICE, square(1004, 1969, 1031, 1995)).window).toEqual({ row: 0, col: 0, rows: 4, cols: 4 });
  });

  it('may reach beyond the scenes: what lies there is not covered', () => {
    expect(gridOver(LATTICE, square(900, 1900, 1100, 2100)).window).toEqual({ row: -10, col: -10, rows: 20, cols: 20 });
  });

  const refused = (zones: PackedZones, scenes: readonly PlacedScene[]) => () =>
    refuseMiss(gridOver(LATTICE, zones), scenes);
  const scene = placedScene({ row: 0, col: 0, rows: 100, cols: 100 });

  it('without a common cell with any scene is refused, with both extents', () => {
    expect(refused(square(9000, 1900, 9100, 2000), [scene])).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            where: 'zones.url',
            expected: expect.stringContaining('x 1000 to 2000, y 1000 to 2000'),
            found: expect.stringContaining('x 9000 to 9100'),
          }),
        ],
      }),
    );
  });

  it('with a cell of one of the scenes is taken', () => {
    const far = placedScene({ row: 5000, col: 5000, rows: 10, cols: 10 });
    expect(refused(square(1900, 1900, 2100, 2000), [far, scene])).not.toThrow();
    expect(refused(square(1900, 1900, 2100, 2000), [far])).toThrow();
  });
});

describe('the rule of areas', () => {
  const geographic = { ...UTM_50N, kind: 'geographic' as const };

  it('is the plane on projected grids and the ellipsoid on geographic ones', () => {
    expect(areaRule(SPEC, UTM_50N)).toEqual({ rule: 'plane', problems: [] });
    expect(areaRule(SPEC, geographic)).toEqual({ rule: 'ellipsoid', problems: [] });
    expect(areaRule({ ...SPEC, area: 'plane' }, geographic).problems).toMatchObject([
      { where: 'area', message: 'degrees have no plane area' },
    ]);
  });

  it('may be the ellipsoid on projected grids too', () => {
    expect(areaRule({ ...SPEC, area: 'ellipsoid' }, UTM_50N)).toEqual({ rule: 'ellipsoid', problems: [] });
  });
});
