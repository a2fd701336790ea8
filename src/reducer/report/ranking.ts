import { perHectare } from '../zone-rows.ts';
import { bar, barScale } from './bars.ts';
import type { ReportContext } from './context.ts';
import { figureTable, folded, section } from './figure-table.ts';
import { clipped, type Html, html, NOTHING, named } from './html.ts';
import { leftOutPercents, ranksOf } from './measures.ts';
import { amount, heading, rate, rateText, say, share, text } from './words.ts';

/** @pure Districts by storage a hectare, with all that the map shows of them: chart and table in one. */

/** Rows in a report; totals.csv has all. */
const MOST_ROWS = 400;
/** More rows than these fold away. */
const OPEN_ROWS = 100;

interface Ranked {
  readonly zone: ReportContext['figures']['zones'][number];
  readonly rank: number | null;
  readonly density: number | null;
  readonly leftOut: number | null;
}

export function ranking({ figures }: ReportContext): Html {
  const left = leftOutPercents(figures);
  const ranks = ranksOf(figures);
  const zones = figures.zones.map((zone, index) => ({
    zone,
    rank: ranks[index] ?? null,
    density: perHectare(zone.total.storage_tC, zone.total.area_ha),
    leftOut: left[index] ?? null,
  }));
  // Those without a figure at the end, in the order of the file.
  const ranked = zones.toSorted((a, b) => (a.rank ?? zones.length + 1) - (b.rank ?? zones.length + 1));
  const shown = ranked.slice(0, MOST_ROWS);
  const more = ranked.length - shown.length;
  const table = rankedTable(figures, shown);
  return section(
    'districts',
    text('ranking'),
    html`<p>${rankingWords(ranked)}</p>${ranked.length > OPEN_ROWS ? folded(text('rankedBy'), table) : table}${more > 0 ? html`<p class="soft">${say(({ t }) => t.moreRows(more))}</p>` : NOTHING}`,
  );
}

function rankingWords(ranked: readonly Ranked[]): Html {
  const found = ranked.filter(({ density }) => density !== null);
  const [first] = found;
  const last = found.at(-1);
  return say(({ t, locale }) => {
    if (first === undefined || last === undefined) return t.rankingNone;
    const [most, least] = [rateText(first.density, locale), rateText(last.density, locale)];
    const name = ({ zone }: Ranked) => clipped(zone.name, 60);
    if (found.length === 1) return t.rankingOne(name(first), most);
    if (most === least) return t.rankingSame(found.length, most);
    return t.rankingWords(found.length, name(first), most, name(last), least);
  });
}

function rankedTable({ zones, city, green, scenarios }: ReportContext['figures'], shown: readonly Ranked[]): Html {
  const densities = barScale(shown.map(({ density }) => density));
  const rateOf = (total: typeof city.total) => perHectare(total.sequestration_tC_yr, total.area_ha);
  const rates = barScale(zones.map(({ total }) => rateOf(total)));
  const rows = shown.map(({ zone, rank: place, density, leftOut }) => [
    html`${place === null ? '' : `${place}. `}${named(zone.name)}${zone.below_cell ? html` <span class="soft">(${text('belowCell')})</span>` : NOTHING}`,
    amount(zone.total.area_ha),
    amount(zone.total.storage_tC),
    rate(density),
    bar(density, densities),
    amount(zone.total.sequestration_tC_yr),
    rate(rateOf(zone.total)),
    bar(rateOf(zone.total), rates),
    rate(leftOut),
    share(zone.total.coverage),
  ]);
  const { total } = city;
  return figureTable({
    caption: text('rankedBy'),
    columns: [
      { head: heading('district') },
      { head: heading('area') },
      { head: heading('storageCol') },
      { head: heading('densityCol') },
      { head: '', kind: 'thin' },
      { head: heading('rateCol') },
      { head: heading('rateDensityCol') },
      { head: '', kind: 'thin' },
      { head: heading(green === null ? 'leftOutColSoil' : 'leftOutCol') },
      { head: heading('coverageCol') },
    ],
    rows,
    foot: [
      text('city'),
      amount(total.area_ha),
      amount(total.storage_tC),
      rate(perHectare(total.storage_tC, total.area_ha)),
      NOTHING,
      amount(total.sequestration_tC_yr),
      rate(rateOf(total)),
      NOTHING,
      rate(scenarios.left_out.storage_percent),
      share(total.coverage),
    ],
  });
}
