/**
 * @pure One spec over another: keys and values are merged at every depth, lists and single values are replaced, and
 * `null` takes a key of the lower one away. A null with nothing to take away stays, and is a mistake that the schema tells.
 */
export function mergeSpecs(lower: unknown, upper: unknown): unknown {
  if (!isMapping(lower) || !isMapping(upper)) return upper;
  const merged = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    if (!merged.has(key)) merged.set(key, value);
    else if (value === null) merged.delete(key);
    else merged.set(key, mergeSpecs(merged.get(key), value));
  }
  // fromEntries makes `__proto__` a key like any other.
  return Object.fromEntries(merged);
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
