import type { NumberLocale } from '../../shared/carbon/figure-text.ts';
import { shareText } from '../../shared/carbon/figure-text.ts';
import { perHectare } from '../zone-rows.ts';
import type { ReportContext } from './context.ts';
import { rateText, type Words } from './words.ts';

/** @pure What the map can show of each district, and its table beside it. */

export interface Measure {
  readonly id: 'storage' | 'sequestration' | 'left-out' | 'coverage';
  readonly label: (w: Words) => string;
  /** By zone, in the order of the figures; null: no figure. */
  readonly values: readonly (number | null)[];
  readonly shown: (value: number, locale: NumberLocale) => string;
}

/** Measures of which at least one district has a figure, or all of them if none has. */
export function measuresOf({ figures }: ReportContext): Measure[] {
  const { zones, green } = figures;
  const all: Measure[] = [
    {
      id: 'storage',
      label: ({ t }) => t.mapStorage,
      values: zones.map(({ total }) => perHectare(total.storage_tC, total.area_ha)),
      shown: rateText,
    },
    {
      id: 'sequestration',
      label: ({ t }) => t.mapSequestration,
      values: zones.map(({ total }) => perHectare(total.sequestration_tC_yr, total.area_ha)),
      shown: rateText,
    },
    {
      id: 'left-out',
      label: ({ t }) => (green === null ? t.mapLeftOutSoil : t.mapLeftOut),
      values: leftOutPercents(figures),
      shown: rateText,
    },
    {
      id: 'coverage',
      label: ({ t }) => t.mapCoverage,
      values: zones.map(({ total }) => (total.coverage === null ? null : total.coverage * 100)),
      shown: (value) => shareText(value / 100).replace(' %', ''),
    },
  ];
  const known = all.filter(({ values }) => values.some((value) => value !== null));
  return known.length === 0 ? all : known;
}

/** Places of zones by storage per hectare, from 1; equal ones in the order of the file. null: no figure. */
export function ranksOf({ zones }: ReportContext['figures']): (number | null)[] {
  const densities = zones.map(({ total }) => perHectare(total.storage_tC, total.area_ha));
  const order = densities
    .flatMap((density, index) => (density === null ? [] : [{ density, index }]))
    .sort((a, b) => b.density - a.density || a.index - b.index);
  const ranks: (number | null)[] = densities.map(() => null);
  for (const [place, { index }] of order.entries()) ranks[index] = place + 1;
  return ranks;
}

/** Storage that soil and small green spaces hold, in percent of a zone's; null where it has none. */
export function leftOutPercents({ zones, scenarios }: ReportContext['figures']): (number | null)[] {
  return zones.map(({ total }, index) => {
    const left = scenarios.left_out.zones[index]?.storage_tC ?? null;
    return left === null || total.storage_tC === null || total.storage_tC === 0
      ? null
      : (left / total.storage_tC) * 100;
  });
}
