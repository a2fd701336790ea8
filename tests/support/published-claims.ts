/**
 * Whether the figures of a study go together: totals and densities of one city must speak of one area, and an offset is
 * uptake over emissions. Figures that don't are no yardstick for others.
 */

/** As printed, in carbon (not CO2); null: not printed. */
export interface PublishedClaims {
  /** t C. */
  readonly storageT: number | null;
  /** t C/ha. */
  readonly densityTHa: number | null;
  /** t C/yr. */
  readonly sequestrationT: number | null;
  /** t C/ha/yr. */
  readonly rateTHa: number | null;
  /** t C/yr. */
  readonly emissionsT: number | null;
  readonly offsetPercent: number | null;
}

/** Share by which areas may differ: a rate printed as 2.16 is known to 0.23 %. */
const AREA_SLACK = 0.005;
/** Share by which an offset may differ from what follows: emissions are often printed with two digits. */
const OFFSET_SLACK = 0.01;

/** What does not go together, in sentences; empty where all does that can be told. */
export function checkClaims(claims: PublishedClaims): string[] {
  return [...areaProblems(claims), ...offsetProblems(claims)];
}

function areaProblems({ storageT, densityTHa, sequestrationT, rateTHa }: PublishedClaims): string[] {
  const byStorage = ratio(storageT, densityTHa);
  const bySequestration = ratio(sequestrationT, rateTHa);
  if (byStorage === null || bySequestration === null || isNear(byStorage, bySequestration, AREA_SLACK)) return [];
  return [
    `inconsistent areas: ${storageT} t C at ${densityTHa} t C/ha are ${Math.round(byStorage)} ha, ${sequestrationT} t C/yr at ${rateTHa} t C/ha/yr are ${Math.round(bySequestration)} ha`,
  ];
}

function offsetProblems({ sequestrationT, emissionsT, offsetPercent }: PublishedClaims): string[] {
  const share = ratio(sequestrationT, emissionsT);
  if (share === null || offsetPercent === null || isNear(share * 100, offsetPercent, OFFSET_SLACK)) return [];
  return [
    `inconsistent offset: ${sequestrationT} of ${emissionsT} t C/yr are ${(share * 100).toFixed(2)} %, not ${offsetPercent} %`,
  ];
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

function isNear(a: number, b: number, slack: number): boolean {
  return Math.abs(a - b) <= slack * Math.max(Math.abs(a), Math.abs(b));
}
