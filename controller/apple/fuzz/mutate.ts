import fc from "fast-check";

/** Bytes near these seeds, where parsers break: flipped, cut, repeated, with other lengths; or any bytes. */
export function mutations(seeds: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom("set", "flip", "cut", "insert", "repeat", "length"),
    at: fc.noBias(fc.nat(99_999)).map((number) => number / 100_000),
    byte: fc.nat(255),
    size: fc.integer({ min: 1, max: 40 }),
  });
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([seed, changes]) => changes.reduce(apply, Buffer.from(seed)));
  return fc.oneof(
    { weight: 9, arbitrary: mutated },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  );
}

interface Change {
  readonly kind: string;
  readonly at: number;
  readonly byte: number;
  readonly size: number;
}

function apply(bytes: Buffer, { kind, at, byte, size }: Change): Buffer {
  const place = Math.min(Math.floor(at * bytes.length), Math.max(bytes.length - 1, 0));
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case "cut":
      return Buffer.concat([before, after.subarray(size)]);
    case "insert":
      return Buffer.concat([before, Buffer.alloc(size, byte), after]);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, size), after]);
    case "length":
      return Buffer.from(bytes.subarray(0, Math.floor(at * bytes.length)));
    default: {
      const copy = Buffer.from(bytes);
      copy[place] = kind === "set" ? byte : (copy[place] ?? 0) ^ (1 << (byte % 8));
      return copy;
    }
  }
}
