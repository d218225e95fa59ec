import { dirname } from "node:path";
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";

/** One value that somebody set, before it is read. */
export interface Given {
  /** Dotted, such as `device.tls.certFile`. */
  readonly name: string;
  readonly raw: unknown;
  /** For messages: `reeve.yaml:3:5`, `REEVE_SOURCE__URL` or `--set source.url`. */
  readonly place: string;
  /** The folder that relative paths start from. */
  readonly base: string;
  readonly isFlag?: boolean;
  /** Where a part of the value stands, or the nearest thing around it; absent where a value has no parts. */
  readonly placeOf?: (path: readonly (string | number)[]) => string;
  /** How a suggested name is written where this value was set. */
  readonly spell?: (name: string) => string;
}

/**
 * The leaves of a YAML file, and what stands for one of the known settings as it is; what is no plain mapping becomes a
 * problem. Numbers stay as they are written. No problem quotes a value: it may be a password without quotes.
 */
export function givenByFile(
  file: string,
  text: string,
  known: ReadonlyMap<string, unknown>,
  problems: string[],
): readonly Given[] {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    schema: "core",
    customTags: [],
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/File$/, ""));
  for (const { code, pos } of document.errors)
    problems.push(
      `${place(pos[0])}: this is no YAML that can be read (${code}): quote what is no plain word`,
    );
  for (const { kind, name, offset } of markedIn(document, isKnown))
    problems.push(
      `${place(offset)}: ${name === "" ? "" : `${name}: `}${kind} are not allowed: quote a text that begins with & or * or !`,
    );
  if (problems.length > 0 || document.contents === null) return [];
  const found: Given[] = [];
  const walk = (node: unknown, prefix: string): void => {
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      const name = prefix + String(isScalar(key) ? key.value : key);
      const at = place(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
      if (isMap(value) && !isKnown(name)) walk(value, `${name}.`);
      else found.push({ name, raw: plain(value), place: at, base: dirname(file), ...partsOf(value, place) });
    }
  };
  if (!isMap(document.contents)) problems.push(`${file}:1:1: expected settings such as "source:"`);
  walk(document.contents, "");
  // `x:` with nothing below it sets nothing.
  return found.filter(({ raw }) => raw !== null);
}

interface Marked {
  readonly kind: "aliases" | "anchors" | "tags";
  /** The setting that it stands in. */
  readonly name: string;
  readonly offset: number;
}

/** What YAML takes for more than a value. Of a password without quotes it is a part, or the whole of it. */
function markedIn(document: Document, isKnown: (name: string) => boolean): readonly Marked[] {
  const found: Marked[] = [];
  visit(document, (_key, node, above) => {
    if (!isNode(node)) return;
    const kind = markOf(node);
    if (kind === undefined) return;
    const pairs = above.filter(isPair);
    const keys = pairs.map(({ key }) => (isScalar(key) ? String(key.value) : ""));
    // What stands below a setting is no name of ours, and may be the value itself.
    const end = keys.findIndex((_, index) => isKnown(keys.slice(0, index + 1).join(".")));
    const name = keys.slice(0, end === -1 ? keys.length : end + 1).join(".");
    const key = pairs.at(-1)?.key;
    const nearest = isSeq(above.at(-1)) || !isNode(key) ? node : key;
    found.push({ kind, name, offset: nearest.range?.[0] ?? 0 });
  });
  return found;
}

function markOf(node: Node): Marked["kind"] | undefined {
  if (isAlias(node)) return "aliases";
  if (!isCollection(node) && !isScalar(node)) return undefined;
  return node.anchor !== undefined ? "anchors" : node.tag !== undefined ? "tags" : undefined;
}

function partsOf(value: unknown, place: (offset: number) => string): Pick<Given, "placeOf"> {
  return isSeq(value) ? { placeOf: (path) => place(offsetOf(value, path) ?? 0) } : {};
}

/** Of the key where the path ends at one, else of the value. */
function offsetOf(node: unknown, path: readonly (string | number)[]): number | undefined {
  const [step, ...rest] = path;
  const own = isNode(node) ? node.range?.[0] : undefined;
  if (isSeq(node) && typeof step === "number") return offsetOf(node.items[step], rest) ?? own;
  const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined;
  if (pair === undefined) return own;
  return rest.length > 0 ? (offsetOf(pair.value, rest) ?? own) : isNode(pair.key) ? pair.key.range?.[0] : own;
}

function plain(value: unknown): unknown {
  return typeof value === "object" &&
    value !== null &&
    "toJSON" in value &&
    typeof value.toJSON === "function"
    ? value.toJSON()
    : (value ?? null);
}

/**
 * `REEVE_DEVICE__TLS__CERT_FILE` is `device.tls.certFile`. Variables without `__` are not settings, except
 * `REEVE_PERSONS`; `DATABASE_URL` is `store.databaseUrl`.
 */
export function givenByEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  base: string,
  names: readonly string[],
): readonly Given[] {
  const byVariable = new Map(
    names.flatMap((name) => [name, `${name}File`]).map((name) => [variableOf(name), name]),
  );
  const found: Given[] = [];
  if (env.DATABASE_URL)
    found.push({ name: "store.databaseUrl", raw: env.DATABASE_URL, place: "DATABASE_URL", base });
  for (const [variable, raw] of Object.entries(env).sort()) {
    if (raw === undefined || !(/^REEVE_\w+__/.test(variable) || byVariable.has(variable))) continue;
    const name = byVariable.get(variable) ?? nameOf(variable);
    found.push({ name, raw, place: variable, base, spell: variableOf });
  }
  return found;
}

/** The variable of a setting, such as `REEVE_SOURCE__URL`. */
export function variableOf(name: string): string {
  const words = name.split(".").map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return `REEVE_${words.join("__")}`;
}

function nameOf(variable: string): string {
  const parts = variable.slice("REEVE_".length).toLowerCase().split("__");
  return parts
    .map((part) => part.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()))
    .join(".");
}

/** Flags by dotted name. */
export function givenByFlags(flags: Readonly<Record<string, string>>, base: string): readonly Given[] {
  return Object.entries(flags).map(([name, raw]) => ({
    name,
    raw,
    place: `--set ${name}`,
    base,
    isFlag: true,
  }));
}
