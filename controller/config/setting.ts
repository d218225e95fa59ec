import { isIP } from "node:net";
import { resolve } from "node:path";
import { didYouMean, listed } from "../core/check/nearest.ts";
import { parseDuration } from "../core/duration.ts";
import { isSecret, type Secret, secretOf } from "./secret.ts";

/** One setting: how its value is read, its default, and what it is for. */
export interface Setting<T> {
  readonly kind: "setting";
  readonly doc: string;
  /** How a value looks, for messages and the documentation: `a duration such as 15m`. */
  readonly expects: string;
  readonly fallback: T;
  /** Taken from a file as well (`…File`), and never from a flag. */
  readonly isSecret: boolean;
  readonly isList: boolean;
  /** The value, or a `Wrong`. `base` is the folder that relative paths start from. */
  readonly read: (raw: unknown, base: string) => T | Wrong;
}

/** Why a value cannot be used; `path` leads to what is wrong within a list or record. */
export class Wrong {
  readonly message: string;
  readonly path: readonly (string | number)[];
  constructor(message: string, path: readonly (string | number)[] = []) {
    this.message = message;
    this.path = path;
  }

  /** The same as part of something larger. */
  below(...path: readonly (string | number)[]): Wrong {
    return new Wrong(this.message, [...path, ...this.path]);
  }
}

type Read<T> = (raw: unknown, base: string) => T | Wrong;

function setting<T>(
  doc: string,
  expects: string,
  fallback: T,
  read: Read<T>,
  extra: object = {},
): Setting<T> {
  return { kind: "setting", doc, expects, fallback, isSecret: false, isList: false, read, ...extra };
}

/** A text on one line. */
export function text(doc: string, options: { readonly fallback?: string } = {}): Setting<string | undefined> {
  return setting(doc, "a text", options.fallback, readText);
}

/** A path; from a file relative to that file's folder, else to the working directory. Absolute afterwards. */
export function path(doc: string, fallback?: string): Setting<string | undefined> {
  return setting(doc, "a path", fallback, (raw, base) =>
    mapped(readText(raw), (value) => resolve(base, value)),
  );
}

/** A path that is always there; the default is relative to the working directory, or to `{store.directory}`. */
export function pathWithDefault(doc: string, fallback: string): Setting<string> {
  return setting(doc, "a path", fallback, (raw, base) =>
    mapped(readText(raw), (value) => resolve(base, value)),
  );
}

export function flag(doc: string, fallback: boolean): Setting<boolean> {
  return setting(doc, "true or false", fallback, (raw) => {
    if (typeof raw === "boolean") return raw;
    return raw === "true" || raw === "false" ? raw === "true" : new Wrong("expected true or false");
  });
}

/** `90s 15m 4h 7d`, in milliseconds. */
export function duration(doc: string, fallback: string, least = "1s"): Setting<number> {
  const minimum = parseDuration(least) ?? 0;
  return setting(doc, "a duration such as 90s, 15m, 4h or 7d", parseDuration(fallback) ?? 0, (raw) => {
    const value = typeof raw === "string" ? parseDuration(raw) : undefined;
    if (value === undefined) return new Wrong("expected a duration such as 90s, 15m, 4h or 7d");
    return value < minimum ? new Wrong(`expected at least ${least}`) : value;
  });
}

export function wholeNumber(doc: string, fallback: number, least: number, most: number): Setting<number> {
  return setting(doc, `a whole number from ${least} to ${most}`, fallback, (raw) =>
    readWhole(raw, least, most),
  );
}

export function port(doc: string): Setting<number | undefined> {
  return setting<number | undefined>(doc, "a port", undefined, (raw) => readWhole(raw, 1, 65_535));
}

/** `10%`, as a fraction. */
export function percent(doc: string, fallback: string): Setting<number> {
  return setting(doc, "a percentage such as 10%", Number.parseFloat(fallback) / 100, (raw) => {
    const value =
      typeof raw === "string" && /^\d{1,3}(\.\d+)?%$/.test(raw) ? Number.parseFloat(raw) / 100 : Number.NaN;
    return value >= 0 && value <= 1 ? value : new Wrong("expected a percentage such as 10%");
  });
}

/** Bytes as `512KiB`, `10MiB` or a whole number. */
export function size(doc: string, fallback: string): Setting<number> {
  return setting(doc, "a size such as 512KiB or 10MiB", readSize(fallback) as number, readSize);
}

