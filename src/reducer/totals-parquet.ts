import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import type { Plan } from '../shared/contracts/plan.ts';
import { totalsColumns, totalsRows } from './tables.ts';
import type { Figures } from './totals.ts';

/** The one door to hyparquet-writer: the rows of totals.csv as Parquet. Texts are optional strings, figures optional doubles. */

const TEXTS = new Set(['zone', 'class', 'zone_name', 'class_name']);

export function totalsParquet(plan: Plan, figures: Figures, status: string): Uint8Array {
  const rows = totalsRows(figures, plan.name.en);
  const columnData = totalsColumns(figures).map((name): ColumnSource => {
    const values = rows.map((row) => row[name] ?? null);
    return TEXTS.has(name)
      ? { name, type: 'STRING', data: values.map((value) => (value === null ? null : String(value))) }
      : { name, type: 'DOUBLE', data: values };
  });
  const { city, year, run } = plan;
  const facts = {
    'citysink.city': city,
    'citysink.year': String(year),
    'citysink.run': run,
    'citysink.status': status,
  };
  const kvMetadata = Object.entries(facts).map(([key, value]) => ({ key, value }));
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, createdBy: 'citysink' }));
}
