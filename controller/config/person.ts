import { didYouMean, listed } from "../core/check/nearest.ts";
import { foldName } from "../core/persons.ts";
import { type ConfiguredKey, readKeys } from "./person-keys.ts";
import { readTokens } from "./person-token.ts";
import { readEach, Wrong } from "./setting.ts";

export const personRoles = ["viewer", "planner", "operator", "approver"] as const;

/** A person, or a program: all tokens and addresses that belong to one, who counts once. */
export interface ConfiguredPerson {
  readonly name: string;
  /** What the tokens may do. */
  readonly role: (typeof personRoles)[number];
  /** Addresses under which this person commits. */
  readonly emails: readonly string[];
  /** SHA-256 of each token, 64 hexadecimal digits. */
  readonly tokens: readonly string[];
  /** The public keys with which this person signs commits. */
  readonly keys: readonly ConfiguredKey[];
  /** A forge that signs what it merges for others, and is nobody itself. */
  readonly platform: boolean;
}

const fields = ["name", "emails", "role", "tokens", "sshKeys", "openpgpKeys", "platform"];

/** An entry of `persons`. */
export function readPerson(raw: unknown, base: string): ConfiguredPerson | Wrong {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return new Wrong(`expected {${fields.join(", ")}}`);
  const record = raw as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((key) => !fields.includes(key));
  if (unknown !== undefined)
    return new Wrong(`unknown key "${unknown}".${didYouMean(unknown, fields)}`, [unknown]);
  const { name } = record;
  if (typeof name !== "string" || !/^[\w.@+-]{1,100}$/.test(name))
    return new Wrong("expected a short name or an e-mail address", ["name"]);
  const emails = readEmails(record.emails ?? []);
  if (emails instanceof Wrong) return emails.below("emails");
  const tokens = readTokens(record.tokens ?? [], base);
  if (tokens instanceof Wrong) return tokens.below("tokens");
  const ssh = readKeys("ssh", record.sshKeys ?? [], base);
  if (ssh instanceof Wrong) return ssh.below("sshKeys");
  const openpgp = readKeys("openpgp", record.openpgpKeys ?? [], base);
  if (openpgp instanceof Wrong) return openpgp.below("openpgpKeys");
  const role = personRoles.find((each) => each === (record.role ?? (tokens.length === 0 ? "viewer" : "")));
  if (role === undefined) return new Wrong(`expected ${listed(personRoles)}`, ["role"]);
  const person = { name, role, emails, tokens, keys: [...ssh, ...openpgp] };
  return record.platform === undefined ? { ...person, platform: false } : readPlatform(record, person);
}

function readEmails(raw: unknown): readonly string[] | Wrong {
  if (!Array.isArray(raw)) return new Wrong("expected a list of e-mail addresses");
  return readEach(raw, (one) =>
    typeof one === "string" && /^[^\s@]{1,100}@[^\s@]{1,150}$/.test(one)
      ? one
      : new Wrong("expected an e-mail address"),
  );
}

/** A platform can do nothing and is nobody: what it signs says only that it was there. */
function readPlatform(
  { platform, role }: Readonly<Record<string, unknown>>,
  person: Omit<ConfiguredPerson, "platform">,
): ConfiguredPerson | Wrong {
  if (typeof platform !== "boolean") return new Wrong("expected true or false", ["platform"]);
  const isPerson = role !== undefined || person.tokens.length > 0 || person.emails.length > 0;
  if (platform && (isPerson || person.keys.length === 0))
    return new Wrong("a platform has keys, and no role, tokens or emails", ["platform"]);
  return { ...person, platform };
}

/** Why these are not persons of their own: a name, an address, a token or a key that two of them have. */
export function apart(persons: readonly ConfiguredPerson[]): Wrong | undefined {
  const owners = new Map<string, number>();
  for (const [index, person] of persons.entries())
    for (const { what, key, path } of claimsOf(person)) {
      const owner = owners.get(key);
      if (owner !== undefined && (owner !== index || what === "token" || what === "key")) {
        const why = `${persons[owner]?.name} has the same ${what}: what belongs to one person is one entry`;
        return new Wrong(why, [index, ...path]);
      }
      owners.set(key, index);
    }
  return undefined;
}

function claimsOf({ name, emails, tokens, keys }: ConfiguredPerson) {
  return [
    { what: "name", key: foldName(name), path: ["name"] },
    ...emails.map((email, at) => ({ what: "address", key: foldName(email), path: ["emails", at] })),
    ...tokens.map((hash, at) => ({ what: "token", key: `token ${hash}`, path: ["tokens", at] })),
    ...(["ssh", "openpgp"] as const).flatMap((kind) =>
      keys
        .filter((one) => one.kind === kind)
        .map(({ fingerprint }, at) => ({
          what: "key",
          key: `key ${fingerprint}`,
          path: [`${kind}Keys`, at],
        })),
    ),
  ];
}

/** `lea (approver, 2 tokens, 1 key)` */
export function describePerson({ name, role, tokens, keys, platform }: ConfiguredPerson): string {
  const counted = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
  const parts = [
    platform ? "platform" : role,
    counted(tokens.length, "token"),
    ...(keys.length === 0 ? [] : [counted(keys.length, "key")]),
  ];
  return `${name} (${parts.join(", ")})`;
}
