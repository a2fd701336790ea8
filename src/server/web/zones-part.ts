import { amountText } from '../../shared/carbon/figure-text.ts';
import { coverageText, densityText } from '../../shared/carbon/number-text.ts';
import type { MapLayer, ZoneMap } from '../answers.ts';
import { type Column, dataTable } from './data-table.ts';
import { fill, h } from './dom.ts';
import { layerTitle } from './map-legend.ts';
import { choice, coverageBar, section } from './parts.ts';
import { MEASURES, type Measure, type ScenarioView, type TotalView, type ZoneView, zoneValue } from './totals-view.ts';
import { t } from './words.ts';
import { type ZonePicture, zonePicture } from './zone-picture.ts';

/** Zones: the map in the colours of one measure, and the table with all of them. They point at each other. */

export interface ZonesPart {
  readonly element: HTMLElement;
  show(scenario: ScenarioView | null): void;
  /** The outlines have come, or there are none; with them the maps that the run drew. */
  setMap(map: ZoneMap | null, layers: readonly MapLayer[]): void;
}

interface ZoneRow {
  readonly zone: string;
  readonly name: string;
  readonly total: TotalView;
}

export function zonesPart(
  zones: readonly ZoneView[],
  city: TotalView,
  mapPath: (map: string) => string,
  explain: (x: number, y: number) => void,
): ZonesPart {
  const [mapHost, tableHost] = [h('div'), h('div')];
  let [measure, scenario, picture]: [Measure, ScenarioView | null, ZonePicture | null] = ['storage_ha', null, null];
  let layer: MapLayer | null = null;
  const draw = () => {
    const values = new Map(zones.map((zone) => [zone.zone, zoneValue(zone, scenario, measure)]));
    if (layer === null) picture?.show(values, t(`m_${measure}`), (value) => valueText(value, measure));
    fill(
      tableHost,
      zonesTable(zones, city, scenario, (zone) => picture?.mark(zone)),
    );
  };
  const point = (zone: string | null) => {
    for (const row of tableHost.querySelectorAll<HTMLElement>('tbody tr')) {
      row.classList.toggle('marked', row.dataset.zone === zone);
    }
    picture?.mark(zone);
  };
  return {
    element: section(t('zones'), h('div', { class: 'zones-grid' }, mapHost, tableHost)),
    show(next) {
      scenario = next;
      draw();
    },
    setMap(map, layers) {
      if (map === null) return fill(mapHost, h('p', { class: 'quiet' }, t('no_map')));
      const shown = zonePicture({ map, mapPath, onPoint: point, onChoose: explain });
      picture = shown;
      const pick = (next: Measure | MapLayer) => {
        layer = typeof next === 'string' ? null : next;
        if (typeof next === 'string') measure = next;
        else shown.showMap(next);
        draw();
      };
      fill(mapHost, measureChoice(measure, layers, pick), shown.element, h('p', { class: 'quiet' }, t('map_hint')));
      draw();
    },
  };
}

/** What the picture shows: a measure by zone, or cell by cell a map of the run. */
function measureChoice(
  measure: Measure,
  layers: readonly MapLayer[],
  onChange: (next: Measure | MapLayer) => void,
): HTMLElement {
  const group = (label: string, options: readonly (readonly [string, string])[]) =>
    h(
      'optgroup',
      { label },
      ...options.map(([value, text]) => h('option', { value, selected: value === measure }, text)),
    );
  const ofZones = MEASURES.map((one) => [one, t(`m_${one}`)] as const);
  const ofCells = layers.map((one) => [`map:${one.name}`, layerTitle(one)] as const);
  const groups = layers.length === 0 ? [] : [group(t('by_zone'), ofZones), group(t('by_cell'), ofCells)];
  if (groups.length === 0) return choice(t('measure'), ofZones, measure, (value) => onChange(value as Measure));
  const select = h(
    'select',
    {
      onchange: (event) => {
        const { value } = event.target as HTMLSelectElement;
        onChange(layers.find(({ name }) => `map:${name}` === value) ?? (value as Measure));
      },
    },
    ...groups,
  );
  return h('label', { class: 'field' }, h('span', {}, t('measure')), select);
}

/** As the table says it. */
function valueText(value: number | null, measure: Measure): string {
  if (value === null) return t('no_value');
  if (measure === 'coverage') return coverageText(value / 100);
  return measure === 'storage_ha' ? densityText(value) : amountText(value);
}

function zonesTable(
  zones: readonly ZoneView[],
  city: TotalView,
  scenario: ScenarioView | null,
  mark: (zone: string | null) => void,
): HTMLElement {
  const total: ZoneRow = { zone: '', name: t('total'), total: city };
  const of = (row: ZoneRow, measure: Measure): number | null => {
    if (row !== total) return zoneValue(row, scenario, measure);
    const amount = measure.startsWith('storage') ? scenario?.storage_tC : scenario?.sequestration_tC_yr;
    if (amount === undefined || amount === null || !measure.endsWith('_ha')) return amount ?? null;
    return city.area_ha === 0 ? null : amount / city.area_ha;
  };
  const column = (
    key: Measure,
    heading: string,
    unit: string,
    text: (value: number | null) => string,
  ): Column<ZoneRow> => ({
    key,
    heading,
    unit,
    numeric: true,
    cell: (row) => text(of(row, key)),
    sortBy: (row) => of(row, key),
  });
  const columns: Column<ZoneRow>[] = [
    { key: 'name', heading: t('zone'), cell: ({ name }) => name, sortBy: ({ name }) => name },
    {
      key: 'area',
      heading: t('area'),
      unit: t('unit_ha'),
      numeric: true,
      cell: (row) => amountText(row.total.area_ha),
      sortBy: (row) => row.total.area_ha,
    },
    column('storage', t('storage'), t('unit_tc'), amountText),
    column('storage_ha', t('density'), t('unit_density'), densityText),
    column('rate', t('sequestration'), t('unit_tcyr'), amountText),
    {
      key: 'coverage',
      heading: t('coverage'),
      numeric: true,
      cell: (row) => coverageBar(row.total.coverage),
      sortBy: (row) => row.total.coverage,
    },
  ];
  return dataTable<ZoneRow>({
    caption: t('zones'),
    columns,
    rows: zones,
    total,
    rowProps: ({ zone }) => ({ 'data-zone': zone, onmouseenter: () => mark(zone), onmouseleave: () => mark(null) }),
  });
}
