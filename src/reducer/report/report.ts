import { shareText } from '../../shared/carbon/figure-text.ts';
import { changeTable } from './change-table.ts';
import { classPools } from './class-pools.ts';
import type { ReportContext, ReportParts } from './context.ts';
import { factorList } from './factor-list.ts';
import { fluxTable } from './flux-table.ts';
import { greenSizes } from './green-sizes.ts';
import { headline } from './headline.ts';
import { Html, html, NOTHING, plain } from './html.ts';
import { methods } from './methods.ts';
import { provenance } from './provenance.ts';
import { ranking } from './ranking.ts';
import { scenarioTable } from './scenario-table.ts';
import { SCRIPT, SCRIPT_SHA256 } from './script.ts';
import { coverAccuracy, measuredLayers, spreadCauses } from './spread-causes.ts';
import { STYLE } from './style.ts';
import { warningList } from './warning-list.ts';
import { classNames, LANGUAGES, say, text } from './words.ts';
import { zoneMap } from './zone-map.ts';

/**
 * @pure report.html: one file that asks for nothing else, made from the figures and the plan alone, so the same run gives the
 * same bytes. Sections stand in the order of a reader's questions: how much, where, of what, how sure, how, from what.
 */

const SECTIONS: readonly ((context: ReportContext) => Html)[] = [
  headline,
  zoneMap,
  ranking,
  classPools,
  scenarioTable,
  greenSizes,
  fluxTable,
  changeTable,
  measuredLayers,
  spreadCauses,
  coverAccuracy,
  methods,
  factorList,
  warningList,
  provenance,
];

export function reportHtml(parts: ReportParts): string {
  const context: ReportContext = { ...parts, nameOf: classNames(parts.plan.factors.classes) };
  const sections = SECTIONS.map((section) => section(context));
  const [english = '', chinese = ''] = titles(context);
  // Nothing is fetched, and nothing runs but the one script whose digest this is.
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${SCRIPT_SHA256}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title id="title-words" data-en="${english}" data-zh="${chinese}">${english}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#headline">${text('skip')}</a>
${pageHead(context, contentsOf(sections))}
<main>
${sections.map((section) => html`${section}\n`)}</main>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.text;
}

function titles({ plan }: ReportContext): string[] {
  return LANGUAGES.map(({ t, code }) => plain(t.title(cityName(plan.name, code), plan.year)));
}

function cityName(name: { readonly en: string; readonly zh?: string | undefined }, code: 'en' | 'zh'): string {
  return code === 'zh' ? (name.zh ?? name.en) : name.en;
}

function pageHead(context: ReportContext, contents: Html): Html {
  const { plan, status } = context;
  const isDone = status === 'DONE';
  const badge = html`<span class="badge${isDone ? '' : ' partial'}">${text(isDone ? 'done' : 'partial')}</span>`;
  return html`<header>
<div class="top"><div><h1>${say(({ t, code }) => t.title(cityName(plan.name, code), plan.year))}</h1>
<div class="meta"><span>${text('subtitle')}</span>${badge}<span>${text('run')} <code>${plan.run}</code></span></div></div>
<div class="switch" role="group" aria-label="Language 语言" hidden><button type="button" value="en" lang="en" aria-pressed="true">English</button><button type="button" value="zh-Hans" lang="zh-Hans" aria-pressed="false">中文</button></div></div>
${isDone ? NOTHING : partialAlert(context)}${contents}
</header>`;
}

function partialAlert({ figures, unread }: ReportContext): Html {
  const { coverage } = figures.city.total;
  const words = say(({ t }) =>
    coverage === null ? t.partialNoteUnknown(unread.length) : t.partialNote(shareText(coverage), unread.length),
  );
  return html`<p class="alert" role="note">${words} <a href="#warnings">${text('warnings')}</a></p>`;
}

/** Links to the headings of the sections that are there. */
function contentsOf(sections: readonly Html[]): Html {
  const links = sections.flatMap(({ text: markup }) => {
    const found = /^<section id="([a-z]+)"[^>]*><h2[^>]*>(.*?)<\/h2>/.exec(markup);
    return found === null ? [] : [html`<li><a href="#${found[1]}">${new Html(found[2] ?? '')}</a></li>`];
  });
  return html`<nav aria-label="Contents 目录"><ul>${links}</ul></nav>`;
}
