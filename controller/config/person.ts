import { didYouMean, listed } from "../core/check/nearest.ts";
import { foldName } from "../core/persons.ts";
import { readTokens } from "./person-token.ts";
import { Wrong } from "./setting.ts";

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
}

const keys = ["name", "emails", "role", "tokens"];

/** An entry of `persons`. */
export function readPerson(raw: unknown, base: string): ConfiguredPerson | Wrong {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return new Wrong("expected {name, emails, role, tokens}");
  const record = raw as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    return new Wrong(`unknown key "${unknown}".${didYouMean(unknown, keys)}`, [unknown]);
  const { name, emails = [], tokens: listedTokens = [] } = record;
  if (typeof name !== "string" || !/^[\w.@+-]{1,100}$/.test(name))
    return new Wrong("expected a short name or an e-mail address", ["name"]);
  if (!Array.isArray(emails)) return new Wrong("expected a list of e-mail addresses", ["emails"]);
  const bad = emails.findIndex(
    (one) => typeof one !== "string" || !/^[^\s@]{1,100}@[^\s@]{1,150}$/.test(one),
  );
  if (bad !== -1) return new Wrong("expected an e-mail address", ["emails", bad]);
  const tokens = readTokens(listedTokens, base);
  if (tokens instanceof Wrong) return tokens.below("tokens");
  const role = personRoles.find((each) => each === (record.role ?? (tokens.length === 0 ? "viewer" : "")));
  if (role === undefined) return new Wrong(`expected ${listed(personRoles)}`, ["role"]);
  return { name, role, emails: emails.map(String), tokens };
}

/** Why these are not persons of their own: a name, an address or a token that two of them have. */
export function apart(persons: readonly ConfiguredPerson[]): Wrong | undefined {
  const owners = new Map<string, number>();
  for (const [index, person] of persons.entries())
    for (const { what, key, path } of claimsOf(person)) {
      const owner = owners.get(key);
      if (owner !== undefined && (owner !== index || what === "token")) {
        const why = `${persons[owner]?.name} has the same ${what}: what belongs to one person is one entry`;
        return new Wrong(why, [index, ...path]);
      }
      owners.set(key, index);
    }
  return undefined;
}

function claimsOf({ name, emails, tokens }: ConfiguredPerson) {
  return [
    { what: "name", key: foldName(name), path: ["name"] },
    ...emails.map((email, at) => ({ what: "address", key: foldName(email), path: ["emails", at] })),
    ...tokens.map((hash, at) => ({ what: "token", key: `token ${hash}`, path: ["tokens", at] })),
  ];
}

/** `lea (approver, 2 tokens)` */
export function describePerson({ name, role, tokens }: ConfiguredPerson): string {
  return `${name} (${role}, ${tokens.length} ${tokens.length === 1 ? "token" : "tokens"})`;
}
