import type { Diagnostic } from "../diagnostic.ts";
import { type AnyManifest, type Manifest, nameOf } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { fileReferences } from "./file-references.ts";
import { didYouMean, listed, sparingly } from "./nearest.ts";
import { type Finding, problem } from "./problem.ts";
import { knownVariables, type Placeholder, placeholdersIn } from "./variables.ts";

/** Every placeholder means something, may be used here, and every secret is used. */
export function checkSecrets(context: CheckContext): readonly Diagnostic[] {
  const used = new Set<string>();
  const suggest = suggestionsIn(context);
  const found = context.manifests.flatMap((manifest) =>
    secretUses(context, manifest).flatMap((placeholder) => {
      if (placeholder.name.startsWith("secret:")) addUse(used, placeholder.name.slice("secret:".length));
      const finding = placeholderFinding(context, manifest, placeholder, suggest);
      return finding === undefined ? [] : [problem(manifest, placeholder.path, finding)];
    }),
  );
  return [
    ...found,
    ...context.of("Secret").flatMap((secret) => [...unused(secret, used), ...badSources(secret)]),
  ];
}

/** Adds `NAME/KEY`, and `NAME/` for all keys of it. */
function addUse(used: Set<string>, name: string): void {
  used.add(name);
  used.add(name.slice(0, name.indexOf("/") + 1));
}

interface Suggest {
  readonly secret: (name: string) => string | undefined;
  readonly key: (secret: string, key: string) => string | undefined;
}

function suggestionsIn(context: CheckContext): Suggest {
  const names = context.of("Secret").map((one) => one.name);
  return {
    secret: sparingly((name: string) => didYouMean(name, names).trim()),
    key: sparingly((secret: string, key: string) =>
      didYouMean(key, Object.keys(context.get("Secret", secret)?.spec.keys ?? {})),
    ),
  };
}

/** The placeholders of a manifest; those of a `.mobileconfig` stand at the field that names it. */
export function secretUses(context: CheckContext, manifest: AnyManifest): readonly Placeholder[] {
  if (manifest.kind === "App" || manifest.kind === "Operation")
    return placeholdersIn(manifest.spec, ["spec"]);
  if (manifest.kind === "Organization")
    return placeholdersIn(manifest.spec.notifications ?? [], ["spec", "notifications"]);
  if (manifest.kind !== "Profile") return [];
  return [...placeholdersIn(manifest.spec, ["spec"]), ...fileUses(context, manifest)];
}

/**
 * Only secrets: other tools use the same braces for their own variables. What the reader found in the texts counts as
 * well as what stands in the bytes, since entities, UTF-16 and signatures can hide a place-holder from the latter.
 */
function fileUses(context: CheckContext, manifest: Manifest<"Profile">): readonly Placeholder[] {
  return fileReferences(manifest as AnyManifest).flatMap(({ use, resolved, path }) => {
    const entry = use === "profile" && resolved !== undefined ? context.entries.get(resolved) : undefined;
    if (entry?.type !== "file" || manifest.spec.apple?.verbatim === true) return [];
    const file = context.profileFiles.get(resolved ?? "");
    const read = file !== undefined && "secrets" in file ? (file.secrets ?? []) : [];
    const text = Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.byteLength).toString(
      "latin1",
    );
    const seen = placeholdersIn(text, path).map(({ name }) => name);
    const names = new Set([...seen, ...read.map((name) => `secret:${name}`)]);
    return [...names].filter((name) => name.startsWith("secret:")).map((name) => ({ path, name }));
  });
}

