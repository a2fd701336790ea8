import { h, s } from './dom.ts';
import { named, t } from './words.ts';

/** Steps from the old total to the new one. The axis begins near the totals, so that small steps show; steps carry their texts. */

export interface WaterfallView {
  readonly old: number | null;
  readonly new: number | null;
  readonly difference: number | null;
  readonly parts: Readonly<Record<string, number>> | null;
}

const ROW = 24;

/** Units of the drawing are pixels of the page, so that its texts stay readable on a phone. */
interface Frame {
  readonly left: number;
  readonly wide: number;
}

function frameOf(pageWidth: number): Frame {
  return pageWidth < 600 ? { left: 118, wide: Math.max(260, pageWidth - 64) } : { left: 150, wide: 600 };
}

export function waterfallChart(
  { old, new: next, parts }: WaterfallView,
  texts: Readonly<Record<string, string>>,
  title: string,
): HTMLElement {
  if (old === null || next === null || parts === null) return h('div');
  const steps = Object.entries(parts).filter(([, value]) => value !== 0);
  const levels = [old];
  for (const [, value] of steps) levels.push((levels.at(-1) as number) + value);
  const [least, most] = [Math.min(...levels, next), Math.max(...levels, next)];
  const spread = most - least || Math.abs(most) || 1;
  const from = least - spread * 0.35;
  const frame = frameOf(window.innerWidth);
  const { left, wide } = frame;
  const x = (value: number) => left + ((value - from) / (most + spread * 0.25 - from)) * (wide - left);
  const rows = [
    totalRow(frame, 0, t('old'), x(old)),
    ...steps.map(([part, value], place) =>
      stepRow(
        frame,
        place + 1,
        named('part_', part),
        x(levels[place] as number),
        x(levels[place + 1] as number),
        value > 0,
        texts[part] ?? '',
      ),
    ),
    totalRow(frame, steps.length + 1, t('new'), x(next)),
  ];
  const height = (steps.length + 2) * ROW + 4;
  const svg = s(
    'svg',
    { class: 'waterfall', viewBox: `0 0 ${wide} ${height}`, role: 'img', 'aria-label': `${t('waterfall')}: ${title}` },
    ...rows.flat(),
  );
  return h('figure', { class: 'picture' }, svg, h('figcaption', { class: 'quiet' }, t('axis_note')));
}

function label({ left }: Frame, row: number, text: string): SVGElement {
  return s('text', { class: 'axis', x: left - 8, y: row * ROW + 17, 'text-anchor': 'end' }, text);
}

function totalRow(frame: Frame, row: number, name: string, end: number): SVGElement[] {
  return [
    label(frame, row, name),
    s('rect', {
      class: 'level',
      x: frame.left,
      y: row * ROW + 4,
      width: Math.max(1, end - frame.left),
      height: ROW - 7,
    }),
  ];
}

function stepRow(
  frame: Frame,
  row: number,
  name: string,
  from: number,
  to: number,
  isGain: boolean,
  text: string,
): SVGElement[] {
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const fits = right + 80 < frame.wide;
  return [
    label(frame, row, name),
    s('line', { class: 'link', x1: from, x2: from, y1: row * ROW - 3, y2: row * ROW + 4 }),
    s('rect', {
      class: isGain ? 'gain' : 'loss',
      x: left,
      y: row * ROW + 4,
      width: Math.max(1.5, right - left),
      height: ROW - 7,
    }),
    s(
      'text',
      { class: 'step', x: fits ? right + 5 : left - 5, y: row * ROW + 17, 'text-anchor': fits ? 'start' : 'end' },
      text,
    ),
  ];
}
