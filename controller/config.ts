import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Given, givenByEnvironment, givenByFile, givenByFlags } from "./config/given.ts";
import { describePerson } from "./config/person.ts";
import { describeReceiver } from "./config/receiver.ts";
import { isSecret, type Secret } from "./config/secret.ts";
import { type Setting, Wrong } from "./config/setting.ts";
import { type Group, settings } from "./config/settings.ts";
import { nearest } from "./core/check/nearest.ts";
import { UserError } from "./errors.ts";

type Values<G> = {
  readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : G[K] extends object ? Values<G[K]> : never;
};

/** The effective configuration: every setting with its value, frozen. */
export type Config = Values<typeof settings>;

export interface ConfigSources {
  /** The configuration file; without it `reeve.yaml` of the working directory, when there is one. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By dotted name, such as `source.url`; from `--set NAME=VALUE` and flags of their own. */
  readonly flags?: Readonly<Record<string, string>>;
  /** The working directory. */
  readonly cwd?: string;
}

/** File < environment < flags, validated at once. One `UserError` names everything that is wrong, with its place. */
export function loadConfig(sources: ConfigSources = {}): Config {
  const cwd = sources.cwd ?? process.cwd();
  const env = sources.env ?? process.env;
  const problems: string[] = [];
  const given = new Map<string, Given>();
  const named = sources.file ?? env.REEVE_CONFIG;
  const file = resolve(cwd, named ?? "reeve.yaml");
  const layers = [
    named !== undefined || existsSync(file) ? givenByFile(file, readText(file), known, problems) : [],
    givenByEnvironment(env, cwd, [...known.keys()]),
    givenByFlags(sources.flags ?? {}, cwd),
  ];
  for (const layer of layers) for (const each of layer) take(each, given, problems);
  const values = new Map<string, unknown>();
  for (const [name, setting] of known)
    values.set(name, effective(name, setting, given.get(name), values, cwd, problems));
  if (values.get("source.url") === undefined && values.get("source.directory") === undefined) {
    values.set("source.directory", resolve(cwd, "policies"));
  }
  const config = assemble(settings, "", values) as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) {
    throw new UserError("configuration", problems.join("\n"), {
      hint: "The settings are listed in docs/configuration.md.",
    });
  }
  return deepFreeze(config);
}

/** The configuration as dotted names and values, secrets masked; for `reeve config`. */
export function describeConfig(config: Config): readonly { readonly name: string; readonly value: string }[] {
  return [...known.keys()].map((name) => {
    const value = valueAt(config, name);
    return { name, value: value === undefined ? "" : isSecret(value) ? "[secret]" : shown(name, value) };
  });
}

/** The secrets that are set, for the log's guard. */
export function secretsOf(config: Config): readonly Secret[] {
  const ofReceivers = config.notifications.receivers.flatMap(({ url, signingKey }) => [url, signingKey]);
  return [...[...known.keys()].map((name) => valueAt(config, name)), ...ofReceivers].filter(isSecret);
}

/** Every setting by its dotted name, in the order of the documentation. */
export const known: ReadonlyMap<string, Setting<unknown>> = new Map(flatten(settings, ""));

function* flatten(group: Group, prefix: string): Generator<[string, Setting<unknown>]> {
  for (const [key, entry] of Object.entries(group)) {
    if (isSetting(entry)) yield [prefix + key, entry];
    else yield* flatten(entry, `${prefix}${key}.`);
  }
}

/** A later layer replaces an earlier one; `xFile` of a secret `x` is read at once and becomes `x`. */
function take(each: Given, given: Map<string, Given>, problems: string[]): void {
  const setting = known.get(each.name);
  if (setting !== undefined) {
    if (setting.isSecret && each.isFlag)
      problems.push(`${each.place}: a secret cannot be a flag. Use ${each.name}File`);
    else given.set(each.name, each);
    return;
  }
  const secretName = each.name.replace(/File$/, "");
  if (secretName !== each.name && known.get(secretName)?.isSecret) {
    const value = secretFile(each);
    if (value instanceof Wrong) problems.push(`${each.place}: ${each.name}: ${value.message}`);
    else given.set(secretName, { ...each, name: secretName, raw: value });
    return;
  }
  const near = nearest(each.name, known.keys());
  const hint = near === undefined ? "" : ` Did you mean "${each.spell?.(near) ?? near}"?`;
  problems.push(`${each.place}: unknown setting "${each.name}".${hint}`);
}