function placeholderFinding(
  context: CheckContext,
  manifest: AnyManifest,
  { name }: Placeholder,
  suggest: Suggest,
): Finding | undefined {
  if (!name.startsWith("secret:")) return variableFinding(name);
  const [secretName = "", key = "", ...more] = name.slice("secret:".length).split("/");
  if (secretName === "" || key === "" || more.length > 0) {
    return {
      rule: "unknown-variable",
      message: `not a secret: ${quote(`\${${name}}`)}`,
      detail: ["expected ${secret:NAME/KEY}."],
    };
  }
  const secret = context.get("Secret", secretName);
  if (secret !== undefined) return useFinding(secret, manifest, key, suggest);
  if (context.invalid.has(`Secret/${secretName}`)) return undefined;
  const near = suggest.secret(secretName) ?? "";
  const detail = [near === "" ? "Add a Secret of this name that says where the value comes from." : near];
  return { rule: "unknown-secret", message: `no Secret is called ${quote(secretName)}`, detail };
}

function variableFinding(name: string): Finding | undefined {
  if ((knownVariables as readonly string[]).includes(name)) return undefined;
  const known = [...knownVariables, "secret:NAME/KEY"];
  return {
    rule: "unknown-variable",
    message: `unknown variable ${quote(`\${${name}}`)}`,
    detail: [`expected ${listed(known)}.${didYouMean(name, known)}`],
  };
}

function useFinding(
  secret: Manifest<"Secret">,
  manifest: AnyManifest,
  key: string,
  suggest: Suggest,
): Finding | undefined {
  const { origin } = secret.at(["spec", "allow"]);
  if (!secret.spec.allow.includes(nameOf(manifest))) {
    const detail = [
      `Secret/${secret.name} allows ${listed(secret.spec.allow, "and")} (${origin.file}:${origin.line}). Add ${nameOf(manifest)} there.`,
    ];
    return { rule: "secret-not-allowed", message: `Secret/${secret.name} may not be used here`, detail };
  }
  const keys = Object.keys(secret.spec.keys ?? {});
  if (secret.spec.keys === undefined || keys.includes(key)) return undefined;
  return {
    rule: "unknown-secret-key",
    message: `Secret/${secret.name} has no key ${quote(key)}`,
    detail: [`expected ${listed(keys)}.${suggest.key(secret.name, key) ?? ""}`],
  };
}

function unused(secret: Manifest<"Secret">, used: ReadonlySet<string>): readonly Diagnostic[] {
  const warning = (path: readonly string[], message: string) =>
    problem(secret, path, {
      severity: "warning",
      rule: "unused-secret",
      message,
      detail: ["Remove it, or use it."],
    });
  if (!used.has(`${secret.name}/`))
    return [warning(["metadata", "name"], `no manifest uses Secret/${secret.name}`)];
  return Object.keys(secret.spec.keys ?? {}).flatMap((key) =>
    used.has(`${secret.name}/${key}`)
      ? []
      : [warning(["spec", "keys", key], `no manifest uses the key ${quote(key)}`)],
  );
}

/** A repository must not reach the daemon's own settings or files. */
function badSources(secret: Manifest<"Secret">): readonly Diagnostic[] {
  const { provider, keys = {} } = secret.spec;
  return Object.entries(keys).flatMap(([key, place]) => {
    const expected = sourceProblem(provider, place);
    if (expected === undefined) return [];
    return [
      problem(secret, ["spec", "keys", key], {
        rule: "bad-secret-source",
        message: `${provider} cannot read ${quote(place)}`,
        detail: [expected],
      }),
    ];
  });
}

function sourceProblem(provider: Manifest<"Secret">["spec"]["provider"], place: string): string | undefined {
  if (provider === "env")
    return /^REEVE_SECRET_[A-Z0-9_]{1,120}$/.test(place)
      ? undefined
      : "expected the name of a variable that begins with REEVE_SECRET_, in capitals.";
  if (provider === "sops") return /^[^#]+#[^#]+$/.test(place) ? undefined : "expected PATH#KEY.";
  const leaves = place.startsWith("/") || place.split("/").includes("..") || place.includes("\0");
  return leaves
    ? "expected a path below the daemon's secrets folder, without .. and not from the root."
    : undefined;
}
