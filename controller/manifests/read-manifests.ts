import { quote, showValue } from "../core/check/describe-value.ts";
import { didYouMean, listed, nearest } from "../core/check/nearest.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { AnyManifest, Kind, Place } from "../core/manifest.ts";
import { explainErrors } from "./explain-errors.ts";
import { validateInOwnSpelling } from "./own-spelling.ts";
import { type ReadDocument, readYaml } from "./read-yaml.ts";
import { isKind } from "./schema-validator.ts";
import { kinds } from "./schemas.ts";
import { keyPlaceOf, placeOf, type YamlDocument } from "./yaml-document.ts";

/** One YAML document that is, or should have been, a manifest. */
export interface ReadManifest {
  /** Absent when it is not valid. */
  readonly manifest?: AnyManifest;
  /** `Kind/name`, as far as it could be read. */
  readonly subject: string;
  readonly file: string;
  readonly firstLine: number;
}

/** Reads the manifests of one file, and says what is wrong with each. */
export function readManifests(
  file: string,
  bytes: Uint8Array,
): { readonly manifests: readonly ReadManifest[]; readonly diagnostics: readonly Diagnostic[] } {
  const { documents, diagnostics } = readYaml(file, bytes);
  const found = [...diagnostics];
  const manifests: ReadManifest[] = [];
  for (const read of documents) {
    const one = readManifest(read);
    found.push(...one.diagnostics);
    if (one.manifest !== undefined) manifests.push(one.manifest);
  }
  if (diagnostics.length > 0)
    manifests.push({ subject: file, file, firstLine: diagnostics[0]?.origin.line ?? 1 });
  return { manifests, diagnostics: found };
}

interface ReadOne {
  readonly manifest?: ReadManifest;
  readonly diagnostics: readonly Diagnostic[];
}

function readManifest({ document, value }: ReadDocument): ReadOne {
  const header = readHeader(document, value);
  const firstLine = placeOf(document, ["apiVersion"]).origin.line;
  const file = document.file;
  if ("diagnostic" in header) {
    const manifest = header.isOurs ? { manifest: { subject: file, file, firstLine } } : {};
    return { ...manifest, diagnostics: [header.diagnostic] };
  }
  const { kind, subject } = header;
  const errors = validateInOwnSpelling(kind, document, value);
  const locator = {
    value: (path: readonly (string | number)[]) => placeOf(document, path),
    key: (path: readonly (string | number)[]) => keyPlaceOf(document, path),
  };
  if (errors.length > 0) {
    return { manifest: { subject, file, firstLine }, diagnostics: explainErrors(locator, subject, errors) };
  }
  const manifest = manifestOf(document, kind, value);
  return { manifest: { manifest, subject, file, firstLine }, diagnostics: [] };
}

function manifestOf(document: YamlDocument, kind: Kind, value: unknown): AnyManifest {
  const body = value as Pick<AnyManifest, "metadata" | "spec">;
  const at = (path: readonly (string | number)[]): Place => placeOf(document, path);
  const origin = keyPlaceOf(document, ["apiVersion"]).origin;
  return {
    kind,
    name: body.metadata.name,
    metadata: body.metadata,
    spec: body.spec,
    origin,
    at,
  } as AnyManifest;
}

type Header =
  | { readonly kind: Kind; readonly subject: string }
  | { readonly diagnostic: Diagnostic; readonly isOurs: boolean };

/** Decides whether a document is ours, by its apiVersion and its kind. */
function readHeader(document: YamlDocument, value: unknown): Header {
  const body = isMapping(value) ? value : {};
  const { apiVersion, kind } = body;
  if (apiVersion !== "reeve/v1") return { ...foreign(document, body), isOurs: looksLikeOurs(body) };
  const name = isMapping(body.metadata) ? body.metadata.name : undefined;
  if (isKind(kind)) return { kind, subject: `${kind}/${typeof name === "string" ? name : "?"}` };
  const given = misspelt(document, body, "kind");
  if (given !== undefined) return { isOurs: true, diagnostic: given };
  const missing = kind === undefined;
  const detail = `expected ${listed(kinds)}.${typeof kind === "string" ? didYouMean(kind, kinds) : ""}`;
  return {
    isOurs: true,
    diagnostic: {
      severity: "error",
      rule: missing ? "missing-field" : "unknown-kind",
      ...placeOf(document, [missing ? "apiVersion" : "kind"]),
      message: missing
        ? 'missing field "kind"'
        : `unknown kind${typeof kind === "string" ? "" : ":"} ${showValue(kind)}`,
      subject: "",
      detail: [detail],
    },
  };
}

const headerFields = ["apiVersion", "kind", "metadata", "spec"];

/** A key that is missing under its name, and stands there under one that is nearly it. */
function misspelt(
  document: YamlDocument,
  body: Record<string, unknown>,
  wanted: "apiVersion" | "kind",
): Diagnostic | undefined {
  if (body[wanted] !== undefined) return undefined;
  const key = Object.keys(body).find(
    (one) => !headerFields.includes(one) && nearest(one, headerFields) === wanted,
  );
  if (key === undefined) return undefined;
  return {
    severity: "error",
    rule: "unknown-field",
    ...keyPlaceOf(document, [key]),
    message: `unknown field ${quote(key)}`,
    subject: "",
    detail: [`expected ${listed(headerFields)}. Did you mean "${wanted}"?`],
  };
}

function foreign(document: YamlDocument, body: Record<string, unknown>): { readonly diagnostic: Diagnostic } {
  const ours = looksLikeOurs(body);
  const given = ours ? misspelt(document, body, "apiVersion") : undefined;
  if (given !== undefined) return { diagnostic: given };
  const missing = body.apiVersion === undefined;
  const found = missing ? "apiVersion is missing" : `apiVersion is ${showValue(body.apiVersion)}`;
  return {
    diagnostic: {
      severity: ours ? "error" : "warning",
      rule: ours ? "unknown-api-version" : "not-a-manifest",
      ...placeOf(document, ["apiVersion"]),
      message: ours ? found : `not a manifest of reeve: ${found}`,
      subject: "",
      detail: [
        ours
          ? "expected apiVersion: reeve/v1."
          : "It is ignored. Move it out of the policy folder, or into one whose name begins with a dot.",
      ],
    },
  };
}

/**
 * A manifest that is ignored takes away what it declared. So one of ours is known by anything that says so: a version
 * that is nearly it, or one of our kinds where no other API could have it.
 */
function looksLikeOurs(body: Record<string, unknown>): boolean {
  const { apiVersion, kind } = body;
  if (Object.values(body).some((value) => typeof value === "string" && /^reeve\/v\d/i.test(value)))
    return true;
  if (typeof apiVersion === "string" && (/^reeve/i.test(apiVersion) || nearest(apiVersion, ["reeve/v1"])))
    return true;
  // Kubernetes has kinds that are called like ours, in API groups; its own core kinds have none of ours with a spec.
  if (typeof apiVersion === "string" && apiVersion.includes("/")) return false;
  if (apiVersion === undefined && typeof kind === "string" && "spec" in body) return true;
  return isKind(kind) && ("spec" in body || (apiVersion === undefined && "metadata" in body));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
