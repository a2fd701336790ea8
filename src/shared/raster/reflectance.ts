/**
 * How stored numbers of satellite products become reflectance: value = stored * scale + offset.
 *
 * Sources. Sentinel-2: ESA, products specification (S2 wiki, "Level-2A products"): reflectance =
 * (DN + BOA_ADD_OFFSET) / 10000, the offset 0 before processing baseline 04.00 and -1000 from it on, for L1C likewise
 * as RADIO_ADD_OFFSET; 0 is nodata. Reprocessed old scenes have baseline 05.00 and the offset, so the date of a scene
 * says nothing. Landsat Collection 2 Level 2: USGS, product guide: SR = DN * 0.0000275 - 0.2, fill 0; QA_PIXEL fill 1.
 */

/** What is known of one asset; null where nothing is said. */
export interface RadiometryFacts {
  readonly itemId: string;
  readonly collection: string | null;
  /** `s2:product_uri` or another name that holds `_N0511_`. */
  readonly productName: string | null;
  readonly constellation: string | null;
  readonly processingLevel: string | null;
  /** `02.14`, `05.11`, `0511`. */
  readonly baseline: string | null;
  /** Earth Search: the provider has subtracted the offset from the samples of its own copies. */
  readonly boaOffsetApplied: boolean | null;
  readonly landsatCollection: string | null;
  readonly landsatCorrection: string | null;
  readonly assetKey: string;
  readonly href: string;
  readonly mediaType: string | null;
  readonly commonName: string | null;
  /** Values that the metadata states for the band. */
  readonly scale: number | null;
  readonly offset: number | null;
  readonly nodata: number | 'nan' | 'inf' | '-inf' | null;
}

export interface Radiometry {
  /** null: nothing is known beyond the file's own tags. */
  readonly scale: number | null;
  readonly offset: number | null;
  readonly nodata: RadiometryFacts['nodata'];
  /** The rule that decided, in words. */
  readonly why: string;
  /** Why the decision may be wrong, or null. */
  readonly doubt: string | null;
}

const S2_SCALE = 0.0001;
const S2_OFFSET = -0.1;
/** Baseline 04.00 as a number. */
const FIRST_WITH_OFFSET = 400;

const LANDSAT_SCALE = 0.0000275;
const LANDSAT_OFFSET = -0.2;

/** Scale, offset and nodata of an asset, and the rule they come from. */
export function radiometry(facts: RadiometryFacts): Radiometry {
  if (isSentinel2(facts)) return isSentinel2Band(facts) ? sentinel2(facts) : stated(facts, 'no reflectance band');
  if (isLandsatLevel2(facts)) return landsat(facts);
  return stated(facts, 'no product with rules of its own');
}

function stated({ scale, offset, nodata }: RadiometryFacts, what: string): Radiometry {
  const says = scale === null && offset === null ? 'nothing is stated' : 'as stated for the band';
  return { scale, offset, nodata, why: `${what}: ${says}`, doubt: null };
}

function isSentinel2({ itemId, productName, constellation }: RadiometryFacts): boolean {
  if (/^sentinel[-_ ]?2$/i.test(constellation ?? '')) return true;
  return /^S2[A-D]_/.test(itemId) || /^S2[A-D]_MSI/.test(productName ?? '');
}

/** Common names of bands that hold reflectance; SCL, AOT, WVP and TCI have none or several. */
const REFLECTANCE_NAMES = /^(coastal|blue|green|red|rededge\d*|nir|nir08|nir09|cirrus|swir16|swir22)$/;
const S2_BAND = /(^|[_/-])B(0[1-9]|1[0-2]|8A)([_.-]|$)/;

function isSentinel2Band({ commonName, assetKey, href }: RadiometryFacts): boolean {
  if (commonName !== null) return REFLECTANCE_NAMES.test(commonName);
  return S2_BAND.test(assetKey) || S2_BAND.test(href.slice(href.lastIndexOf('/') + 1));
}

/** Level 1C is reflectance at the top of the atmosphere: the same numbers, another quantity. */
function productOf({ processingLevel, productName, itemId }: RadiometryFacts): string {
  const isL1c = /1C$/.test(processingLevel ?? '') || [productName, itemId].some((name) => /_MSIL1C_/.test(name ?? ''));
  return isL1c ? 'Sentinel-2 L1C, top of atmosphere' : 'Sentinel-2';
}

