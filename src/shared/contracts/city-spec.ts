/** What a user asks for, after reading: defaults filled in, every place an absolute URL. The schema stands in city-spec-schema.ts. */

import type { HotMonths } from '../carbon/evapotranspiration.ts';
import type { NdviMixture } from '../carbon/green-fraction.ts';
import type { RespirationModel } from '../carbon/respiration.ts';
import type { ZoneRule } from '../geo/packed-zones.ts';

export type AreaRule = 'plane' | 'ellipsoid';
/**
 * Which scene owns a cell where several have data: by the date of the object, by file name, or as the spec lists them
 * (those of a folder by name). Dates of objects change when data is copied, so `listed` is the default.
 */
export type SceneOrder = 'newest' | 'oldest' | 'name' | 'listed';

/** STAC items that name the scenes of a layer, and which of them are wanted. */
export interface StacSource {
  /** An item, an ItemCollection, a collection or catalog, a folder of items (ends in `/`); or the root of an API. */
  readonly url: string;
  /** Key of an asset, common name of a band, or role; null: the only raster of each item. */
  readonly asset: string | null;
  /** A date, or two with a slash between. */
  readonly datetime: string | null;
  /** Percent. */
  readonly maxCloudCover: number | null;
  /** West, south, east, north in degrees. */
  readonly bbox: readonly number[] | null;
  /** Set where `url` is an API to be searched. */
  readonly api: { readonly collections: readonly string[] } | null;
}

/** How pixels become cells where the grids differ. */
export type Resample = 'nearest' | 'mode' | 'bilinear' | 'average';

/** How several dates become one value a cell: the first in the layer's order, the greenest, or the middle of all. */
export type Composite = 'first' | 'max_ndvi' | 'median';

/** Which cells of a layer are kept, by codes or bits of another. */
export interface MaskSpec {
  /** A layer of the spec; null: the item's own classes of the kind that `own` names. */
  readonly layer: string | null;
  readonly own: 'scl' | 'qa_pixel' | null;
  /** Codes under which cells are kept, or null. */
  readonly keep: readonly number[] | null;
  /** Bits (from 0) that hide a cell where one of them is set, or null. */
  readonly dropBits: readonly number[] | null;
}

/** Where scenes of one layer come from and how their samples are to be read. */
export interface LayerSpec {
  /** Absolute URLs: files, prefixes ending in `/`, or globs. In file order of the spec. */
  readonly scenes: readonly string[];
  /** In place of scenes, which are empty then. */
  readonly stac?: StacSource;
  /** File-name glob applied to what a prefix lists. */
  readonly match: string | null;
  /** 1-based band number. */
  readonly band: number;
  /** Overrides the file's own nodata where set. */
  readonly nodata: number | 'nan' | null;
  /** value = (stored + offset) * scale, as Sentinel-2's own metadata has it; null: the file's or the product's. */
  readonly scale: number | null;
  readonly offset: number | null;
  readonly unit: string | null;
  /** Of soil: depth from the surface that values hold, or null. */
  readonly depthCm: number | null;
  /** Of soil: standard error over mean, the same for all cells at once; null: not known. Applied last, to what was measured. */
  readonly relativeSe: number | null;
  /** CRS of rasters that name none themselves, or null. */
  readonly crs: string | null;
  /** null: nearest for classes; average or bilinear for quantities, by the size of the pixels. */
  readonly resample: Resample | null;
  readonly order: SceneOrder;
  readonly composite: Composite;
  readonly mask: MaskSpec | null;
  readonly anonymous: boolean;
  readonly requesterPays: boolean;
}

/** Where zones come from, and what of their file is used. */
export interface ZoneSource {
  readonly url: string;
  readonly id: string | null;
  readonly label: string | null;
  readonly crs: string | null;
  /** Layer of a file that has several; absent: its only one. */
  readonly layer?: string;
}

/** Green spaces inside of built-up land. */
export interface GreenSpec {
  readonly minHa: number;
  readonly smallHa: number;
  readonly connectivity: 4 | 8;
  /** What shows green: classes of the land cover, the NDVI, or a layer of codes. */
  readonly from: 'classes' | 'ndvi' | { readonly layer: string; readonly keep: readonly number[] };
  /** NDVI from which a cell is green. */
  readonly ndviMin: number | 'otsu';
  readonly closingM: number;
  /** null: 1 ha, or less where cells are fine. */
  readonly holesHa: number | null;
  /** Rows of the factor table for small and larger patches; null: by name, else a cell keeps its class. */
  readonly small: number | null;
  readonly large: number | null;
  /** Green that is smaller than a cell, by NDVI; null: not looked for. */
  readonly mixture: NdviMixture | null;
}

/** NDVI that FPAR is scaled between; code null: of all classes that are not named. */
export interface NdviLimits {
  readonly code: number | null;
  readonly ndviMin: number;
  readonly ndviMax: number;
}

/** The flux by model from months of NDVI and climate. */
export interface CasaSpec {
  /** Names of layers of twelve months. `pet` null: by Thornthwaite. */
  readonly inputs: {
    readonly ndvi: string;
    readonly temperature: string;
    readonly precipitation: string;
    readonly radiation: string;
    readonly pet: string | null;
  };
  readonly fpar: 'linear' | readonly NdviLimits[];
  readonly respiration: RespirationModel;
  readonly coldStop: boolean;
  readonly halveOutside: boolean;
  readonly hotMonths: HotMonths;
}

/** Comparison with an earlier land cover. */
export interface ChangeSpec {
  readonly layer: string;
  readonly year: number;
  readonly price: {
    readonly perTC: number;
    readonly discountPercent: number;
    readonly changePercent: number;
    readonly currency: string;
  } | null;
}

export interface CitySpec {
  readonly city: string;
  readonly name: { readonly en: string; readonly zh?: string };
  readonly year: number;
  readonly zones: ZoneSource & { readonly rule: ZoneRule };
  readonly grid: {
    readonly crs: string;
    readonly resolution: number;
    /** A corner of a cell, x and y; null: the land cover's where its cells are the same, else 0, 0. */
    readonly origin: readonly [number, number] | null;
  } | null;
  /** null: ellipsoid for geographic grids, plane for projected ones. */
  readonly area: AreaRule | null;
  readonly landcover: LayerSpec;
  /** The other layers by name, in the order of the spec. */
  readonly layers: Readonly<Record<string, LayerSpec>>;
  readonly green: GreenSpec | null;
  readonly casa: CasaSpec | null;
  readonly change: ChangeSpec | null;
  /** Settings that the spec names and this version does not measure with; named in every result. */
  readonly unused: readonly string[];
  readonly factorsUrl: string;
  /** Confusion matrix of the land cover, or null. */
  readonly accuracyUrl: string | null;
  readonly emissions: { readonly tCo2: number; readonly year: number; readonly source: string } | null;
  readonly resultsUrl: string;
}
