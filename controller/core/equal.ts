/** True when two values of plain data say the same: objects, arrays, maps, sets and primitives. Order of keys is no matter. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return equalArrays(a, b);
  if (a instanceof Set || b instanceof Set) return equalSets(a, b);
  if (a instanceof Map || b instanceof Map) return equalMaps(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(at(a, key), at(b, key)));
}

function at(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}

function equalArrays(a: object, b: object): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((one, index) => equal(one, b[index]));
}

function equalSets(a: object, b: object): boolean {
  return a instanceof Set && b instanceof Set && a.size === b.size && a.isSubsetOf(b);
}

function equalMaps(a: object, b: object): boolean {
  if (!(a instanceof Map) || !(b instanceof Map) || a.size !== b.size) return false;
  for (const [key, value] of a) if (!b.has(key) || !equal(value, b.get(key))) return false;
  return true;
}