export function oneOf<T extends string>(doc: string, choices: readonly T[], fallback: T): Setting<T> {
  return setting(doc, listed(choices), fallback, (raw) => {
    const found = choices.find((choice) => choice === raw);
    return found ?? new Wrong(`expected ${listed(choices)}.${didYouMean(String(raw), choices)}`);
  });
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[IPV6]:PORT` or `:PORT` for all addresses. */
export function hostPort(doc: string, fallback: string): Setting<HostPort> {
  return setting(doc, "an address such as 127.0.0.1:8443", readHostPort(fallback) as HostPort, readHostPort);
}

/** An `https` or `http` URL without credentials. */
export function webUrl(doc: string): Setting<string | undefined> {
  return setting<string | undefined>(doc, "a URL such as https://mdm.example", undefined, (raw) => {
    const url = typeof raw === "string" && URL.canParse(raw) ? new URL(raw) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol))
      return new Wrong("expected a URL such as https://mdm.example");
    if (url.username !== "" || url.password !== "")
      return new Wrong("credentials do not belong into this URL");
    return url.href.replace(/\/$/, "");
  });
}

/** The address of a repository; credentials have settings of their own, so that this may be shown. */
export function repositoryUrl(doc: string): Setting<string | undefined> {
  return setting<string | undefined>(doc, "an address such as https://HOST/PATH.git", undefined, (raw) => {
    const value = readText(raw);
    if (value instanceof Wrong || !/^https?:\/\/[^/]*@/i.test(value)) return value;
    return new Wrong("credentials do not belong into this URL. Use source.user and source.passwordFile");
  });
}

/** Networks such as `10.0.0.0/8`; in the environment separated by commas. */
export function networks(doc: string): Setting<readonly string[]> {
  const read: Read<readonly string[]> = (raw) => {
    const list = typeof raw === "string" ? raw.split(",").map((each) => each.trim()) : raw;
    if (!Array.isArray(list)) return new Wrong("expected a list of networks such as 10.0.0.0/8");
    const wrong = list.find((each) => typeof each !== "string" || isIP(each.split("/")[0] ?? "") === 0);
    return wrong === undefined
      ? list.map(String)
      : new Wrong(`"${wrong}" is not a network such as 10.0.0.0/8`);
  };
  return setting<readonly string[]>(doc, "a list of networks such as 10.0.0.0/8", [], read, { isList: true });
}

/** A list of records; `one` reads each and says what is wrong with it, and `among` what is wrong with them together. */
export function records<T>(
  doc: string,
  expects: string,
  one: (raw: unknown, base: string) => T | Wrong,
  among: (values: readonly T[]) => Wrong | undefined = () => undefined,
): Setting<readonly T[]> {
  const read: Read<readonly T[]> = (raw, base) => {
    const list = typeof raw === "string" ? parsedJson(raw) : raw;
    if (!Array.isArray(list)) return new Wrong(`expected ${expects}`);
    const values = readEach(list, (each) => one(each, base));
    return values instanceof Wrong ? values : (among(values) ?? values);
  };
  return setting<readonly T[]>(doc, expects, [], read, { isList: true });
}

/** Each of a list; the first that cannot be read, with its place in the list. */
export function readEach<T>(list: readonly unknown[], one: (raw: unknown) => T | Wrong): T[] | Wrong {
  const values: T[] = [];
  for (const [index, each] of list.entries()) {
    const value = one(each);
    if (value instanceof Wrong) return value.below(index);
    values.push(value);
  }
  return values;
}

export function secret(doc: string): Setting<Secret | undefined> {
  const read: Read<Secret | undefined> = (raw) => {
    if (isSecret(raw)) return raw;
    const value = readText(raw);
    return value instanceof Wrong ? value : secretOf(value);
  };
  return setting<Secret | undefined>(doc, "a secret text", undefined, read, { isSecret: true });
}

/** A secret JSON object, as services give their keys: it may have many lines. */
export function jsonSecret(doc: string): Setting<Secret | undefined> {
  const read: Read<Secret | undefined> = (raw) => {
    const text = isSecret(raw) ? raw.reveal() : raw;
    const value = typeof text === "string" && text.length <= longestJson ? parsedJson(text) : undefined;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject) return secretOf(String(text));
    return new Wrong(
      typeof text === "string" ? "expected a JSON object" : "expected a JSON object in quotes",
    );
  };
  return setting<Secret | undefined>(doc, "a JSON object", undefined, read, { isSecret: true });
}

const longestJson = 65_536;

export function readText(raw: unknown): string | Wrong {
  if (typeof raw !== "string") return new Wrong("expected a text; quote what looks like something else");
  return raw === "" || /\p{Cc}/u.test(raw) ? new Wrong("expected a text on one line, not empty") : raw;
}

function readWhole(raw: unknown, least: number, most: number): number | Wrong {
  const value = typeof raw === "string" && /^\d{1,15}$/.test(raw) ? Number(raw) : raw;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
  return new Wrong(`expected a whole number from ${least} to ${most}`);
}

function readSize(raw: unknown): number | Wrong {
  const match = /^(\d{1,12})(KiB|MiB|GiB)?$/.exec(String(raw));
  if (match === null) return new Wrong("expected a size such as 512KiB or 10MiB");
  return Number(match[1]) * ({ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[match[2] ?? ""] ?? 1);
}

function readHostPort(raw: unknown): HostPort | Wrong {
  const match = /^(?:\[([0-9a-f:]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(String(raw));
  const found = Number(match?.[3]);
  if (match === null || found > 65_535)
    return new Wrong("expected an address such as 127.0.0.1:8443 or :8443");
  return { host: match[1] ?? (match[2] || "::"), port: found };
}

function mapped(value: string | Wrong, change: (value: string) => string): string | Wrong {
  return value instanceof Wrong ? value : change(value);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
