import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const read = (path: string): string => readFileSync(join(EXAMPLES, path), 'utf8');

describe.each(globSync('*/spec.yaml', { cwd: EXAMPLES }))('examples/%s', (path) => {
  const spec = parseYaml(read(path));
  const near = (url: string): string => read(join(dirname(path), url));

  test('names zones with the identifier that it says they have, and a factor table with unique classes', () => {
    const { features } = JSON.parse(near(spec.zones.url)) as { features: { properties: Record<string, unknown> }[] };
    const ids = features.map(({ properties }) => properties[spec.zones.id]);
    expect(ids.every((id) => typeof id === 'string')).toBe(true);
    expect(new Set(ids).size).toBe(features.length);
    const rows: Record<string, string>[] = parseCsv(near(spec.factors), { columns: true });
    const codes = rows.map((row) => row.class ?? row.lucode);
    expect(codes.every((code) => /^\d+$/.test(code ?? ''))).toBe(true);
    expect(new Set(codes).size).toBe(rows.length);
  });

  test('writes its results outside of the examples', () => {
    expect(spec.results).toMatch(/^\.\.\/\.\.\/\.citysink\//);
  });
});
