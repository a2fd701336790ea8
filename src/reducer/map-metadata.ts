import { isLeftOutMap, type MapName } from '../shared/contracts/map-names.ts';
import { MAP_TEXTS } from '../shared/contracts/map-samples.ts';
import type { Plan } from '../shared/contracts/plan.ts';
import type { BlockStatistics } from '../shared/raster/map-blocks.ts';
import { roundFigure } from '../shared/units.ts';

/** @pure GDAL_METADATA of a map: what its band is, in which unit, and its statistics. Nothing of how the run was cut. */
export function mapMetadata(
  plan: Plan,
  name: MapName,
  statistics: readonly (BlockStatistics | null)[],
  cells: number,
): string {
  const { description, unit } = MAP_TEXTS[name];
  const items = [
    item('CITYSINK_MAP', name),
    item('CITYSINK_CITY', plan.city),
    item('CITYSINK_YEAR', String(plan.year)),
    item('DESCRIPTION', description, 'description'),
    ...(unit === null ? [] : [item('UNITTYPE', unit, 'unittype')]),
    ...(unit === null ? [] : statisticsItems(statistics, cells)),
    ...(name === 'class' ? plan.factors.classes.map((row) => item(`CLASS_${row.code}`, row.name)) : []),
    ...(isLeftOutMap(name) ? [item('CITYSINK_WITHOUT', plan.green === null ? 'soil' : 'soil, small green')] : []),
  ];
  return `<GDALMetadata>\n${items.join('\n')}\n</GDALMetadata>\n`;
}

/** `role`: the item is of the band, and GDAL takes it for more than text. */
function item(name: string, value: string, role?: string): string {
  const ofBand = role === undefined ? '' : ` sample="0" role="${role}"`;
  return `  <Item name="${name}"${ofBand}>${escaped(value)}</Item>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Of the valid cells of the full map; blocks in order, so that the same map has the same digits. */
function statisticsItems(blocks: readonly (BlockStatistics | null)[], cells: number): string[] {
  let [count, least, largest, sum, squares] = [0, Infinity, -Infinity, 0, 0];
  for (const block of blocks) {
    if (block === null) continue;
    count += block.count;
    sum += block.sum;
    squares += block.squares;
    least = Math.min(least, block.least);
    largest = Math.max(largest, block.largest);
  }
  if (count === 0) return [];
  const mean = sum / count;
  const figures: [string, number][] = [
    ['MINIMUM', least],
    ['MAXIMUM', largest],
    ['MEAN', mean],
    ['STDDEV', Math.sqrt(Math.max(0, squares / count - mean * mean))],
    ['VALID_PERCENT', (100 * count) / cells],
  ];
  return figures.map(([name, value]) => `  <Item name="STATISTICS_${name}" sample="0">${roundFigure(value)}</Item>`);
}
