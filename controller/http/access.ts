import { createHash, timingSafeEqual } from "node:crypto";
import { identitiesOf } from "../core/persons.ts";
import { UserError } from "../errors.ts";
import { type RequestIdentity, type Role, roles } from "./request.ts";

/** A person or a program that may use the admin plane. Only the hash of the token is kept. */
export interface AdminToken {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly hash: string;
  /** Addresses and names under which its person commits. */
  readonly emails?: readonly string[];
}

export interface Access {
  /** Who presents this `Authorization` header; undefined for a wrong one, anonymous for none. */
  readonly identify: (authorization: string | undefined) => RequestIdentity | undefined;
}

/** Tokens in force. `UserError` for a hash that is none, and for two tokens alike. */
export function createAccess(tokens: readonly AdminToken[]): Access {
  const persons = personsOf(tokens);
  const known = tokens.map((token, index) => ({ ...token, ...persons[index], bytes: hashBytes(token) }));
  if (new Set(tokens.map((token) => token.hash.toLowerCase())).size < tokens.length) {
    throw new UserError("admin-tokens", "two admin tokens have the same hash: each needs its own");
  }
  return {
    identify(authorization) {
      if (authorization === undefined) return { type: "anonymous" };
      const presented = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
      if (presented === undefined) return undefined;
      const hash = bytesOf(presented);
      let found: (typeof known)[number] | undefined;
      // All are compared, so that the time does not tell which one was close.
      for (const token of known) if (timingSafeEqual(token.bytes, hash)) found = token;
      if (found === undefined) return undefined;
      const { name, role, person = name, identities = [] } = found;
      return { type: "person", name, role, via: "token", person, identities };
    },
  };
}

interface Known {
  /** The name of the first token of this person. */
  person: string;
  identities: readonly string[];
}

/** Tokens that share a name or an address belong to one person, who counts once. */
function personsOf(tokens: readonly AdminToken[]): readonly Known[] {
  const known: Known[] = [];
  for (const { name, emails } of tokens) {
    const own = identitiesOf([name, ...(emails ?? [])]);
    const same = known.filter((one) => one.identities.some((identity) => own.includes(identity)));
    const person = same[0]?.person ?? name;
    const identities = [...new Set([...same.flatMap((one) => one.identities), ...own])].sort();
    known.push({ person, identities });
    for (const one of known)
      if (one.identities.some((each) => own.includes(each))) Object.assign(one, { person, identities });
  }
  return known;
}

/** The hash under which a token is configured. */
export function hashToken(token: string): string {
  return bytesOf(token).toString("hex");
}

/** Compares in a time that says nothing about where two texts differ. */
export function sameSecret(presented: unknown, secret: string): boolean {
  return typeof presented === "string" && timingSafeEqual(bytesOf(presented), bytesOf(secret));
}

/**
 * The person at the machine: whoever may open the daemon's socket. Approving and lifting the kill switch take a token,
 * because a socket does not say who somebody is; stopping does not, because it must be easy.
 */
export const localOperator: RequestIdentity = {
  type: "person",
  name: "local",
  role: "operator",
  via: "socket",
  person: "local",
  identities: ["local"],
};

/** Whether a role suffices for a route that asks for `required`: each role may do what those before it may. */
export function permits(role: Role, required: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(required);
}

function hashBytes({ name, hash }: AdminToken): Buffer {
  if (/^[0-9a-f]{64}$/i.test(hash)) return Buffer.from(hash, "hex");
  throw new UserError("admin-tokens", `the hash of admin token "${name}" is not 64 hexadecimal digits`, {
    hint: "Make it with: printf %s TOKEN | sha256sum",
  });
}

function bytesOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
