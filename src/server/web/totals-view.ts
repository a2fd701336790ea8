/** @pure What the page reads of totals.json and manifest.json: the fields that it shows, and amounts by scenario. */

export interface CarbonView {
  readonly storage_tC: number | null;
  readonly sequestration_tC_yr: number | null;
}

export interface PoolsView extends CarbonView {
  readonly area_ha: number;
  readonly above_tC: number | null;
  readonly below_tC: number | null;
  readonly dead_tC: number | null;
  readonly soil_tC: number | null;
}

export interface TotalView extends PoolsView {
  readonly zone_area_ha: number;
  readonly coverage: number | null;
  readonly storage_tCO2: number | null;
  readonly sequestration_tCO2_yr: number | null;
}

export interface ZoneView {
  readonly zone: string;
  readonly name: string;
  readonly total: TotalView;
}

export interface IntervalView {
  readonly p2_5: number | null;
  readonly p97_5: number | null;
}

export interface IntervalsView {
  readonly storage_tC: IntervalView | null;
  readonly sequestration_tC_yr: IntervalView | null;
}

export interface ScenarioView extends CarbonView {
  readonly soil: boolean;
  readonly small_green: boolean | null;
  readonly offset_percent: number | null;
  readonly zones: readonly (CarbonView & { readonly zone: string })[];
}

export interface TotalsView {
  readonly warnings?: readonly string[];
  readonly factors?: readonly { readonly code: number; readonly nameZh?: string }[];
  readonly figures: {
    readonly zones: readonly ZoneView[];
    readonly city: {
      readonly classes: readonly (PoolsView & { readonly class: number; readonly name: string })[];
      readonly total: TotalView;
    };
    readonly offset: {
      readonly emissions_tCO2: number;
      readonly emissions_year: number;
      readonly offset_percent: number | null;
    } | null;
    readonly scenarios: { readonly rows: readonly ScenarioView[]; readonly summary: string };
    readonly uncertainty: {
      readonly scenarios: readonly (IntervalsView & { readonly soil: boolean; readonly small_green: boolean | null })[];
    } | null;
  };
}

export interface ManifestView {
  readonly status: string;
  readonly software: { readonly name: string; readonly version: string; readonly model: string };
  readonly inputs: {
    readonly spec: string;
    readonly scenes: readonly { readonly url: string; readonly etag: string }[];
    readonly zones: { readonly url: string };
    readonly factors: { readonly url: string };
  };
  readonly unread: readonly { readonly url: string; readonly code: string; readonly message: string }[];
  readonly causes: readonly { readonly code: string; readonly message: string }[];
  readonly warnings: readonly string[];
}

/** What counts: with soil or not, with small green spaces or not (null: they were not looked for). */
export interface Choice {
  readonly soil: boolean;
  readonly small: boolean | null;
}

/** The scenario of a choice; the whole where there is none such. */
export function scenarioOf({ figures }: TotalsView, { soil, small }: Choice): ScenarioView | null {
  const { rows } = figures.scenarios;
  return rows.find((row) => row.soil === soil && row.small_green === small) ?? rows.at(-1) ?? null;
}

/** Intervals of a scenario; null where the factor table has no errors. */
export function intervalsOf({ figures }: TotalsView, scenario: ScenarioView | null): IntervalsView | null {
  const rows = figures.uncertainty?.scenarios ?? [];
  return rows.find((row) => row.soil === scenario?.soil && row.small_green === scenario.small_green) ?? null;
}

export const MEASURES = ['storage', 'storage_ha', 'rate', 'rate_ha', 'coverage'] as const;
export type Measure = (typeof MEASURES)[number];

/** A zone's value of a measure in a scenario; null where there is none. Coverage in %. */
export function zoneValue(zone: ZoneView, scenario: ScenarioView | null, measure: Measure): number | null {
  const { area_ha: area, coverage } = zone.total;
  if (measure === 'coverage') return coverage === null ? null : coverage * 100;
  const row = scenario?.zones.find((one) => one.zone === zone.zone) ?? zone.total;
  const amount = measure.startsWith('storage') ? row.storage_tC : row.sequestration_tC_yr;
  if (amount === null || !measure.endsWith('_ha')) return amount;
  return area === 0 ? null : amount / area;
}
