/** Which rasters make each layer: dates of red and near infrared paired, masks joined to what they mask. Reads nothing. */

import type { CitySpec, LayerSpec, MaskSpec } from '../shared/contracts/city-spec.ts';
import type { PlannedLayer } from '../shared/contracts/plan-layers.ts';
import { type Problem, refuseIfAny } from '../shared/errors.ts';
import { radiometry } from '../shared/raster/reflectance.ts';
import type { Catalog, CatalogScene } from './catalog.ts';
import { productOf } from './imagery-names.ts';
import { monthScenes } from './month-scenes.ts';
import type { SceneUse } from './place-scenes.ts';

/** The rasters that may own cells together: one, or red and near infrared of one date, with the mask of that date. */
export interface DraftTake {
  readonly scenes: readonly SceneUse[];
  readonly mask: SceneUse | null;
  readonly date: string | null;
}

export interface DraftLayer {
  readonly name: string;
  readonly kind: PlannedLayer['kind'];
  readonly unit: string | null;
  readonly composite: PlannedLayer['composite'];
  /** As asked; null: chosen by the size of the pixels. */
  readonly resample: PlannedLayer['resample'] | null;
  readonly mask: PlannedLayer['mask'];
  readonly takes: readonly DraftTake[];
}

/** Codes of Sentinel-2's scene classification that are kept: dark, vegetation, bare, water, unclassified, snow. */
export const SCL_KEEP = [2, 4, 5, 6, 7, 11];
/** Bits of Landsat's QA_PIXEL that hide a cell: fill, dilated cloud, cirrus, cloud, cloud shadow. */
export const QA_PIXEL_DROP_BITS = [0, 1, 2, 3, 4];

type Catalogs = ReadonlyMap<string, Catalog>;

/**
 * All layers of a run, the land cover first, then masks, then what is measured.
 * Errors: REQUEST_INVALID where dates have no partner or rules contradict each other.
 */
export function draftLayers(spec: CitySpec, catalogs: Catalogs): DraftLayer[] {
  const problems: Problem[] = [];
  const drafting = new Drafting(spec, catalogs, problems);
  const layers = drafting.all();
  refuseIfAny(problems);
  return layers;
}

class Drafting {
  private readonly spec: CitySpec;
  private readonly catalogs: Catalogs;
  private readonly problems: Problem[];

  constructor(spec: CitySpec, catalogs: Catalogs, problems: Problem[]) {
    this.spec = spec;
    this.catalogs = catalogs;
    this.problems = problems;
  }

  all(): DraftLayer[] {
    const { landcover, layers } = this.spec;
    const masks = this.maskNames();
    const measured = Object.keys(layers).filter((name) => !masks.has(name));
    const hasNdvi = measured.includes('red') && measured.includes('nir');
    const months = measured.filter((name) => this.monthNames().has(name));
    const quantities = measured.filter(
      (name) => !months.includes(name) && (!hasNdvi || (name !== 'red' && name !== 'nir')),
    );
    const drafts = [
      this.single('landcover', landcover, 'classes'),
      ...(hasNdvi ? [this.ndvi()] : []),
      ...quantities.map((name) => this.single(name, layers[name] as LayerSpec, 'quantity')),
      ...months.map((name) => this.months(name, layers[name] as LayerSpec)),
    ];
    // Masks that go with each take are read with it; only those that mask a whole layer are layers of their own.
    const isWhole = (name: string) =>
      this.wholeLayers().includes(name) || drafts.some(({ mask }) => mask?.layer === name);
    const whole = [...masks].filter((name) => name !== 'landcover' && isWhole(name));
    const codes = whole.map((name) => this.single(name, layers[name] as LayerSpec, 'codes'));
    return [...drafts.slice(0, 1), ...codes, ...drafts.slice(1)];
  }

  /** Layers of codes that are needed cell by cell: what shows green, and an earlier land cover. */
  private wholeLayers(): string[] {
    const { green, change } = this.spec;
    const from = green?.from;
    return [...(typeof from === 'object' ? [from.layer] : []), ...(change === null ? [] : [change.layer])];
  }

  private maskNames(): ReadonlySet<string> {
    const all = [this.spec.landcover, ...Object.values(this.spec.layers)];
    const named = all.flatMap(({ mask }) => (mask?.layer == null ? [] : [mask.layer]));
    return new Set([...named, ...this.wholeLayers()]);
  }

  private scenes(name: string): readonly CatalogScene[] {
    return this.catalogs.get(name)?.scenes ?? [];
  }

  /** How many scenes of a layer could not be read. */
  private lost(name: string): number {
    return this.catalogs.get(name)?.unread.length ?? 0;
  }

