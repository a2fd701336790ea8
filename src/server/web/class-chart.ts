import { amountText } from '../../shared/carbon/figure-text.ts';
import { type Column, dataTable } from './data-table.ts';
import { h, s } from './dom.ts';
import type { PoolsView } from './totals-view.ts';
import { t } from './words.ts';

/** Classes with their pools: bars for the eye, and the same numbers in a table. */

export interface ClassBar extends PoolsView {
  readonly class: number;
  readonly name: string;
}

const POOLS = [
  ['above', 'above_tC', 'pool_above'],
  ['below', 'below_tC', 'pool_below'],
  ['dead', 'dead_tC', 'pool_dead'],
  ['soil', 'soil_tC', 'pool_soil'],
] as const;

export function classChart(classes: readonly ClassBar[], total: PoolsView): HTMLElement {
  const most = Math.max(...classes.map((row) => poolSum(row)), Number.MIN_VALUE);
  const swatches = POOLS.map(([pool, , word]) =>
    h(
      'li',
      {},
      s(
        'svg',
        { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' },
        s('rect', { width: 10, height: 10, class: `pool-${pool}` }),
      ),
      t(word),
    ),
  );
  const pool = (column: (typeof POOLS)[number]) => {
    const [key, field, word] = column;
    const found: Column<ClassBar> = {
      key,
      heading: t(word),
      unit: t('unit_tc'),
      numeric: true,
      cell: (row) => amountText(row[field]),
      sortBy: (row) => row[field],
    };
    return found;
  };
  const columns: Column<ClassBar>[] = [
    { key: 'name', heading: t('class'), cell: (row) => row.name || String(row.class), sortBy: (row) => row.name },
    { key: 'bar', heading: t('storage'), cell: (row) => (row.class < 0 ? '' : poolBar(row, most)) },
    {
      key: 'area',
      heading: t('area'),
      unit: t('unit_ha'),
      numeric: true,
      cell: (row) => amountText(row.area_ha),
      sortBy: (row) => row.area_ha,
    },
    ...POOLS.map(pool),
    {
      key: 'all',
      heading: t('storage'),
      unit: t('unit_tc'),
      numeric: true,
      cell: (row) => amountText(row.storage_tC),
      sortBy: (row) => row.storage_tC,
    },
    {
      key: 'rate',
      heading: t('sequestration'),
      unit: t('unit_tcyr'),
      numeric: true,
      cell: (row) => amountText(row.sequestration_tC_yr),
      sortBy: (row) => row.sequestration_tC_yr,
    },
  ];
  const table = dataTable({
    caption: t('classes'),
    columns,
    rows: classes,
    order: { key: 'all', descending: true },
    total: { ...total, class: -1, name: t('total') },
  });
  return h('div', {}, h('ul', { class: 'legend-row', 'aria-label': t('legend') }, ...swatches), table);
}

function poolSum(row: PoolsView): number {
  return POOLS.reduce((sum, [, field]) => sum + Math.max(0, row[field] ?? 0), 0);
}

/** Pools side by side in the order of the legend, all classes on one scale. */
function poolBar(row: PoolsView, most: number): SVGElement {
  let at = 0;
  const parts = POOLS.map(([pool, field]) => {
    const width = (Math.max(0, row[field] ?? 0) / most) * 200;
    const part = s('rect', { class: `pool-${pool}`, x: at, width, height: 14 });
    at += width;
    return part;
  });
  return s(
    'svg',
    { class: 'pool-bar', viewBox: '0 0 200 14', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    ...parts,
  );
}
