import type { ReportContext } from './context.ts';
import { figureTable, folded, section } from './figure-table.ts';
import { type Html, html, NOTHING, type Value } from './html.ts';
import { count, heading, say, text } from './words.ts';

/** @pure Everything that the figures were made from, down to each scene and its version. */

/** Scenes that are listed; manifest.json has all. */
const MOST_SCENES = 1500;
/** More scenes than these fold away. */
const OPEN_SCENES = 25;

export function provenance(context: ReportContext): Html {
  const { plan, version } = context;
  const { grid } = plan;
  const facts: [Html, Value][] = [
    [text('run'), html`<code>${plan.run}</code>`],
    [text('software'), `citysink ${version}`],
    [text('model'), html`<code>${plan.model}</code>`],
    [text('spec'), html`<code>${plan.specUrl}</code>`],
    [text('grid'), html`<bdi>${grid.crs.name}</bdi>`],
    [text('gridCell'), `${grid.cellWidth} × ${grid.cellHeight}`],
    [text('gridReason'), html`<span lang="en">${plan.gridReason}</span>`],
    [text('areaRule'), text(plan.area === 'plane' ? 'methodPlane' : 'methodEllipsoid')],
    [text('zoneRule'), text(plan.zones.rule === 'coverage' ? 'methodCoverage' : 'methodCentre')],
    [text('zonesFile'), digested(plan.zones)],
    [text('factorsFile'), digested(plan.factors)],
    ...(plan.accuracy === null ? [] : [[text('accuracy'), digested(plan.accuracy)] satisfies [Html, Value]]),
  ];
  return section(
    'provenance',
    text('provenance'),
    html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl><h3>${text('scenes')}</h3>${scenes(context)}<p class="soft small">${text('files')} ${say(({ t }) => t.madeBy(version))}</p>`,
  );
}

function digested({ url, digest }: { readonly url: string; readonly digest: string }): Html {
  return html`<code>${url}</code><br><span class="soft">${text('digest')}${text('colon')}<code>${digest}</code></span>`;
}

function scenes({ plan }: ReportContext): Html {
  const layersOf = plan.scenes.map((_, index) =>
    plan.layers
      .filter(({ takes }) => takes.some((take) => take.scenes.includes(index) || take.mask === index))
      .map(({ name }) => name),
  );
  const shown = plan.scenes.slice(0, MOST_SCENES);
  const more = plan.scenes.length - shown.length;
  const table = figureTable({
    caption: say(({ t }) => t.scenesWords(plan.scenes.length)),
    columns: [
      { head: heading('url') },
      { head: heading('etag'), kind: 'text' },
      { head: heading('sizeBytes') },
      { head: heading('modified'), kind: 'text' },
      { head: heading('usedBy'), kind: 'text' },
    ],
    rows: shown.map(({ url, etag, sizeBytes, modified }, index) => [
      html`<code>${url}</code>`,
      html`<code>${etag}</code>`,
      count(sizeBytes),
      modified,
      (layersOf[index] ?? []).join(', '),
    ]),
  });
  const list =
    shown.length > OPEN_SCENES
      ? folded(
          say(({ t }) => t.scenesWords(plan.scenes.length)),
          table,
        )
      : table;
  return html`${list}${more > 0 ? html`<p>${say(({ t }) => t.moreInJson(more))}</p>` : NOTHING}`;
}
