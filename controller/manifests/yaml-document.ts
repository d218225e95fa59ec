import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type Scalar,
} from "yaml";
import type { Place } from "../core/manifest.ts";
import type { Path } from "./paths.ts";

/** One YAML document with the means to say where each of its fields stands. */
export interface YamlDocument {
  readonly file: string;
  readonly root: Node;
  readonly lines: LineCounter;
  readonly text: string;
}

export function yamlDocument(
  file: string,
  text: string,
  document: Document,
  lines: LineCounter,
): YamlDocument {
  return { file, text, lines, root: document.contents as Node };
}

/** Where the value at a path stands: the value itself when it is on one line, else its key. */
export function placeOf(document: YamlDocument, path: Path): Place {
  const found = find(document.root, path);
  const node = found.value ?? found.key;
  const onKey = found.key !== undefined && (node === undefined || isBlock(node));
  return placeOfNode(document, onKey ? found.key : node);
}

/** Where the key of the last step of a path stands; the value in a list. */
export function keyPlaceOf(document: YamlDocument, path: Path): Place {
  const found = find(document.root, path);
  return placeOfNode(document, found.key ?? found.value);
}

/** The scalar at a path, for its source text. */
export function scalarAt(document: YamlDocument, path: Path): Scalar | undefined {
  const { value } = find(document.root, path);
  return isScalar(value) ? value : undefined;
}

/** Line and column, from 1, of an offset; `length` ends with the line. */
export function placeAt(document: YamlDocument, start: number, end: number): Place {
  const { line, col } = document.lines.linePos(start);
  // Looked up and not searched for: a file may be one line of half a megabyte.
  const nextLine = document.lines.lineStarts[line];
  const stop = nextLine === undefined ? end : Math.min(end, nextLine - 1);
  const length = document.text.slice(start, stop).trimEnd().length;
  return {
    origin: { file: document.file, line: Math.max(1, line), column: Math.max(1, col) },
    length: Math.max(1, length),
  };
}

interface Found {
  readonly key?: Node;
  readonly value?: Node;
}

/** The node at a path, or the nearest parent that exists. */
function find(root: Node, path: Path): Found {
  let found: Found = { value: root };
  for (const step of path) {
    const next: Found | undefined = stepInto(found.value, step);
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

function stepInto(node: Node | undefined, step: string | number): Found | undefined {
  if (isMap(node)) {
    const pair = pairsOf(node).get(String(step));
    if (pair === undefined) return undefined;
    return {
      ...(pair.key === null ? {} : { key: pair.key as Node }),
      ...(hasRange(pair.value) ? { value: pair.value } : {}),
    };
  }
  if (!isSeq(node)) return undefined;
  const item = node.items[Number(step)];
  return hasRange(item) ? { value: item } : undefined;
}

const indexes = new WeakMap<Node, ReadonlyMap<string, Pair>>();

/** The pairs of a mapping by key, found once: what is wrong with each of ten thousand keys is asked key by key. */
function pairsOf(map: Node & { readonly items: readonly unknown[] }): ReadonlyMap<string, Pair> {
  const known = indexes.get(map);
  if (known !== undefined) return known;
  const pairs = new Map<string, Pair>();
  for (const item of map.items) {
    const key = isPair(item) ? keyText(item) : undefined;
    if (key !== undefined && !pairs.has(key)) pairs.set(key, item as Pair);
  }
  indexes.set(map, pairs);
  return pairs;
}

/** A key as text, in its own spelling: `1.20` stays `1.20`. */
export function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  return typeof pair.key.value === "string" ? pair.key.value : (pair.key.source ?? String(pair.key.value));
}

function hasRange(node: unknown): node is Node {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}

function isBlock(node: Node): boolean {
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

function placeOfNode(document: YamlDocument, node: Node | undefined): Place {
  const range = node?.range ?? document.root.range;
  return range ? placeAt(document, range[0], range[1]) : placeAt(document, 0, 1);
}