  private single(name: string, layer: LayerSpec, kind: PlannedLayer['kind']): DraftLayer {
    const takes = this.scenes(name).map((scene) => ({
      scenes: [useOf(name, layer, kind, scene)],
      mask: null,
      date: dayOf(scene),
      key: scene.key,
      own: ownMaskUse(name, layer, scene),
    }));
    const { unit, composite, resample } = layer;
    return { name, kind, unit, composite, resample, ...this.masked(name, layer.mask, takes) };
  }

  /** Layers of twelve months that the flux by model is made from. */
  private monthNames(): ReadonlySet<string> {
    const { casa } = this.spec;
    return new Set(casa === null ? [] : Object.values(casa.inputs).filter((name) => name !== null));
  }

  private months(name: string, layer: LayerSpec): DraftLayer {
    const catalog = this.catalogs.get(name) ?? { scenes: [], unread: [] };
    const takes = monthScenes(name, layer, catalog, this.problems).map(({ scene, band }) => ({
      scenes: [{ ...useOf(name, layer, 'months', scene), band }],
      mask: null,
      date: dayOf(scene),
      key: scene.key,
      own: ownMaskUse(name, layer, scene),
    }));
    const { unit, resample } = layer;
    return { name, kind: 'months', unit, composite: 'first', resample, ...this.masked(name, layer.mask, takes) };
  }

  private ndvi(): DraftLayer {
    const { red, nir } = this.spec.layers as { readonly red: LayerSpec; readonly nir: LayerSpec };
    for (const key of ['mask', 'composite', 'resample'] as const) this.refuseContradiction(key, red, nir);
    const partners = this.pairs('red', 'nir');
    const takes = this.scenes('red').flatMap((scene) => {
      const partner = partners(scene);
      if (partner === null) return [];
      return {
        scenes: [useOf('red', red, 'ndvi', scene), useOf('nir', nir, 'ndvi', partner)],
        mask: null,
        date: dayOf(scene) ?? dayOf(partner),
        key: scene.key,
        own: ownMaskUse('red', red, scene) ?? ownMaskUse('nir', nir, partner),
      };
    });
    const composite = red.composite === 'first' ? nir.composite : red.composite;
    const resample = red.resample ?? nir.resample;
    const masked = this.masked('red', red.mask ?? nir.mask, takes);
    return { name: 'ndvi', kind: 'ndvi', unit: null, composite, resample, ...masked };
  }

  private refuseContradiction(key: 'mask' | 'composite' | 'resample', red: LayerSpec, nir: LayerSpec): void {
    const [a, b] = [red[key], nir[key]];
    const unset = key === 'composite' ? 'first' : null;
    if (a === unset || b === unset || JSON.stringify(a) === JSON.stringify(b)) return;
    this.problems.push({
      where: `layers.nir.${key}`,
      message: `red and nir make one NDVI and cannot differ in \`${key}\``,
      expected: JSON.stringify(a),
      found: JSON.stringify(b),
    });
  }

  /** The scene of another layer that is of the same date; two single scenes are of one date. */
  private pairs(name: string, other: string): (scene: CatalogScene) => CatalogScene | null {
    const [scenes, others] = [this.scenes(name), this.scenes(other)];
    const lost = this.lost(name) + this.lost(other);
    if (scenes.length === 1 && others.length === 1 && lost === 0) return () => others[0] ?? null;
    const byKey = new Map(others.map((scene) => [scene.key, scene]));
    if (byKey.size < others.length) this.problems.push(doubleDate(other, others));
    if (new Set(scenes.map(({ key }) => key)).size < scenes.length) this.problems.push(doubleDate(name, scenes));
    for (const [from, to] of [
      [name, other],
      [other, name],
    ] as const) {
      const keys = new Set(this.scenes(to).map(({ key }) => key));
      // A scene whose partner could not be read is known to be lost: the partner is among the unread inputs.
      if (this.lost(to) > 0) continue;
      const alone = this.scenes(from).filter(({ key }) => !keys.has(key));
      if (alone.length > 0) this.problems.push(lonely(from, to, alone));
    }
    return (scene) => byKey.get(scene.key) ?? null;
  }

  private masked(
    name: string,
    mask: MaskSpec | null,
    keyed: readonly (DraftTake & { readonly key: string; readonly own: SceneUse | null })[],
  ): Pick<DraftLayer, 'mask' | 'takes'> {
    const bare = keyed.map(({ scenes, date }) => ({ scenes, mask: null, date }));
    if (mask === null) return { mask: null, takes: bare };
    if (mask.own !== null) {
      const rule = ownRule(mask);
      const takes = keyed.map(({ scenes, date, own }) => ({ scenes, mask: own, date }));
      return { mask: { layer: null, ...rule }, takes };
    }
    const { keep, dropBits } = mask;
    const rule = { keep: keep === null ? null : [...keep], dropBits: dropBits === null ? null : [...dropBits] };
    const partners = this.maskPartners(name, mask.layer as string, keyed);
    if (partners === null) return { mask: { layer: mask.layer, ...rule }, takes: bare };
    // Dates whose mask could not be read are left out: the mask is among the unread inputs.
    const takes = keyed
      .map(({ scenes, date }, index) => ({ scenes, mask: partners[index] ?? null, date }))
      .filter((take) => take.mask !== null);
    return { mask: { layer: null, ...rule }, takes };
  }

