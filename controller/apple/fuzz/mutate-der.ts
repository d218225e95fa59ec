import fc from "fast-check";
import { children, type Der, readDer } from "../wire/der.ts";

interface Tree {
  readonly tag: number;
  readonly inside: Buffer | readonly Tree[];
}

/** Messages near these seeds whose lengths are right all the way down, so that the meaning is what breaks. */
export function derMutations(seeds: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  const trees = seeds.map((seed) => parse(readDer(seed)));
  const change = fc.record({
    kind: fc.constantFrom("tag", "content", "empty", "drop", "double", "graft"),
    at: fc.noBias(fc.nat(99_999)),
    from: fc.noBias(fc.nat(99_999)),
    byte: fc.nat(255),
  });
  return fc
    .tuple(fc.constantFrom(...trees), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([tree, changes]) => encode(changes.reduce(apply, tree)));
}

interface Change {
  readonly kind: string;
  readonly at: number;
  readonly from: number;
  readonly byte: number;
}

function apply(tree: Tree, change: Change): Tree {
  const all = flatten(tree);
  const target = all[change.at % all.length] ?? tree;
  const donor = all[change.from % all.length] ?? tree;
  return replace(tree, target, altered(target, donor, change))[0] ?? { tag: 0x30, inside: [] };
}

/** What stands in the place of an element afterwards: none, one or two. */
function altered(target: Tree, donor: Tree, { kind, byte, from }: Change): readonly Tree[] {
  switch (kind) {
    case "tag":
      return [{ ...target, tag: (byte & 0x1f) === 0x1f ? byte & 0xfe : byte }];
    case "content":
      return [
        Buffer.isBuffer(target.inside) ? { ...target, inside: changed(target.inside, from, byte) } : target,
      ];
    case "empty":
      return [{ ...target, inside: Buffer.alloc(0) }];
    case "drop":
      return [];
    case "double":
      return [target, target];
    default:
      return [donor];
  }
}

function changed(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[at % copy.length] = byte;
  return copy;
}

function replace(tree: Tree, target: Tree, by: readonly Tree[]): readonly Tree[] {
  if (tree === target) return by;
  if (Buffer.isBuffer(tree.inside)) return [tree];
  return [{ ...tree, inside: tree.inside.flatMap((inner) => replace(inner, target, by)) }];
}

function flatten(tree: Tree): Tree[] {
  return Buffer.isBuffer(tree.inside) ? [tree] : [tree, ...tree.inside.flatMap(flatten)];
}

function parse(element: Der): Tree {
  const constructed = (element.tag & 0x20) !== 0;
  return {
    tag: element.tag,
    inside: constructed ? children(element).map(parse) : Buffer.from(element.content),
  };
}

function encode(tree: Tree): Buffer {
  const content = Buffer.isBuffer(tree.inside) ? tree.inside : Buffer.concat(tree.inside.map(encode));
  return Buffer.concat([Buffer.from([tree.tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100
    ? [0x81, length]
    : length < 0x1_0000
      ? [0x82, length >> 8, length & 0xff]
      : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
}
