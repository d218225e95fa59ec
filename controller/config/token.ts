import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { didYouMean, listed } from "../core/check/nearest.ts";
import { readText, Wrong } from "./setting.ts";

/** One person or program of `admin.tokens`, by the hash of its token. */
export interface ConfiguredToken {
  readonly name: string;
  readonly role: "viewer" | "planner" | "operator" | "approver";
  readonly hash: string;
  /** Addresses under which this person commits. */
  readonly emails: readonly string[];
}

const tokenRoles = ["viewer", "planner", "operator", "approver"] as const;
const tokenKeys = ["name", "role", "tokenHash", "tokenFile", "emails"];

/** An entry of `admin.tokens`. */
export function readToken(raw: unknown, base: string): ConfiguredToken | Wrong {
  if (typeof raw !== "object" || raw === null)
    return new Wrong("expected {name, role, tokenHash or tokenFile}");
  const record = raw as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((key) => !tokenKeys.includes(key));
  if (unknown !== undefined) return new Wrong(`unknown key "${unknown}".${didYouMean(unknown, tokenKeys)}`);
  const role = tokenRoles.find((each) => each === record.role);
  const { name, tokenHash, tokenFile } = record;
  if (typeof name !== "string" || !/^[\w.@+-]{1,100}$/.test(name))
    return new Wrong("name: expected a short name or an e-mail address");
  if (role === undefined) return new Wrong(`role: expected ${listed(tokenRoles)}`);
  if ((tokenHash === undefined) === (tokenFile === undefined))
    return new Wrong("expected tokenHash or tokenFile, one of them");
  const hash = tokenHash === undefined ? hashOfFile(tokenFile, base) : tokenHash;
  if (hash instanceof Wrong) return hash;
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/i.test(hash))
    return new Wrong("tokenHash: expected the SHA-256 of the token, 64 hexadecimal digits");
  const { emails = [] } = record;
  if (
    !Array.isArray(emails) ||
    !emails.every((one) => typeof one === "string" && /^[^\s@]+@[^\s@]+$/.test(one))
  )
    return new Wrong("emails: expected a list of e-mail addresses");
  return { name, role, hash: hash.toLowerCase(), emails };
}

function hashOfFile(file: unknown, base: string): string | Wrong {
  const name = readText(file);
  if (name instanceof Wrong) return new Wrong(`tokenFile: ${name.message}`);
  try {
    const token = readFileSync(resolve(base, name), "utf8").trim();
    if (token.length < 20) return new Wrong("tokenFile: a token has at least 20 characters");
    return createHash("sha256").update(token).digest("hex");
  } catch (error) {
    return new Wrong(`tokenFile: ${(error as NodeJS.ErrnoException).code ?? "cannot be read"}`);
  }
}