function secretFile(each: Given): string | Wrong {
  if (typeof each.raw !== "string") return new Wrong("expected a path");
  try {
    return readFileSync(resolve(each.base, each.raw), "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return new Wrong(`${resolve(each.base, each.raw)} cannot be read: ${code}`);
  }
}

function effective(
  name: string,
  setting: Setting<unknown>,
  given: Given | undefined,
  values: ReadonlyMap<string, unknown>,
  cwd: string,
  problems: string[],
): unknown {
  const { fallback } = setting;
  if (given !== undefined) {
    const value = setting.read(given.raw, given.base);
    if (!(value instanceof Wrong)) return value;
    problems.push(
      `${given.placeOf?.(value.path) ?? given.place}: ${name}${shownPath(value)}: ${value.message}`,
    );
  }
  if (typeof fallback !== "string" || setting.expects !== "a path") return fallback;
  return resolve(cwd, fallback.replace("{store.directory}", String(values.get("store.directory"))));
}

/** `[1].tokens[0].file` */
function shownPath({ path }: Wrong): string {
  return path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
}

/** What no single setting shows. */
function contradictions({
  source,
  persons,
  store,
  device,
  admin,
  apple,
  android,
  reconcile,
}: Config): readonly string[] {
  const refs = [source.branch, source.tag, source.commit].filter((each) => each !== undefined);
  const half = (one: unknown, other: unknown) => (one === undefined) !== (other === undefined);
  return [
    source.url !== undefined &&
      source.directory !== undefined &&
      "source.url and source.directory: expected one of them",
    refs.length > 1 && "source.branch, source.tag and source.commit: expected one of them",
    ...signatureProblems(source, persons),
    half(device.tls.certFile, device.tls.keyFile) && "device.tls: certFile and keyFile belong together",
    half(admin.tls.certFile, admin.tls.keyFile) && "admin.tls: certFile and keyFile belong together",
    half(apple.pushCertificateFile, apple.pushKeyFile) &&
      "apple: pushCertificateFile and pushKeyFile belong together",
    half(apple.profileSigning.certFile, apple.profileSigning.keyFile) &&
      "apple.profileSigning: certFile and keyFile belong together",
    android.enterprise !== undefined &&
      !/^enterprises\/[A-Za-z0-9_-]{1,100}$/.test(android.enterprise) &&
      "android.enterprise: expected Google's name of it, such as enterprises/LC00abc123",
    android.project !== undefined &&
      !/^[a-z][a-z0-9.:-]{4,60}[a-z0-9]$/.test(android.project) &&
      "android.project: expected the id of a Google Cloud project, such as acme-devices",
    android.push.serviceAccount !== undefined &&
      (android.project === undefined || device.publicUrl === undefined) &&
      "android.push.serviceAccount: expected with it android.project, and device.publicUrl for Google to push to",
    android.push.serviceAccount !== undefined &&
      !/^[\w.-]{1,100}@[\w.-]{1,150}$/.test(android.push.serviceAccount) &&
      "android.push.serviceAccount: expected an e-mail address, such as push@acme-devices.iam.gserviceaccount.com",
    reconcile.secretsFolder !== undefined &&
      (isWithin(reconcile.secretsFolder, store.directory) ||
        isWithin(store.directory, reconcile.secretsFolder)) &&
      "reconcile.secretsFolder: expected a folder apart from store.directory, which holds reeve's own keys",
    reconcile.lease < 3 * reconcile.tick &&
      "reconcile.lease: expected at least three times reconcile.tick, or a leader would lose its place between two looks",
    device.certificateHeader !== undefined &&
      device.trustedProxies.length === 0 &&
      "device.certificateHeader: needs device.trustedProxies, or everybody could send that header",
  ].filter((problem) => problem !== false);
}

function signatureProblems(source: Config["source"], persons: Config["persons"]) {
  const { signatures, signedFrom, url } = source;
  return [
    signatures !== "off" &&
      url === undefined &&
      "source.signatures: a watched folder has no commits that could be signed. Set source.url",
    signatures !== "off" &&
      !persons.some(({ keys, platform }) => keys.length > 0 && !platform) &&
      "source.signatures: nobody of persons has a key, so that no revision would come into force",
    signedFrom !== undefined &&
      !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(signedFrom) &&
      "source.signedFrom: expected a full commit id (40 or 64 hexadecimal digits)",
  ];
}

function isWithin(path: string, folder: string): boolean {
  return `${resolve(path)}/`.startsWith(`${resolve(folder)}/`);
}

function valueAt(config: Config, name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
}

function assemble(group: Group, prefix: string, values: ReadonlyMap<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(group).map(([key, entry]) => [
      key,
      isSetting(entry) ? values.get(prefix + key) : assemble(entry, `${prefix}${key}.`, values),
    ]),
  );
}

function isSetting(entry: Setting<unknown> | Group): entry is Setting<unknown> {
  return entry.kind === "setting";
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new UserError("configuration", `the configuration file ${file} cannot be read: ${code}`);
  }
}

function shown(name: string, value: unknown): string {
  if (name === "notifications.receivers")
    return (value as Config["notifications"]["receivers"]).map(describeReceiver).join(", ");
  if (name === "persons") return (value as Config["persons"]).map(describePerson).join(", ");
  if (typeof value === "object" && value !== null && "host" in value && "port" in value)
    return `${value.host}:${value.port}`;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
