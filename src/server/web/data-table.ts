import { type Child, fill, h } from './dom.ts';
import { nextOrder, type Order, type SortValue, sorted } from './table-order.ts';
import { t } from './words.ts';

/** Tables: numbers to the right in even digits, headings that sort where asked, wide ones scroll on their own. */

export interface Column<T> {
  readonly key: string;
  readonly heading: string;
  readonly unit?: string;
  readonly numeric?: boolean;
  cell(row: T): Child;
  /** Absent: the column cannot be sorted by. */
  readonly sortBy?: (row: T) => SortValue;
}

export interface TableSettings<T> {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly order?: Order;
  /** Rows that are drawn at once; the others wait for a button, since thousands take seconds. Sorting is of all. */
  readonly most?: number;
  /** A last row that stays where it is. */
  readonly total?: T;
  /** On a narrow screen each row is a card; roles keep it a table for screen readers. */
  readonly cards?: boolean;
  readonly rowProps?: (row: T) => Readonly<Record<string, string | ((event: Event) => void)>>;
}

export function dataTable<T>(settings: TableSettings<T>): HTMLElement {
  const { caption, columns, rows, total, rowProps, cards = false, most = Number.POSITIVE_INFINITY } = settings;
  let drawn = most;
  let order = settings.order ?? { key: '', descending: false };
  const head = h('tr', cards ? { role: 'row' } : {});
  const body = h('tbody', cards ? { role: 'rowgroup' } : {});
  const draw = () => {
    const by = columns.find(({ key }) => key === order.key)?.sortBy;
    fill(head, ...columns.map((column) => headCell(column, order, sort)));
    const shown = by === undefined ? rows : sorted(rows, by, order.descending);
    const rowOf = (row: T) => bodyRow(columns, row, { ...(cards ? { role: 'row' } : {}), ...rowProps?.(row) });
    fill(body, ...shown.slice(0, drawn).map(rowOf));
    fill(more, rows.length <= drawn ? null : moreButton(drawn, rows.length, () => grow(shown, rowOf)));
  };
  const grow = (shown: readonly T[], rowOf: (row: T) => HTMLElement) => {
    const added = shown.slice(drawn, drawn + most).map(rowOf);
    body.append(...added);
    drawn += most;
    fill(more, rows.length <= drawn ? null : moreButton(drawn, rows.length, () => grow(shown, rowOf)));
    added[0]?.querySelector('a')?.focus();
  };
  const more = h('div');
  const sort = (column: Column<T>) => {
    order = nextOrder(order, column.key, column.numeric === true);
    draw();
    head.querySelector<HTMLElement>(`[data-key="${column.key}"]`)?.focus();
  };
  draw();
  const table = h(
    'table',
    cards ? { class: 'cards', role: 'table' } : {},
    h('caption', { class: 'visually-hidden' }, caption),
    h('thead', cards ? { role: 'rowgroup' } : {}, head),
    body,
    total === undefined ? null : h('tfoot', {}, bodyRow(columns, total, {})),
  );
  const scroll = h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('wide_table', caption) },
    table,
  );
  return Number.isFinite(most) ? h('div', {}, scroll, more) : scroll;
}

function moreButton(drawn: number, all: number, onclick: () => void): HTMLElement {
  return h(
    'p',
    { class: 'toolbar more' },
    h('span', { class: 'quiet' }, t('rows_of', drawn, all)),
    h('button', { type: 'button', onclick }, t('rows_more')),
  );
}

function headCell<T>(column: Column<T>, order: Order, sort: (column: Column<T>) => void): HTMLElement {
  const { key, heading, unit, numeric, sortBy } = column;
  const isSorted = order.key === key;
  const direction = isSorted ? (order.descending ? 'descending' : 'ascending') : 'none';
  const text: Child[] = [heading, unit === undefined ? null : h('span', { class: 'unit' }, ` ${unit}`)];
  const arrow = isSorted ? (order.descending ? ' ↓' : ' ↑') : '';
  return h(
    'th',
    {
      scope: 'col',
      role: 'columnheader',
      class: numeric ? 'number' : null,
      'aria-sort': sortBy === undefined ? null : direction,
    },
    ...(sortBy === undefined
      ? text
      : [
          h(
            'button',
            { type: 'button', class: 'sort', 'data-key': key, onclick: () => sort(column) },
            ...text,
            h('span', { 'aria-hidden': 'true' }, arrow),
          ),
        ]),
  );
}

function bodyRow<T>(
  columns: readonly Column<T>[],
  row: T,
  props: Readonly<Record<string, string | ((event: Event) => void)>>,
): HTMLElement {
  const isCard = props.role === 'row';
  const cells = columns.map(({ numeric, cell, heading, unit = '' }, place) => {
    if (place === 0) return h('th', { scope: 'row', role: isCard ? 'rowheader' : null }, cell(row));
    const label = isCard ? { role: 'cell', 'data-label': `${heading} ${unit}`.trim() } : {};
    return h('td', { class: numeric ? 'number' : null, ...label }, cell(row));
  });
  return h('tr', props, ...cells);
}
