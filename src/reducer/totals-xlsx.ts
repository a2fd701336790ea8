import { POOLS, RATES } from '../shared/carbon/factors.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { ClassRow } from './carbon-model.ts';
import { LAND_CATEGORIES, landCategoryOf } from './land-categories.ts';
import { totalsColumns, totalsRows } from './tables.ts';
import type { Figures } from './totals.ts';
import { type Sheet, type SheetCell, xlsxFile } from './xlsx-file.ts';

/** totals.xlsx: summary, zones by class, classes by land category, factors with their sources. */

export function totalsXlsx(plan: Plan, figures: Figures, status: string): Uint8Array {
  return xlsxFile([
    summary(plan, figures, status),
    zonesByClass(plan, figures),
    landCategories(figures),
    factors(plan),
  ]);
}

function summary(plan: Plan, { city, offset, uncertainty, scenarios }: Figures, status: string): Sheet {
  const { total } = city;
  const spread = uncertainty?.city;
  const line = (
    name: string,
    value: SheetCell,
    unit: string,
    range?: { p2_5: number | null; p97_5: number | null } | null,
  ) => [name, value, unit, range?.p2_5 ?? null, range?.p97_5 ?? null];
  const rows: SheetCell[][] = [
    ['figure', 'value', 'unit', 'p2_5', 'p97_5'],
    line('city', plan.name.en, ''),
    line('year', plan.year, ''),
    line('run', plan.run, ''),
    line('status', status, ''),
    line('area', total.area_ha, 'ha'),
    line('area of zones', total.zone_area_ha, 'ha'),
    line('coverage', total.coverage, 'share of area'),
    line('storage', total.storage_tC, 't C', spread?.storage_tC),
    line('storage', total.storage_tCO2, 't CO2e'),
    ...POOLS.map((pool) => line(`storage, ${pool}`, total[`${pool}_tC`], 't C')),
    line('sequestration', total.sequestration_tC_yr, 't C/yr', spread?.sequestration_tC_yr),
    line('sequestration', total.sequestration_tCO2_yr, 't CO2e/yr'),
    line('emissions', offset?.emissions_tCO2 ?? null, 't CO2'),
    line('source of emissions', offset?.emissions_source ?? null, ''),
    line('offset', offset?.offset_percent ?? null, '% of emissions', spread?.offset_percent),
    [],
    ['scenario', 'storage_tC', 'sequestration_tC_yr', 'offset_percent'],
    ...scenarios.rows.map(({ soil, small_green, storage_tC, sequestration_tC_yr, offset_percent }) => [
      `${soil ? 'with' : 'without'} soil${small_green === null ? '' : `, ${small_green ? 'with' : 'without'} small green`}`,
      storage_tC,
      sequestration_tC_yr,
      offset_percent,
    ]),
  ];
  return { name: 'Summary', headRows: 1, rows };
}

function zonesByClass(plan: Plan, figures: Figures): Sheet {
  const columns = totalsColumns(figures);
  const rows = totalsRows(figures, plan.name.en).map((row) =>
    columns.map((column) => (row[column] ?? null) as SheetCell),
  );
  return { name: 'Zones by class', headRows: 1, rows: [columns, ...rows] };
}

const CATEGORY_NOTE =
  'Laid out like the land categories 3B of the IPCC (AFOLU). This is not a GPC submission or a national inventory: classes come by name from one map of land cover, nothing says which land is managed or was converted, and harvest, fires and soils under change are not counted. Removals are negative here, as inventories write them.';

const SUMS = ['area_ha', 'above_tC', 'below_tC', 'dead_tC', 'soil_tC', 'storage_tC', 'sequestration_tC_yr'] as const;

function landCategories({ city }: Figures): Sheet {
  const byCategory = Map.groupBy(city.classes, ({ name }) => landCategoryOf(name));
  const lines = LAND_CATEGORIES.flatMap(({ code, name }) => categoryRows(code, name, byCategory.get(code) ?? []));
  return {
    name: 'Land categories 3B',
    headRows: 2,
    rows: [
      [CATEGORY_NOTE],
      ['category', 'name', 'classes', ...SUMS, 'net_emissions_tCO2_yr'],
      ...lines,
      ...categoryRows('-', 'fits no category by name', byCategory.get(null) ?? []),
    ],
  };
}

function categoryRows(code: string, name: string, rows: readonly ClassRow[]): SheetCell[][] {
  if (rows.length === 0) return [];
  const sum = (key: (typeof SUMS)[number] | 'sequestration_tCO2_yr') => {
    const known = rows.map((row) => row[key]).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  const taken = sum('sequestration_tCO2_yr');
  return [[code, name, rows.map((row) => row.name).join('; '), ...SUMS.map(sum), taken === null ? null : 0 - taken]];
}

function factors({ factors: table }: Plan): Sheet {
  const columns = [...POOLS, ...RATES].filter((name) => table.coefficients.includes(name));
  const origin = new Map(table.provenance?.map((row) => [row.code, row]));
  const rows = table.classes.map((row) => [
    row.code,
    row.name,
    row.nameZh,
    ...columns.flatMap((name) => [
      row.values[name] ?? null,
      row.standardErrors[name] ?? null,
      origin.get(row.code)?.tags[name] ?? null,
    ]),
    row.source,
    origin.get(row.code)?.caveat ?? null,
  ]);
  const unit = (name: string) => (name.endsWith('sequestration') ? 'tC_ha_yr' : 'tC_ha');
  const head = columns.flatMap((name) => [`${name}_${unit(name)}`, `${name}_se`, `${name}_origin`]);
  return {
    name: 'Factors and sources',
    headRows: 1,
    rows: [['class', 'name', 'name_zh', ...head, 'source', 'caveat'], ...rows],
  };
}