  /** The mask of each date, or null where the mask layer is not by date and masks all dates alike. */
  private maskPartners(
    name: string,
    maskName: string,
    keyed: readonly { readonly key: string }[],
  ): (SceneUse | null)[] | null {
    const masks = this.scenes(maskName);
    const layer = this.spec.layers[maskName];
    const lost = this.lost(maskName);
    // One of several that alone could be read is no mask of the other dates.
    if (layer === undefined || masks.length + lost < 2) return null;
    const byKey = new Map(masks.map((scene) => [scene.key, scene]));
    const found = keyed.map(({ key }) => byKey.get(key));
    if (found.every((scene) => scene === undefined)) return null;
    if (lost === 0 && found.some((scene) => scene === undefined)) {
      const alone = this.scenes(name).filter(({ key }) => !byKey.has(key));
      this.problems.push(lonely(name, maskName, alone));
      return null;
    }
    return found.map((scene) => (scene === undefined ? null : useOf(maskName, layer, 'codes', scene)));
  }
}

function ownRule({ own, keep, dropBits }: MaskSpec): { keep: number[] | null; dropBits: number[] | null } {
  if (keep !== null) return { keep: [...keep], dropBits: null };
  if (dropBits !== null) return { keep: null, dropBits: [...dropBits] };
  return own === 'scl' ? { keep: SCL_KEEP, dropBits: null } : { keep: null, dropBits: QA_PIXEL_DROP_BITS };
}

function useOf(layerName: string, layer: LayerSpec, kind: SceneUse['kind'], scene: CatalogScene): SceneUse {
  const { info, raster, datetime } = scene;
  const named = kind === 'ndvi' && scene.radiometry === null ? radiometryByName(info.url) : null;
  return { layerName, layer, kind, info, raster, band: layer.band, datetime, radiometry: scene.radiometry ?? named };
}

/** What the name of a Sentinel-2 or Landsat product says of its bands; null for other names. */
function radiometryByName(url: string): SceneUse['radiometry'] {
  const product = productOf(url);
  if (product === null) return null;
  const nothing = {
    collection: null,
    constellation: null,
    processingLevel: null,
    baseline: null,
    boaOffsetApplied: null,
    landsatCollection: null,
    landsatCorrection: null,
    mediaType: null,
    commonName: null,
    scale: null,
    offset: null,
    nodata: null,
  };
  const assetKey = url.slice(url.lastIndexOf('/') + 1);
  return radiometry({ ...nothing, itemId: product, productName: product, assetKey, href: url });
}

function ownMaskUse(layerName: string, layer: LayerSpec, scene: CatalogScene): SceneUse | null {
  const { ownMask, ownMaskRaster, datetime } = scene;
  if (ownMask === null || ownMaskRaster === null) return null;
  // The layer's own nodata, band and scale are not those of the mask.
  const plain = { ...layer, nodata: null, band: 1, scale: null, offset: null };
  const shared = { layerName, layer: plain, kind: 'codes' as const, band: 1, datetime, radiometry: null };
  return { ...shared, info: ownMask, raster: ownMaskRaster };
}

function dayOf({ datetime }: CatalogScene): string | null {
  return datetime === null ? null : datetime.slice(0, 10);
}

const MOST_NAMED = 5;

function lonely(name: string, other: string, alone: readonly CatalogScene[]): Problem {
  const named = alone.slice(0, MOST_NAMED).map(({ info }) => info.url);
  const more = alone.length > MOST_NAMED ? ` and ${alone.length - MOST_NAMED} more` : '';
  return {
    where: `layers.${name}`,
    message: `${alone.length === 1 ? 'a scene has' : `${alone.length} scenes have`} no partner in layers.${other}`,
    expected:
      'for each the one of the same item, of the same text under the stars of `match`, or at the same place of the list',
    found: named.join(', ') + more,
  };
}

function doubleDate(name: string, scenes: readonly CatalogScene[]): Problem {
  const seen = new Set<string>();
  const double = scenes.find(({ key }) => seen.size === seen.add(key).size);
  return {
    where: `layers.${name}`,
    message: 'two scenes are of the same item or name, so that it is not known which belongs to the other layer',
    expected: 'one scene for each item, or for each text under the stars of `match`',
    found: double?.info.url ?? '',
  };
}
