import { createHmac } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import type { Budget } from "../core/compiled.ts";
import type { Manifest } from "../core/manifest.ts";
import { Stalled } from "../errors.ts";

/** Reads secret values at the moment of sending; holds none. */
export interface Secrets {
  /**
   * The value of `NAME/KEY` for one user of it, such as `Profile/wifi`. Throws Stalled when it cannot be read or is
   * not allowed there, however the place-holder came into the content; the message never holds a value.
   */
  readonly read: (name: string, user: string) => string;
  /** A text of a device without the values that may have been sent to it: some repeat them when they complain. */
  readonly withhold: (text: string) => string;
  /** A keyed fingerprint of the value, or undefined when it cannot be read. */
  readonly fingerprint: (name: string) => string | undefined;
}

export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of provider `file`; without it such secrets cannot be read. */
  readonly folder: string | undefined;
  /** True for a value that holds one of the daemon's own secrets: no policy may send it anywhere. */
  readonly isOwn?: (value: string) => boolean;
  /** Keys the fingerprints, so that they cannot be guessed from outside. */
  readonly fingerprintKey: Uint8Array;
}

/** What turns a tree into a revision besides its text. */
export interface RevisionSettings extends SecretSources {
  /** Fingerprints of the revision in force, for secrets that cannot be read here or now. */
  readonly lastFingerprints?: Fingerprints;
  /** How often what was installed is looked at again, ms. */
  readonly driftCheckMs: number;
  /** What the daemon's configuration allows at most, whatever the policies say. */
  readonly removalCeiling: Budget;
  /** The same for devices that may be cut off; 100 devices and 10 % when absent. */
  readonly isolatingCeiling?: Budget;
  /** The same for the share of a group that may leave it at once: a commit cannot lift the guard it trips. */
  readonly membershipLossCeiling?: number;
}

/** The Secret manifests of a policy set, by name. */
export type DeclaredSecrets = ReadonlyMap<string, Manifest<"Secret">["spec"]>;

/** Keyed fingerprints of secret values, by `NAME/KEY`. */
export type Fingerprints = Readonly<Record<string, string>>;

/** Variables that a policy repository may name: it must not be able to reach the daemon's own settings. */
const variablePattern = /^REEVE_SECRET_[A-Z0-9_]{1,120}$/;
const longestValue = 64 * 1024;

/** The part of an environment that a policy repository may name; all that a thread is given of it. */
export function secretVariables(environment: SecretSources["environment"]): SecretSources["environment"] {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => variablePattern.test(name)));
}

/** The secrets that a policy set declares. One that cannot be read keeps the fingerprint that it had. */
export function secretsOf(
  declared: DeclaredSecrets,
  sources: SecretSources & Pick<RevisionSettings, "lastFingerprints">,
): Secrets {
  const value = (name: string): string => {
    const [secret = "", key = ""] = name.split("/", 2);
    const spec = declared.get(secret);
    if (spec === undefined) throw new Stalled("secret-unknown", `Secret/${secret} is not declared`);
    const place = spec.keys?.[key];
    if (spec.keys !== undefined && place === undefined)
      throw new Stalled("secret-unknown", `Secret/${secret} has no key ${key}`);
    if (spec.provider === "env") return readVariable(secret, key, place, sources);
    if (spec.provider === "file") return readSecretFile(secret, key, place, sources);
    throw new Stalled("secret-provider", `Secret/${secret}: provider ${spec.provider} is not available`);
  };
  const sent = new Set(
    [...declared].flatMap(([name, { keys }]) => Object.keys(keys ?? {}).map((key) => `${name}/${key}`)),
  );
  return {
    withhold: (text) =>
      [...sent].reduce(
        (left, name) =>
          withhold(
            left,
            attempt(() => value(name)),
          ),
        text,
      ),
    read(name, user) {
      const [secret = ""] = name.split("/", 1);
      if (declared.get(secret)?.allow.includes(user) === false)
        throw new Stalled("secret-not-allowed", `Secret/${secret} does not allow ${user}`);
      sent.add(name);
      return value(name);
    },
    fingerprint: (name) =>
      fingerprint(name, value, sources.fingerprintKey) ?? sources.lastFingerprints?.[name],
  };
}

function fingerprint(name: string, read: (name: string) => string, key: Uint8Array): string | undefined {
  const value = attempt(() => read(name));
  if (value === undefined) return undefined;
  return createHmac("sha256", key).update(`${name}\0${value}`).digest("hex").slice(0, 32);
}

/** Shorter ones would take the place of ordinary words. */
const shortestWithheld = 6;

function withhold(text: string, value: string | undefined): string {
  return value === undefined || value.length < shortestWithheld ? text : text.replaceAll(value, "[secret]");
}

function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readVariable(
  secret: string,
  key: string,
  place: string | undefined,
  sources: SecretSources,
): string {
  const variable = place ?? `REEVE_SECRET_${secret}_${key}`.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_");
  if (!variablePattern.test(variable))
    throw new Stalled(
      "secret-variable",
      `Secret/${secret} ${key}: ${variable} does not begin with REEVE_SECRET_`,
    );
  const value = sources.environment[variable];
  if (value === undefined || value === "")
    throw new Stalled(
      "secret-missing",
      `Secret/${secret} ${key}: environment variable ${variable} is not set`,
    );
  return checked(secret, key, value, sources);
}

function readSecretFile(
  secret: string,
  key: string,
  place: string | undefined,
  sources: SecretSources,
): string {
  const missing = (why: string): Stalled => new Stalled("secret-missing", `Secret/${secret} ${key}: ${why}`);
  if (sources.folder === undefined) throw missing("the daemon has no secrets folder configured");
  const path = join(sources.folder, place ?? join(secret, key));
  try {
    const root = realpathSync(sources.folder);
    const real = realpathSync(path);
    if (!real.startsWith(root + sep)) throw missing("its path leads out of the secrets folder");
    // Before it is read: a pipe would never end, and a large file be read again and again.
    const found = statSync(real);
    if (!found.isFile()) throw missing("it is no plain file");
    if (found.size > longestValue + 2) throw tooLong(secret, key);
    return checked(secret, key, readFileSync(real, "utf8").replace(/\r?\n$/, ""), sources);
  } catch (error) {
    if (error instanceof Stalled) throw error;
    throw missing(`its file cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
}

function checked(secret: string, key: string, value: string, { isOwn }: SecretSources): string {
  if (value.length > longestValue) throw tooLong(secret, key);
  if (isOwn?.(value) === true)
    throw new Stalled("secret-own", `Secret/${secret} ${key}: its value is one of reeve's own secrets`);
  return value;
}

function tooLong(secret: string, key: string): Stalled {
  return new Stalled("secret-too-long", `Secret/${secret} ${key} is over 64 KiB`);
}
