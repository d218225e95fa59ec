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
  const lineEnd = document.text.indexOf("\n", start);
  const stop = lineEnd === -1 ? end : Math.min(end, lineEnd);
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
    const pair = node.items.find((item) => isPair(item) && keyText(item) === String(step)) as
      | Pair
      | undefined;
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
