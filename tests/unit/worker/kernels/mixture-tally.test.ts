import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRACTION_BITS } from '../../../../src/shared/carbon/green-fraction.ts';
import { cellAreaExponent } from '../../../../src/shared/geo/area-scale.ts';
import { areaExponent } from '../../../../src/shared/geo/cell-area.ts';
import type { AnalysisGrid } from '../../../../src/shared/geo/grid.ts';
import type { Window } from '../../../../src/shared/geo/window.ts';
import { type AreaKeeping, WindowAreas } from '../../../../src/shared/geo/window-areas.ts';
import { zoneSpans } from '../../../../src/shared/raster/zone-spans.ts';
import { NO_BAND, tallyBands } from '../../../../src/worker/kernels/mixture-tally.ts';
import { tallyQuantity } from '../../../../src/worker/kernels/quantity-tally.ts';
import { UTM_50N } from '../../../support/plan-parts.ts';
import { anyZones, packRandomZones } from '../../../support/random-zones.ts';
import { IN_PLANE } from '../../../support/tile-parts.ts';

/** Each band on its own is a quantity whose other cells have no value. */

const WINDOW: Window = { row: -2, col: 3, rows: 12, cols: 15 };
const CELLS = WINDOW.rows * WINDOW.cols;
const PLACE = { originX: 300_000, originY: 3_400_000, cellWidth: 100, cellHeight: 100, window: WINDOW };
const PROJECTED: AnalysisGrid = { crs: UTM_50N, ...PLACE };
const DEGREES = { originX: 8, originY: 40, cellWidth: 0.01, cellHeight: 0.01, window: WINDOW };
const GEOGRAPHIC: AnalysisGrid = { crs: { ...UTM_50N, kind: 'geographic' }, ...DEGREES };

const KEEPINGS: [string, AnalysisGrid, AreaKeeping][] = [
  ['in the plane', PROJECTED, IN_PLANE],
  ['by row', GEOGRAPHIC, { areaBy: 'row', areaExponent: areaExponent(GEOGRAPHIC) }],
  ['by cell', PROJECTED, { areaBy: 'cell', areaExponent: cellAreaExponent(PROJECTED) }],
];

const BANDS = 3;
const cells = fc.record({
  zones: anyZones(-4, 20, 3),
  codes: fc.array(fc.constantFrom(1, 1, 1, 2, 7), { minLength: CELLS, maxLength: CELLS }),
  bands: fc.array(fc.constantFrom(0, 0, 1, 2, NO_BAND), { minLength: CELLS, maxLength: CELLS }),
  fractions: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: CELLS, maxLength: CELLS }),
});

describe('fractions of cells by band', () => {
  it.each(KEEPINGS)('%s are those of a quantity with the values of one band, bit for bit', (_, grid, keeping) => {
    fc.assert(
      fc.property(cells, (one) => {
        const spans = zoneSpans(packRandomZones(one.zones), WINDOW);
        const areas = new WindowAreas(grid, WINDOW, keeping);
        const codes = Int32Array.from(one.codes);
        const fractions = Float64Array.from(one.fractions);
        const bands = Uint8Array.from(one.bands);
        const found = tallyBands({ spans, areas, codes, bands, bandCount: BANDS, fractions });
        for (let band = 0; band < BANDS; band++) {
          const values = fractions.map((value, cell) => (bands[cell] === band ? value : Number.NaN));
          const quantity = { name: 'band', values, bits: FRACTION_BITS };
          const wanted = tallyQuantity(quantity, { spans, areas, codes, missing: -1 });
          const own = [...found].flatMap(([zone, classes]) =>
            [...classes].map(([code, tallies]) => [`${zone} ${code}`, tallies[band]] as const),
          );
          const all = [...wanted].flatMap(([zone, classes]) =>
            [...classes].map(([code, tally]) => [`${zone} ${code}`, tally] as const),
          );
          expect(Object.fromEntries(own.filter(([, tally]) => (tally?.cells ?? 0) > 0))).toEqual(
            Object.fromEntries(all),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});
