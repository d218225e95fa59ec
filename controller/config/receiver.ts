import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { didYouMean, listed } from "../core/check/nearest.ts";
import { isLoopback } from "../core/loopback.ts";
import { type Topic, topics } from "../core/notice.ts";
import { type Secret, secretOf } from "./secret.ts";
import { readText, Wrong } from "./setting.ts";

/** A receiver of news that stands outside of the repository: no commit takes it away. */
export interface ConfiguredReceiver {
  readonly name: string;
  readonly kind: "email" | "webhook" | "slack" | "teams";
  readonly emails: readonly string[];
  readonly url: Secret | undefined;
  readonly signingKey: Secret | undefined;
  readonly on: readonly Topic[];
}

const kinds = ["email", "webhook", "slack", "teams"] as const;
const secrets = ["webhook", "slack", "teams", "signingKey"] as const;
const keys = ["name", "email", "on", ...secrets, ...secrets.map((key) => `${key}File`)];

/** An entry of `notifications`. */
export function readReceiver(raw: unknown, base: string): ConfiguredReceiver | Wrong {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return new Wrong("expected {name, on, and one of email, webhook, slack, teams}");
  const record = raw as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    return new Wrong(`unknown key "${unknown}".${didYouMean(unknown, keys)}`, [unknown]);
  const { name, on } = record;
  if (typeof name !== "string" || !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    return new Wrong("expected a name of small letters, digits and -", ["name"]);
  const given = kinds.filter((kind) => record[kind] !== undefined || record[`${kind}File`] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) return new Wrong(`expected one of ${listed(kinds)}`);
  const wanted = readTopics(on);
  if (wanted instanceof Wrong) return wanted.below("on");
  const emails = kind === "email" ? readEmails(record.email) : [];
  if (emails instanceof Wrong) return emails.below("email");
  const url = kind === "email" ? undefined : readSecret(record, kind, base);
  if (url instanceof Wrong) return url;
  if (url !== undefined && !isUrl(url.reveal()))
    return new Wrong("expected an address that begins with https://, or with http:// on this host", [kind]);
  const signingKey = readSecret(record, "signingKey", base);
  if (signingKey instanceof Wrong) return signingKey;
  if (signingKey !== undefined && kind !== "webhook")
    return new Wrong("only a webhook is signed", ["signingKey"]);
  return { name, kind, emails, url, signingKey, on: wanted };
}

/** Two receivers of one name could not be told apart. */
export function namedApart(receivers: readonly ConfiguredReceiver[]): Wrong | undefined {
  const names = receivers.map((one) => one.name);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  return twice === -1 ? undefined : new Wrong("another receiver has this name", [twice, "name"]);
}

/** `oncall (slack)`, without its address. */
export function describeReceiver({ name, kind }: ConfiguredReceiver): string {
  return `${name} (${kind})`;
}

function readTopics(raw: unknown): readonly Topic[] | Wrong {
  if (raw === undefined) return topics;
  if (!Array.isArray(raw) || raw.length === 0) return new Wrong("expected a list of what is told");
  for (const [index, one] of raw.entries())
    if (!topics.includes(one as Topic))
      return new Wrong(`expected ${listed(topics)}.${didYouMean(String(one), topics)}`, [index]);
  return raw as Topic[];
}

function readEmails(raw: unknown): readonly string[] | Wrong {
  const list = Array.isArray(raw) ? raw : [raw];
  const bad = list.findIndex(
    (one) => typeof one !== "string" || !/^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190}$/.test(one),
  );
  return bad === -1 ? list.map(String) : new Wrong("expected an e-mail address", [bad]);
}

function readSecret(
  record: Readonly<Record<string, unknown>>,
  key: (typeof secrets)[number],
  base: string,
): Secret | undefined | Wrong {
  const file = record[`${key}File`];
  if (file !== undefined && record[key] !== undefined)
    return new Wrong(`expected ${key} or ${key}File, one of them`);
  if (file === undefined) {
    if (record[key] === undefined) return undefined;
    const text = readText(record[key]);
    return text instanceof Wrong ? text.below(key) : secretOf(text);
  }
  const name = readText(file);
  if (name instanceof Wrong) return name.below(`${key}File`);
  try {
    return secretOf(readFileSync(resolve(base, name), "utf8").trim());
  } catch (error) {
    return new Wrong(
      `${resolve(base, name)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
      [`${key}File`],
    );
  }
}

function isUrl(text: string): boolean {
  if (!URL.canParse(text) || text.length > 2_048) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
