import { createHash, timingSafeEqual } from "node:crypto";
import { UserError } from "../errors.ts";
import type { RequestIdentity, Role } from "./request.ts";

/** A person or a program that may use the admin plane. Only the hash of the token is kept. */
export interface AdminToken {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly hash: string;
}

export interface Access {
  /** Who presents this `Authorization` header; undefined for a wrong one, anonymous for none. */
  readonly identify: (authorization: string | undefined) => RequestIdentity | undefined;
}

/** Tokens in force. `UserError` for a hash that is none, and for two tokens alike. */
export function createAccess(tokens: readonly AdminToken[]): Access {
  const known = tokens.map((token) => ({ ...token, bytes: hashBytes(token) }));
  if (new Set(tokens.map((token) => token.hash.toLowerCase())).size < tokens.length) {
    throw new UserError("admin-tokens", "two admin tokens have the same hash: each needs its own");
  }
  return {
    identify(authorization) {
      if (authorization === undefined) return { type: "anonymous" };
      const presented = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
      if (presented === undefined) return undefined;
      const hash = bytesOf(presented);
      let found: AdminToken | undefined;
      // All are compared, so that the time does not tell which one was close.
      for (const token of known) if (timingSafeEqual(token.bytes, hash)) found = token;
      return found && { type: "person", name: found.name, role: found.role, via: "token" };
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

/** The person at the machine: whoever may open the daemon's socket. Approving takes a token of its own. */
export const localOperator: RequestIdentity = {
  type: "person",
  name: "local",
  role: "operator",
  via: "socket",
};

/** Whether a role suffices for a route that asks for `required`. */
export function permits(role: Role, required: Role): boolean {
  return allowed[required].includes(role);
}

const allowed: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ["viewer", "planner", "operator", "approver"],
  planner: ["planner", "operator", "approver"],
  operator: ["operator"],
  approver: ["approver"],
};

function hashBytes({ name, hash }: AdminToken): Buffer {
  if (/^[0-9a-f]{64}$/i.test(hash)) return Buffer.from(hash, "hex");
  throw new UserError("admin-tokens", `the hash of admin token "${name}" is not 64 hexadecimal digits`, {
    hint: "Make it with: printf %s TOKEN | sha256sum",
  });
}

function bytesOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
