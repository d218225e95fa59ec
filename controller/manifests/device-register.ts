import { quote } from "../core/check/describe-value.ts";
import { didYouMean, listed } from "../core/check/nearest.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { Manifest, Place } from "../core/manifest.ts";
import { type Cell, fileError, readCsv, type Table } from "./csv.ts";
import { explainErrors, type Locator } from "./explain-errors.ts";
import type { Path } from "./paths.ts";
import { schemaErrors } from "./schema-validator.ts";
import { readSchema, type Schema, schemaFileOf } from "./schemas.ts";

const identities = ["serial", "imei", "enterpriseSpecificId", "enrollmentId"] as const;

/** The path of a Device's field for each column; `tag.NAME` becomes `spec.tags.NAME`. */
const columns: ReadonlyMap<string, Path> = new Map<string, Path>([
  ["name", ["metadata", "name"]],
  ...identities.map((key): [string, Path] => [key, ["spec", "match", key]]),
  ...["alias", "owner", "ownership"].map((key): [string, Path] => [key, ["spec", key]]),
  ...assetFields().map((key): [string, Path] => [`asset.${key}`, ["spec", "asset", key]]),
]);

/** Each row of a register as a Device manifest; what is wrong is said at its cell. */
export function readRegister(
  file: string,
  bytes: Uint8Array,
): { readonly devices: readonly Manifest<"Device">[]; readonly diagnostics: readonly Diagnostic[] } {
  const { table, diagnostics } = readCsv(file, bytes);
  const found = [...diagnostics, ...headerProblems(file, table)];
  if (found.length > 0) return { devices: [], diagnostics: found };
  if (table.rows.length === 0) return { devices: [], diagnostics: [emptyRegister(file)] };
  const paths = table.header.map((cell) => pathOfColumn(cell.text));
  const devices: Manifest<"Device">[] = [];
  for (const row of table.rows) {
    const read = readRow(row, paths);
    if ("device" in read) devices.push(read.device);
    else found.push(...read.diagnostics);
  }
  return { devices, diagnostics: found };
}

/** Whoever exports a register from elsewhere wants to know that nothing came. */
function emptyRegister(file: string): Diagnostic {
  const detail =
    "It declares no device: those that it declared before have no alias, owner and tags any more.";
  const found = fileError({ file, line: 1, column: 1 }, "csv-empty", "a register without a row", detail);
  return { ...found, severity: "warning" };
}

function assetFields(): readonly string[] {
  const spec = readSchema(schemaFileOf("Device")).$defs?.DeviceSpec;
  const asset = spec?.properties?.asset as Schema | undefined;
  return Object.keys(asset?.properties ?? {});
}

function pathOfColumn(column: string): Path | undefined {
  if (/^tag\.[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(column)) return ["spec", "tags", column.slice(4)];
  return columns.get(column);
}

function headerProblems(file: string, table: Table): readonly Diagnostic[] {
  if (table.header.length === 0) return [];
  const first = table.header.find(({ text }) => text !== "") ?? table.header[0];
  if (first !== undefined && table.header.length > 1 && table.header.every(isNoColumn))
    return [
      fileError(
        first.place.origin,
        "csv-column",
        "no header",
        "The first line names the columns.",
        first.place.length,
      ),
    ];
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const { text, place } of table.header) {
    if (seen.has(text))
      found.push(
        fileError(
          place.origin,
          "csv-column",
          `column ${quote(text)} is there twice`,
          "Keep one of them.",
          place.length,
        ),
      );
    else if (pathOfColumn(text) === undefined) found.push(unknownColumn(text, place));
    seen.add(text);
  }
  if (found.length > 0 || identities.some((identity) => seen.has(identity))) return found;
  const message = "no column says which device a row is";
  return [
    fileError({ file, line: 1, column: 1 }, "csv-column", message, `expected one of ${listed(identities)}.`),
  ];
}

/** Neither a column nor a misspelt one. */
function isNoColumn({ text }: Cell): boolean {
  return pathOfColumn(text) === undefined && didYouMean(text, columns.keys()) === "";
}

function unknownColumn(text: string, place: Place): Diagnostic {
  const known = [...columns.keys(), "tag.NAME"];
  if (text === "")
    return fileError(place.origin, "csv-column", "a column without a name", "Name it, or remove it.");
  const hint = /[;\t|]/.test(text) ? " Separate cells by commas." : didYouMean(text, known);
  const words = [...known.filter((name) => !name.startsWith("asset.")), "asset.FIELD"];
  const detail = `expected ${listed(words)}.${hint}`;
  return fileError(place.origin, "csv-column", `unknown column ${quote(text)}`, detail, place.length);
}

type ReadRow = { readonly device: Manifest<"Device"> } | { readonly diagnostics: readonly Diagnostic[] };

function readRow(row: readonly Cell[], paths: readonly (Path | undefined)[]): ReadRow {
  const places = new Map<string, Place>();
  const body: Draft = { apiVersion: "reeve/v1", kind: "Device", metadata: {}, spec: { match: {} } };
  for (const [index, cell] of row.entries()) {
    const path = paths[index];
    if (path === undefined || cell.text === "") continue;
    places.set(path.join("\0"), cell.place);
    set(
      body,
      path,
      path.at(-1) === "termMonths" && /^\d{1,6}$/.test(cell.text) ? Number(cell.text) : cell.text,
    );
  }
  const name = nameOfRow(body);
  set(body, ["metadata", "name"], name);
  const start = row[0]?.place ?? { origin: { file: "", line: 1, column: 1 }, length: 1 };
  const at = (path: Path): Place => placeIn(places, path) ?? start;
  const locator: Locator = { value: at, key: at };
  const diagnostics = explainErrors(locator, `Device/${name}`, schemaErrors("Device", body));
  if (diagnostics.length > 0) return { diagnostics };
  const manifest = body as unknown as Pick<Manifest<"Device">, "metadata" | "spec">;
  return {
    device: {
      kind: "Device",
      name,
      metadata: manifest.metadata,
      spec: manifest.spec,
      origin: start.origin,
      at,
    },
  };
}

interface Draft {
  [key: string]: Draft | string | number;
}

function set(target: Draft, path: Path, value: string | number): void {
  let current = target;
  for (const step of path.slice(0, -1)) {
    const next = Object.hasOwn(current, step) ? current[step] : undefined;
    const child = typeof next === "object" ? next : {};
    current[step] = child;
    current = child;
  }
  Object.defineProperty(current, String(path.at(-1)), {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function placeIn(places: ReadonlyMap<string, Place>, path: Path): Place | undefined {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(path.slice(0, length).join("\0"));
    if (place !== undefined) return place;
  }
  return undefined;
}

/** A row without a name is called by its identity, in the letters that a name may have. */
function nameOfRow(body: Draft): string {
  const metadata = body.metadata as Draft;
  if (typeof metadata.name === "string") return metadata.name;
  const match = (body.spec as Draft).match as Draft;
  const identity = identities.map((key) => match[key]).find((value) => value !== undefined);
  const plain = String(identity ?? "unnamed")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-");
  return plain.replaceAll(/^-+|-+$/g, "").slice(0, 63) || "unnamed";
}
