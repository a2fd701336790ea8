import type { SumRow } from '../reducer/carbon-model.ts';
import type { FluxByModel } from '../reducer/casa-figures.ts';
import type { ChangeFigures } from '../reducer/change-figures.ts';
import type { LayerFigures } from '../reducer/layer-figures.ts';
import type { PublishedInterval } from '../reducer/published-interval.ts';
import type { Figures } from '../reducer/totals.ts';
import { amountText as amount, shareText } from '../shared/carbon/figure-text.ts';
import { coverageText, densityOf, densityText, percentText } from '../shared/carbon/number-text.ts';
import type { Manifest } from '../shared/contracts/manifest.ts';
import { carbonToCo2 } from '../shared/units.ts';
import { alignedRows, plainLine } from './terminal-text.ts';

/** The totals as a table for a terminal: zones, then classes of the city, then what to know beside them. */

const MOST_ZONES = 30;

const HEADINGS = ['', 'area ha', 'storage t C', 't C/ha', 'sequestration t C/yr', 'coverage'];

/** Columns of text. */
const TEXTS = new Set([0]);

export interface TotalsView {
  readonly city: string;
  readonly year: number;
  readonly figures: Figures;
  readonly warnings: readonly string[];
}

export function totalsTable(view: TotalsView): string {
  const { figures } = view;
  const zones = figures.zones.slice(0, MOST_ZONES).map((zone) => sumCells(zone.name, zone.total));
  const hidden = figures.zones.length - MOST_ZONES;
  const classes = figures.city.classes.map((row) =>
    cells(row.name || String(row.class), row.area_ha, row.storage_tC, row.sequestration_tC_yr, ''),
  );
  const lines = [plainLine(`${view.city}, ${view.year}`), ''];
  lines.push(
    ...alignedRows(
      [
        HEADINGS,
        ...zones,
        ...(hidden > 0 ? [[`... ${hidden} more zones in totals.csv`]] : []),
        sumCells('city', figures.city.total),
      ],
      TEXTS,
    ),
  );
  lines.push('', ...alignedRows([['class', ...HEADINGS.slice(1, 5)], ...classes], TEXTS), '', ...sentences(figures));
  return lines.join('\n');
}

function sumCells(name: string, total: SumRow): string[] {
  return cells(name, total.area_ha, total.storage_tC, total.sequestration_tC_yr, coverageText(total.coverage));
}

function cells(
  name: string,
  areaHa: number,
  storage: number | null,
  sequestration: number | null,
  coverage: string,
): string[] {
  return [
    plainLine(name),
    amount(areaHa),
    amount(storage),
    densityText(densityOf(storage, areaHa)),
    amount(sequestration),
    coverage,
  ];
}

function layerSentence({ layer, mean, unit, coverage }: LayerFigures): string {
  if (mean === null || coverage === null) return `${plainLine(layer)} has no value anywhere.`;
  const covered = coverage >= 1 ? 'all' : shareText(coverage);
  return `${plainLine(layer)} is ${Number(mean.toPrecision(4))}${unit === null ? '' : ` ${plainLine(unit)}`} on average, over ${covered} of the area.`;
}

/** `; 95 % of draws lie between ...`, or nothing where no coefficient has an error. */
function rangeText(interval: PublishedInterval | null | undefined, unit: string, factor = 1): string {
  if (interval == null || interval.p2_5 === null || interval.p97_5 === null) return '';
  return `; with the errors of its factors 95 % of draws lie between ${amount(interval.p2_5 * factor)} and ${amount(interval.p97_5 * factor)} ${unit}`;
}

/** What the model gives, without cropland, beside the coefficients above. */
function fluxSentences({ respiration, city }: FluxByModel): string[] {
  const { headline, total } = city;
  if (total.modelled_area_ha === 0) return ['The model (CASA) has no class with an eps_max and all months.'];
  const error = headline.npp_se_tC_yr === null ? '' : ` ± ${amount(headline.npp_se_tC_yr)}`;
  const npp = `By the model (CASA) plants take up ${amount(headline.npp_tC_yr)}${error} t C a year (NPP), cropland left out: ${amount(headline.modelled_area_ha)} of ${amount(total.modelled_area_ha)} ha modelled.`;
  if (headline.nep_tC_yr === null || headline.nep_tCO2_yr === null) {
    const why = respiration === 'none' ? 'Respiration is not modelled' : 'No respiration is known';
    return [npp, `${why}: NPP is no sink, and there is no NEP.`];
  }
  return [
    npp,
    `Less respiration of ${amount(headline.rh_tC_yr)} t C that leaves ${amount(headline.nep_tC_yr)} t C, ${amount(headline.nep_tCO2_yr)} t CO2e a year (NEP); it is in no sum above.`,
  ];
}

function changeSentence({ from_year, city, net_present_value: net }: ChangeFigures): string {
  const { change_tC, common_ha } = city;
  const worth = net === null ? '' : `, worth ${amount(net.value)} ${plainLine(net.currency)}`.trimEnd();
  return `Since ${from_year} the land ${change_tC < 0 ? 'lost' : 'stored'} ${amount(Math.abs(change_tC))} t C by change of class, over ${amount(common_ha)} ha seen on both dates${worth}.`;
}

function sentences(figures: Figures): string[] {
  const { total, layers } = figures.city;
  const lines: string[] = [];
  const spread = figures.uncertainty?.city;
  if (total.storage_tCO2 !== null) {
    lines.push(
      `Storage is ${amount(total.storage_tCO2)} t CO2e${rangeText(spread?.storage_tC, 't CO2e', carbonToCo2(1))}.`,
    );
  }
  if (total.sequestration_tCO2_yr !== null) {
    const range = rangeText(spread?.sequestration_tC_yr, 't CO2e', carbonToCo2(1));
    lines.push(`Sequestration is ${amount(total.sequestration_tCO2_yr)} t CO2e a year${range}.`);
  }
  const { offset } = figures;
  if (offset !== null && offset.offset_percent !== null) {
    lines.push(
      `That offsets ${percentText(offset.offset_percent)} of ${amount(offset.emissions_tCO2)} t CO2 (${offset.emissions_source})${rangeText(spread?.offset_percent, '%')}.`,
    );
  }
  if (total.storage_tC !== null || total.sequestration_tC_yr !== null) {
    lines.push(plainLine(figures.scenarios.summary));
  }
  if (figures.flux_by_model !== null) lines.push(...fluxSentences(figures.flux_by_model));
  if (figures.change !== null) lines.push(changeSentence(figures.change));
  return [...lines, ...layers.map(layerSentence)];
}

/** What a run could not see, and what to know of it, below the table. */
export function remarksText(manifest: Manifest): string {
  const unread = manifest.unread.map(({ url, code, message }) => `not read: ${url} [${code}] ${message}`);
  const notes = manifest.warnings.map((warning) => `note: ${warning}`);
  return [...firstOf(unread, 'inputs'), ...firstOf(notes, 'notes')].map(plainLine).join('\n');
}

/** A file of many small faults must not push the totals off the screen; totals.json has every line. */
const MOST_REMARKS = 12;

function firstOf(lines: readonly string[], what: string): string[] {
  const more = lines.length - MOST_REMARKS;
  return more <= 0 ? [...lines] : [...lines.slice(0, MOST_REMARKS), `... and ${more} more ${what} in totals.json`];
}
