import { type ClassFactors, type Coefficient, QUALITY_TAGS, type QualityTag, type RowProvenance } from './factors.ts';

/** Where the numbers of a factor table come from, and how far they can be trusted. */

/**
 * Tags of a cell: words parted by spaces, `soil=derived` for one coefficient, `read` for all that are not named.
 * null where a word is neither.
 */
export function parseTags(cell: string, coefficients: readonly Coefficient[]): RowProvenance['tags'] | null {
  const named: Partial<Record<Coefficient, QualityTag>> = {};
  let rest: QualityTag | null = null;
  for (const word of cell.split(/\s+/).filter((part) => part !== '')) {
    const [left = '', right] = word.toLowerCase().split('=');
    const tag = QUALITY_TAGS.find((known) => known === (right ?? left));
    if (tag === undefined) return null;
    const coefficient = coefficients.find((known) => known === left);
    if (right === undefined) rest = tag;
    else if (coefficient === undefined) return null;
    else named[coefficient] = tag;
  }
  const filled = coefficients.flatMap((name) => {
    const tag = named[name] ?? rest;
    return tag === null ? [] : [[name, tag] as const];
  });
  return Object.fromEntries(filled);
}

/** The cell that parseTags reads back: the commonest tag alone, the others by name. */
export function formatTags(tags: RowProvenance['tags'], coefficients: readonly Coefficient[]): string {
  const present = coefficients.flatMap((name) => (tags[name] === undefined ? [] : [[name, tags[name]] as const]));
  const count = (tag: QualityTag) => present.filter(([, found]) => found === tag).length;
  const commonest =
    present.length === coefficients.length ? [...QUALITY_TAGS].sort((a, b) => count(b) - count(a))[0] : null;
  const others = present.filter(([, tag]) => tag !== commonest).map(([name, tag]) => `${name}=${tag}`);
  return [...(present.length > 0 && commonest ? [commonest] : []), ...others].join(' ');
}

/** What every run with such a table says: numbers from memory, and soils of different depths. */
export function provenanceWarnings(
  classes: readonly ClassFactors[],
  provenance: readonly RowProvenance[],
  file: string,
): string[] {
  const names = new Map(classes.map(({ code, name }) => [code, `${name} (${code})`]));
  const recalled = provenance.flatMap(({ code, tags }) => {
    const found = Object.entries(tags).flatMap(([name, tag]) => (tag === 'recalled' ? [name] : []));
    return found.length === 0 ? [] : [`${names.get(code)}: ${found.join(', ')}`];
  });
  const warnings =
    recalled.length === 0 ? [] : [`${file}: numbers from memory, no source was read: ${recalled.join('; ')}`];
  const depths = soilDepths(classes, provenance);
  if (depths.size > 1) {
    const told = [...depths].map(([depth, codes]) => `${depth} (${codes.map((code) => names.get(code)).join(', ')})`);
    warnings.push(`${file}: soils of different depths are summed: ${told.join('; ')}`);
  }
  return warnings;
}

/** Classes by depth of their soil, `100 cm` or `not stated`; rows without carbon in soil do not matter. */
function soilDepths(classes: readonly ClassFactors[], provenance: readonly RowProvenance[]): Map<string, number[]> {
  const depths = new Map<string, number[]>();
  for (const [index, { code, soilDepthCm }] of provenance.entries()) {
    if ((classes[index]?.values.soil ?? 0) === 0) continue;
    const depth = soilDepthCm === null ? 'not stated' : `0-${soilDepthCm} cm`;
    depths.set(depth, [...(depths.get(depth) ?? []), code]);
  }
  return depths;
}
