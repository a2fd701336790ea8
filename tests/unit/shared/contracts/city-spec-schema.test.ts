import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { citySpecJsonSchema } from '../../../../src/shared/contracts/city-spec-schema.ts';

type Node = Record<string, unknown>;

/** Keys of a JSON Schema without description, as dotted paths. */
function undescribed(schema: Node, path = ''): string[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Node>);
  const own = properties.filter(([, node]) => typeof node.description !== 'string').map(([key]) => `${path}${key}`);
  const below = properties.flatMap(([key, node]) => undescribed(node, `${path}${key}.`));
  const options = ((schema.anyOf ?? []) as Node[]).flatMap((option) => undescribed(option, path));
  return [...own, ...below, ...options];
}

describe('citySpecJsonSchema', () => {
  const schema = citySpecJsonSchema();

  it('is draft 2020-12 and describes every key', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(undescribed(schema)).toEqual([]);
  });

  it('refuses unknown keys and requires what has no default', () => {
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['city', 'year', 'zones', 'layers', 'factors']);
  });

  it('is what docs/city-spec.schema.json says', () => {
    const file = join(import.meta.dirname, '../../../../docs/city-spec.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(schema);
  });
});
