import type { ReportContext } from './context.ts';
import { section } from './figure-table.ts';
import { type Html, html } from './html.ts';
import { LANGUAGES, say, text, type Words } from './words.ts';

/** @pure How the figures came about, in plain words, as far as it holds for this run. */

export function methods(context: ReportContext): Html {
  // The same sentences in both languages, so that they pair up.
  const lists = LANGUAGES.map((w) => methodLines(context, w));
  const items = (lists[0] ?? []).map((_, index) => {
    return html`<li>${say(({ code }) => lists[code === 'en' ? 0 : 1]?.[index] ?? '')}</li>`;
  });
  return section('methods', text('methods'), html`<ul class="plain">${items}</ul>`);
}

function methodLines({ plan, figures }: ReportContext, { t }: Words): string[] {
  const { grid, zones, area, greenScore } = plan;
  const unit = grid.crs.kind === 'geographic' ? t.degrees : grid.crs.unitSize === 1 ? t.metres : t.mapUnits;
  const side = (size: number) => String(Number(size.toPrecision(6)));
  const hasSoil = figures.city.layers.some(({ layer }) => layer === 'soil');
  return [
    t.methodCells(side(grid.cellWidth), side(grid.cellHeight), unit),
    zones.rule === 'coverage' ? t.methodCoverage : t.methodCentre,
    area === 'plane' ? t.methodPlane : t.methodEllipsoid,
    t.methodStorage,
    ...(hasSoil ? [t.methodSoil] : []),
    ...(greenScore === null ? [] : [t.methodGreen(String(greenScore.minHa), String(greenScore.smallHa))]),
    t.methodCo2,
    ...(figures.uncertainty === null ? [] : [t.methodInterval(figures.uncertainty.draws.toLocaleString('en-US'))]),
    t.methodCoverageWord,
    t.methodDash,
    t.methodLimits,
  ];
}
