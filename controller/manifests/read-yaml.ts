import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { type Diagnostic, fileDiagnostic } from "../core/diagnostic.ts";
import { decodeText } from "./decode-text.ts";
import { explainSyntax, type SyntaxFinding } from "./explain-syntax.ts";
import { keyText, placeAt, type YamlDocument, yamlDocument } from "./yaml-document.ts";

/** A document and the plain value it stands for. */
export interface ReadDocument {
  readonly document: YamlDocument;
  readonly value: unknown;
}

const caps = { depth: 64, nodes: 200_000, documents: 1_000 };
const plainTags = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

/**
 * Reads the documents of one file. Aliases, merge keys, tags, duplicate keys and what has no JSON form are
 * refused; a document with any of them is left out. Never throws, whatever the bytes are.
 */
export function readYaml(
  file: string,
  bytes: Uint8Array,
): { readonly documents: readonly ReadDocument[]; readonly diagnostics: readonly Diagnostic[] } {
  const text = decodeText(bytes);
  if (typeof text !== "string") {
    const { error, line, column } = text;
    const found = fileDiagnostic(file, "not-utf8", error, "Save it as UTF-8.");
    return { documents: [], diagnostics: [{ ...found, origin: { file, line, column } }] };
  }
  const lines = new LineCounter();
  // Counted before anything is parsed: to parse ten thousand documents takes a second.
  const parsed = countMarkers(text) > caps.documents ? undefined : parse(text, lines);
  if (parsed === undefined || parsed.length > caps.documents) {
    const message = "the file is nested too deeply or has too many documents";
    return { documents: [], diagnostics: [fileDiagnostic(file, "yaml-too-complex", message, limits)] };
  }
  const documents: ReadDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const one of parsed) {
    const document = yamlDocument(file, text, one, lines);
    const found = firstPerLine(explainSyntax(text, one).map((finding) => syntaxProblem(document, finding)));
    if (found.length === 0 && isNode(one.contents)) {
      if (isScalar(one.contents) && one.contents.value === null) continue;
      const value = convert({ document, found, nodes: 0 }, one.contents, 0);
      if (found.length === 0) documents.push({ document, value });
    }
    diagnostics.push(...found.slice(0, 100));
  }
  return { documents, diagnostics };
}

const limits = `At most ${caps.documents} documents in a file and ${caps.depth} levels in a document.`;

/** Lines that begin a document, whatever they stand in. */
function countMarkers(text: string): number {
  return text.match(/^---(?=\s|$)/gm)?.length ?? 0;
}

function parse(text: string, lineCounter: LineCounter) {
  try {
    const parsed = parseAllDocuments(text, {
      lineCounter,
      // Its own check compares each key with each other one; convertMap finds duplicates in one pass.
      uniqueKeys: false,
      merge: false,
      version: "1.2",
      schema: "core",
      prettyErrors: false,
      logLevel: "error",
    });
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    // The parser recurses; what overflows it is too deep for us anyway.
    return undefined;
  }
}

interface Conversion {
  readonly document: YamlDocument;
  readonly found: Diagnostic[];
  nodes: number;
}

/** The plain value of a node; `undefined` when something in it was refused. */
function convert(state: Conversion, node: unknown, depth: number): unknown {
  if (node === null || node === undefined) return null;
  if (!isNode(node)) return undefined;
  state.nodes += 1;
  if (depth > caps.depth || state.nodes > caps.nodes) {
    if (state.nodes <= caps.nodes + 1)
      refuse(state, node, "yaml-too-complex", "the document is nested too deeply or too long", limits);
    state.nodes = caps.nodes + 2;
    return undefined;
  }
  if (isAlias(node)) {
    refuse(
      state,
      node,
      "yaml-alias",
      "aliases are not allowed",
      "Write the value out; the file then says what it means.",
    );
    return undefined;
  }
  if (node.tag !== undefined && !plainTags.test(node.tag)) {
    refuse(state, node, "yaml-tag", "tags are not allowed", "Write the plain value.");
    return undefined;
  }
  if (isMap(node)) return convertMap(state, node, depth);
  if (isSeq(node)) return node.items.map((item) => convert(state, item, depth + 1));
  return isScalar(node) ? convertScalar(state, node) : undefined;
}

function convertMap(state: Conversion, node: Node & { items: unknown[] }, depth: number): unknown {
  const entries = new Map<string, unknown>();
  for (const pair of node.items) {
    if (!isPair(pair)) continue;
    const key = keyText(pair);
    const keyNode = isNode(pair.key) ? pair.key : node;
    if (key === undefined || (isScalar(pair.key) && pair.key.value === null)) {
      refuse(
        state,
        keyNode,
        "yaml-key",
        "a key must be a plain word",
        "Lists, mappings and nothing cannot be keys.",
      );
    } else if (key === "<<") {
      refuse(state, keyNode, "yaml-merge-key", "merge keys are not allowed", "Write the fields out.");
    } else if (entries.has(key)) {
      const message = `"${key}" is already set in the same mapping`;
      refuse(state, keyNode, "yaml-duplicate-key", message, "Keep one of them.");
    } else {
      entries.set(key, convert(state, pair.value, depth + 1));
    }
  }
  // fromEntries defines properties, so that a key called __proto__ stays an ordinary key.
  return Object.fromEntries(entries);
}

function convertScalar(state: Conversion, node: Node & { value: unknown; source?: string }): unknown {
  const { value } = node;
  if (typeof value === "number" && !Number.isFinite(value)) {
    refuse(
      state,
      node,
      "yaml-number",
      `${node.source ?? value} is not a number that can be sent`,
      "Quote it if it is a text.",
    );
    return undefined;
  }
  if (typeof value === "bigint") return Number(value);
  return value;
}

function refuse(state: Conversion, node: Node, rule: string, message: string, detail: string): void {
  const range = node.range ?? [0, 1, 1];
  state.found.push({
    severity: "error",
    rule,
    ...placeAt(state.document, range[0], range[1]),
    message,
    subject: "",
    detail: [detail],
  });
}

/** One mistake makes the parser complain several times about one line. */
function firstPerLine(found: readonly Diagnostic[]): Diagnostic[] {
  const lines = new Map<number, Diagnostic>();
  for (const diagnostic of found) {
    const { line } = diagnostic.origin;
    if (!lines.has(line)) lines.set(line, diagnostic);
  }
  return [...lines.values()];
}

function syntaxProblem(document: YamlDocument, { message, detail, start, end }: SyntaxFinding): Diagnostic {
  const place = placeAt(document, start, end);
  return { severity: "error", rule: "yaml-syntax", ...place, message, subject: "", detail: [detail] };
}
