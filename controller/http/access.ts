import { createHash, timingSafeEqual } from "node:crypto";
import { identitiesOf } from "../core/persons.ts";
import { UserError } from "../errors.ts";
import { type RequestIdentity, type Role, roles } from "./request.ts";

/** A person or a program that may use the admin plane. Only the hashes of tokens are kept. */
export interface AdminPerson {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of each token, 64 hexadecimal digits. */
  readonly tokens: readonly string[];
  /** Addresses and names under which this person commits. */
  readonly emails?: readonly string[];
}

export interface Access {
  /** Who presents this `Authorization` header; undefined for a wrong one, anonymous for none. */
  readonly identify: (authorization: string | undefined) => RequestIdentity | undefined;
}

/** Tokens in force. `UserError` for a hash that is none, and for two tokens alike. */
export function createAccess(persons: readonly AdminPerson[]): Access {
  const known = persons.flatMap((person) => {
    const { name, role, emails = [] } = person;
    const identities = identitiesOf([name, ...emails]);
    const identity = { type: "person", name, role, via: "token", person: name, identities } as const;
    return person.tokens.map((hash) => ({ identity, bytes: hashBytes(name, hash) }));
  });
  if (new Set(known.map(({ bytes }) => bytes.toString("hex"))).size < known.length) {
    throw new UserError("admin-tokens", "two tokens have the same hash: each needs its own");
  }
  return {
    identify(authorization) {
      if (authorization === undefined) return { type: "anonymous" };
      const presented = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
      if (presented === undefined) return undefined;
      const hash = bytesOf(presented);
      let found: RequestIdentity | undefined;
      // All are compared, so that the time does not tell which one was close.
      for (const token of known) if (timingSafeEqual(token.bytes, hash)) found = token.identity;
      return found;
    },
  };
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

function hashBytes(name: string, hash: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(hash)) return Buffer.from(hash, "hex");
  throw new UserError("admin-tokens", `the hash of a token of "${name}" is not 64 hexadecimal digits`, {
    hint: "Make it with: printf %s TOKEN | sha256sum",
  });
}

function bytesOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