function sentinel2(facts: RadiometryFacts): Radiometry {
  const baseline = baselineOf(facts);
  const product = productOf(facts);
  const shared = { scale: facts.scale ?? S2_SCALE, nodata: facts.nodata ?? 0 };
  // The originals that such an item also names were not touched.
  const isOriginal = facts.mediaType === 'image/jp2' || /\.jp2$/i.test(facts.href);
  if (facts.boaOffsetApplied === true && !isOriginal) {
    // Earth Search still states -0.1 on these (its issue 9): the flag is the truth, the offset is in the samples.
    return { ...shared, offset: 0, why: `${product}: the provider has applied the offset`, doubt: null };
  }
  if (facts.offset !== null) {
    const why = `${product}: offset as stated for the band`;
    return { ...shared, offset: facts.offset, why, doubt: doubtOf(facts, baseline) };
  }
  if (baseline === null) {
    const doubt = 'the processing baseline is not known, and the offset depends on it';
    return { ...shared, offset: null, why: `${product}: no offset is stated`, doubt };
  }
  const offset = baseline >= FIRST_WITH_OFFSET ? S2_OFFSET : 0;
  return { ...shared, offset, why: `${product}: processing baseline ${shownBaseline(baseline)}`, doubt: null };
}

function doubtOf({ offset, boaOffsetApplied }: RadiometryFacts, baseline: number | null): string | null {
  // Earth Search, issues 66 and 71: scenes of 2022 and 2025 have the flag false and the offset applied all the same.
  if (boaOffsetApplied === false && offset !== 0) {
    return 'Earth Search marks some scenes as not shifted that are; half of their reflectances come out below 0';
  }
  if (baseline !== null && baseline >= FIRST_WITH_OFFSET && offset === 0 && boaOffsetApplied === null) {
    return `offset 0 is stated for baseline ${shownBaseline(baseline)}, whose products have ${S2_OFFSET}`;
  }
  return null;
}

/** The processing baseline as a number (5.11 is 511) from the property, else from the name of the product; or null. */
export function baselineOf({ baseline, productName, itemId }: RadiometryFacts): number | null {
  const given = /^(\d{2})\.?(\d{2})$/.exec(baseline?.trim() ?? '');
  const named = [productName, itemId].map((name) => /_N(\d{2})\.?(\d{2})(?=_|\.|$)/.exec(name ?? ''));
  const match = [given, ...named].find((found) => found !== null);
  return match === undefined ? null : Number(`${match?.[1]}${match?.[2]}`);
}

function shownBaseline(baseline: number): string {
  const digits = String(baseline).padStart(4, '0');
  return `${digits.slice(0, 2)}.${digits.slice(2)}`;
}

const LANDSAT_NAME = /^L[COTEM]0[4-9]_(L2S[PR])_\d{6}_\d{8}_\d{8}_(\d{2})_/;

function isLandsatLevel2({ itemId, collection, landsatCollection, landsatCorrection }: RadiometryFacts): boolean {
  const name = LANDSAT_NAME.exec(itemId);
  const number = landsatCollection ?? name?.[2] ?? null;
  if (name !== null && name[2] !== '02') return false;
  if (number !== null && number !== '02') return false;
  if (name !== null || /^L2S[PR]$/.test(landsatCorrection ?? '')) return number === '02';
  return /^landsat-c2-?l2/.test(collection ?? '');
}

function landsat(facts: RadiometryFacts): Radiometry {
  const file = facts.href.slice(facts.href.lastIndexOf('/') + 1);
  const isBand = /(^|_)SR_B[1-7](\.TIF)?$/i.test(file) || /^SR_B[1-7](\.TIF)?$/i.test(facts.assetKey);
  if (isBand) {
    return {
      scale: facts.scale ?? LANDSAT_SCALE,
      offset: facts.offset ?? LANDSAT_OFFSET,
      nodata: facts.nodata ?? 0,
      why:
        facts.scale === null && facts.offset === null
          ? 'Landsat Collection 2 Level 2, surface reflectance'
          : 'Landsat Collection 2 Level 2: as stated for the band',
      doubt: null,
    };
  }
  if (/QA_PIXEL(\.TIF)?$/i.test(file)) {
    return { scale: null, offset: null, nodata: facts.nodata ?? 1, why: 'Landsat Collection 2: bits', doubt: null };
  }
  return stated(facts, 'no surface reflectance band');
}
