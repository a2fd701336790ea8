/**
 * The ten classes that the model knows, with the codes that its factor tables give them. Land-cover products come to
 * them through crosswalks; the two urban ones come from green patches inside the built-up area, not from a product.
 */

export interface ModelClass {
  readonly code: number;
  readonly key: string;
  readonly name: string;
  readonly nameZh: string;
}

export const MODEL_CLASSES = [
  { code: 1, key: 'forest', name: 'Forest', nameZh: '森林' },
  { code: 2, key: 'shrub', name: 'Shrub', nameZh: '灌丛' },
  { code: 3, key: 'grass', name: 'Grass', nameZh: '草地' },
  { code: 4, key: 'cropland', name: 'Cropland', nameZh: '耕地' },
  { code: 5, key: 'wetland', name: 'Wetland', nameZh: '湿地' },
  { code: 6, key: 'water', name: 'Water', nameZh: '水体' },
  { code: 7, key: 'built-up', name: 'Built-up', nameZh: '建设用地' },
  { code: 8, key: 'bare', name: 'Bare land', nameZh: '裸地' },
  { code: 9, key: 'urban_green_large', name: 'Urban green, large', nameZh: '大型城市绿地' },
  { code: 10, key: 'urban_green_small', name: 'Urban green, small', nameZh: '小微城市绿地' },
] as const satisfies readonly ModelClass[];

export type ModelClassKey = (typeof MODEL_CLASSES)[number]['key'];

/** The model class of that key, or null. */
export function modelClassOf(key: string): ModelClass | null {
  return MODEL_CLASSES.find((known) => known.key === key) ?? null;
}

/** Keys of green patches inside of built-up land. */
export const URBAN_GREEN_LARGE = 'urban_green_large';
export const URBAN_GREEN_SMALL = 'urban_green_small';

/** Whether the name of a factor table's row is that of a model class, by its key or its English name. */
export function isNamed(name: string, key: ModelClassKey): boolean {
  const wanted = name.trim().toLowerCase();
  return wanted === key || wanted === modelClassOf(key)?.name.toLowerCase();
}
