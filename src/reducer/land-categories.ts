import { isCropName } from './flux-model.ts';

/**
 * @pure Land categories of the IPCC (2006 Guidelines, volume 4, chapter 3; 3.B of the reporting tables), by the names of classes:
 * those of the model and of common products. A name that fits none has none, and is left out by name.
 */

export const LAND_CATEGORIES = [
  { code: '3B1', name: 'Forest land' },
  { code: '3B2', name: 'Cropland' },
  { code: '3B3', name: 'Grassland' },
  { code: '3B4', name: 'Wetlands' },
  { code: '3B5', name: 'Settlements' },
  { code: '3B6', name: 'Other land' },
] as const;

export type LandCategory = (typeof LAND_CATEGORIES)[number]['code'];

/** In the order of trial. Urban green is settlement, and shrubland grassland, as the guidelines count what is below the limits of forest. */
const PATTERNS: readonly (readonly [LandCategory, RegExp])[] = [
  ['3B5', /\burban|built|settlement|artificial|impervious|城市|城镇|建设|建成|不透水/i],
  ['3B4', /wetland|water|mangrove|marsh|swamp|peat|flooded|湿地|水体|红树/i],
  ['3B1', /forest|tree|wood|森林|林地|乔木/i],
  ['3B3', /grass|shrub|scrub|pasture|rangeland|meadow|草|灌/i],
  ['3B6', /bare|barren|sparse|snow|ice\b|desert|rock|moss|lichen|裸|冰|雪|荒漠/i],
];

/** null: the name fits no category. */
export function landCategoryOf(name: string): LandCategory | null {
  const settled = PATTERNS.slice(0, 1).find(([, pattern]) => pattern.test(name));
  if (settled === undefined && isCropName(name)) return '3B2';
  return PATTERNS.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}
