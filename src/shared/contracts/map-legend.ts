import { z } from 'zod';
import { classColours } from '../raster/class-colours.ts';
import type { CodeColour, Colouring, Hex } from '../raster/map-colours.ts';
import { MAP_NAMES, type MapName, PATCH_VALUE } from './map-names.ts';
import { MAP_TEXTS } from './map-samples.ts';
import type { Plan } from './plan.ts';

/**
 * maps/legends.json: what the colours of a run's pictures mean, in words and numbers. Reports, the page and programs read
 * it, so a picture has the same colours everywhere, and can be painted anew from the map.
 */

export const LEGENDS_SCHEMA = 'citysink-legends-1';

const hex = z.string().regex(/^#[0-9a-f]{6}$/);
const words = z.object({ en: z.string(), zh: z.string() });

const rangeSchema = z.object({
  low: z.number(),
  high: z.number(),
  colours: z.array(hex).min(2).max(16).readonly(),
  has_below: z.boolean(),
  has_above: z.boolean(),
});

const legendSchema = z.object({
  name: z.enum(MAP_NAMES),
  title: words,
  /** null: codes. */
  unit: z.string().nullable(),
  /** Cells of the map a pixel stands for, along a side; below 1 where cells are drawn larger. */
  cells_per_pixel: z.number().positive(),
  width_px: z.int(),
  height_px: z.int(),
  /** From low to high; null for codes, and where no cell has a value. */
  range: rangeSchema.nullable(),
  /** null for densities and rates. `pixels`: how many of the picture have it; small ones may only show closer up. */
  codes: z.array(z.object({ code: z.int(), name: words, colour: hex, pixels: z.int().nonnegative() })).nullable(),
});

/** How one map is coloured. */
export type MapLegend = z.infer<typeof legendSchema>;

const legendsSchema = z.object({ schema: z.literal(LEGENDS_SCHEMA), maps: z.array(legendSchema) });

/** Errors: ZodError where the stored legends have another form. */
export function parseLegends(data: unknown): MapLegend[] {
  return legendsSchema.parse(data).maps;
}

/** Names of maps for people. */
const MAP_TITLES: Readonly<Record<MapName, { readonly en: string; readonly zh: string }>> = {
  storage: { en: 'Storage', zh: '碳储量' },
  above: { en: 'Storage above ground', zh: '地上碳储量' },
  below: { en: 'Storage below ground', zh: '地下碳储量' },
  dead: { en: 'Storage in dead matter', zh: '枯死物碳储量' },
  soil: { en: 'Storage in soil', zh: '土壤碳储量' },
  sequestration: { en: 'Sequestration', zh: '年固碳量' },
  class: { en: 'Land cover', zh: '土地覆被' },
  green_patches: { en: 'Green patches inside of built-up land', zh: '建成区内的绿地斑块' },
  left_out_storage: { en: 'Storage in soil and small green', zh: '土壤与小型绿地的碳储量' },
  left_out_sequestration: { en: 'Sequestration of soil and small green', zh: '土壤与小型绿地的年固碳量' },
};

/** Without small green where the spec finds none: then the maps of what is left out are of soil alone. */
const SOIL_ONLY: Readonly<Partial<typeof MAP_TITLES>> = {
  left_out_storage: { en: 'Storage in soil, by square of 1 km', zh: '土壤碳储量（1 公里格网）' },
  left_out_sequestration: { en: 'Sequestration of soil, by square of 1 km', zh: '土壤年固碳量（1 公里格网）' },
};

export type LegendText = Pick<MapLegend, 'name' | 'title' | 'unit'>;

/** Name and unit of a map of a run. */
export function legendText(name: MapName, { green }: Pick<Plan, 'green'>): LegendText {
  const title = (green === null ? SOIL_ONLY[name] : undefined) ?? MAP_TITLES[name];
  return { name, title, unit: MAP_TEXTS[name].unit };
}

/** From none to large. */
const PATCHES: readonly { readonly code: number; readonly name: { en: string; zh: string }; readonly colour: Hex }[] = [
  { code: PATCH_VALUE.none, name: { en: 'No green patch', zh: '无绿地斑块' }, colour: '#e9e6df' },
  { code: PATCH_VALUE.belowMin, name: { en: 'Too small to count', zh: '过小，不计入' }, colour: '#f0c75e' },
  { code: PATCH_VALUE.small, name: { en: 'Small green space', zh: '小型绿地' }, colour: '#2f9e7a' },
  { code: PATCH_VALUE.large, name: { en: 'Large green space', zh: '大型绿地' }, colour: '#124d52' },
];

/** Colours and names of the codes of a map; null for densities and rates. */
export function codesOf(
  name: MapName,
  { factors }: Pick<Plan, 'factors'>,
): Omit<NonNullable<MapLegend['codes']>[number], 'pixels'>[] | null {
  if (name === 'green_patches') return PATCHES.map((one) => ({ ...one }));
  if (name !== 'class') return null;
  const rows = factors.classes;
  const colours = classColours(rows);
  return rows.map(({ code, name: en, nameZh }, index) => ({
    code,
    name: { en: en || String(code), zh: nameZh || en || String(code) },
    colour: colours[index]?.colour ?? '#000000',
  }));
}

/** null: no cell has a value, so there is nothing to paint. */
export function colouringOf({
  range,
  codes,
}: {
  readonly range: MapLegend['range'];
  readonly codes: readonly CodeColour[] | null;
}): Colouring | null {
  if (codes !== null) return { range: null, codes };
  return range === null ? null : { range, codes: null };
}
