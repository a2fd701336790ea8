import { amountText } from '../../shared/carbon/figure-text.ts';
import { percentText } from '../../shared/carbon/number-text.ts';
import { type Column, dataTable } from './data-table.ts';
import { section } from './parts.ts';
import { type IntervalView, intervalsOf, type ScenarioView, type TotalsView } from './totals-view.ts';
import { t } from './words.ts';

/** The same city with and without soil and small green spaces, side by side, each with its interval. */
export function scenarioPart(totals: TotalsView): HTMLElement | null {
  const { rows } = totals.figures.scenarios;
  if (rows.length < 2) return null;
  const amount = (key: 'storage_tC' | 'sequestration_tC_yr', heading: string, unit: string): Column<ScenarioView> => ({
    key,
    heading,
    unit,
    numeric: true,
    cell: (row) => amountText(row[key]),
  });
  const columns: Column<ScenarioView>[] = [
    { key: 'name', heading: t('what_counts'), cell: nameOf },
    amount('storage_tC', t('storage'), t('unit_tc')),
    {
      key: 'range',
      heading: t('range'),
      unit: t('unit_tc'),
      numeric: true,
      cell: (row) => rangeText(intervalsOf(totals, row)?.storage_tC),
    },
    amount('sequestration_tC_yr', t('sequestration'), t('unit_tcyr')),
    {
      key: 'range_rate',
      heading: t('range'),
      unit: t('unit_tcyr'),
      numeric: true,
      cell: (row) => rangeText(intervalsOf(totals, row)?.sequestration_tC_yr),
    },
    { key: 'offset', heading: t('offset'), numeric: true, cell: (row) => percentText(row.offset_percent) },
  ];
  return section(t('scenarios'), dataTable({ caption: t('scenarios'), columns, rows: [...rows].reverse() }));
}

function nameOf({ soil, small_green }: ScenarioView): string {
  const without = [soil ? null : t('with_soil'), small_green === false ? t('with_small') : null].filter(
    (name) => name !== null,
  );
  return without.length === 0 ? t('scenario_whole') : t('scenario_bare', without.join(t('and')).toLowerCase());
}

function rangeText(interval: IntervalView | null | undefined): string {
  if (interval?.p2_5 == null || interval.p97_5 === null) return '-';
  return `${amountText(interval.p2_5)} – ${amountText(interval.p97_5)}`;
}
