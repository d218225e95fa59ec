import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { didYouMean } from "../core/check/nearest.ts";
import { readEach, readText, Wrong } from "./setting.ts";

const keys = ["file", "hash"];

/** `tokens` of a person: the hash of each, so that none is held. */
export function readTokens(raw: unknown, base: string): readonly string[] | Wrong {
  if (!Array.isArray(raw)) return new Wrong("expected a list of {file} or {hash}");
  return readEach(raw, (one) => readToken(one, base));
}

function readToken(raw: unknown, base: string): string | Wrong {
  if (typeof raw !== "object" || raw === null) return new Wrong("expected {file} or {hash}");
  const record = raw as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((key) => !keys.includes(key));
  if (unknown !== undefined)
    return new Wrong(`unknown key "${unknown}".${didYouMean(unknown, keys)}`, [unknown]);
  const { hash, file } = record;
  if ((hash === undefined) === (file === undefined)) return new Wrong("expected file or hash, one of them");
  if (file !== undefined) return hashOfFile(file, base);
  if (typeof hash !== "string" || !/^[0-9a-f]{64}$/i.test(hash))
    return new Wrong("expected the SHA-256 of the token, 64 hexadecimal digits", ["hash"]);
  return hash.toLowerCase();
}

function hashOfFile(file: unknown, base: string): string | Wrong {
  const name = readText(file);
  if (name instanceof Wrong) return name.below("file");
  try {
    const token = readFileSync(resolve(base, name), "utf8").trim();
    if (token.length < 20) return new Wrong("a token has at least 20 characters", ["file"]);
    return createHash("sha256").update(token).digest("hex");
  } catch (error) {
    return new Wrong(
      `${resolve(base, name)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`,
      ["file"],
    );
  }
}
