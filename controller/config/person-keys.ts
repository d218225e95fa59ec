import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { didYouMean } from "../core/check/nearest.ts";
import { parseOpenpgpKey } from "../core/signing/openpgp-key.ts";
import type { KeyTerm } from "../core/signing/signers.ts";
import { sshJwk } from "../core/signing/ssh-jwk.ts";
import { parseSshKey } from "../core/signing/ssh-key.ts";
import { readEach, readText, Wrong } from "./setting.ts";

/** A public key of a person, as text: it is parsed anew by whoever verifies with it. */
export interface ConfiguredKey extends KeyTerm {
  readonly kind: "ssh" | "openpgp";
  readonly text: string;
  /** As `ssh-keygen -l` and `gpg --fingerprint` show it. */
  readonly fingerprint: string;
}

const known = ["key", "file", "notBefore", "notAfter", "revoked"];
const largest = 262_144;

/** `sshKeys` or `openpgpKeys` of a person: each the key itself, or a record with `key` or `file`. */
export function readKeys(
  kind: ConfiguredKey["kind"],
  raw: unknown,
  base: string,
): readonly ConfiguredKey[] | Wrong {
  if (!Array.isArray(raw)) return new Wrong("expected a list of public keys");
  return readEach(raw, (one) =>
    typeof one === "string" ? readKey(kind, one, {}) : readRecord(kind, one, base),
  );
}

function readRecord(kind: ConfiguredKey["kind"], raw: unknown, base: string): ConfiguredKey | Wrong {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return new Wrong("expected a public key, or {key or file, notBefore, notAfter, revoked}");
  const record = raw as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((key) => !known.includes(key));
  if (unknown !== undefined)
    return new Wrong(`unknown key "${unknown}".${didYouMean(unknown, known)}`, [unknown]);
  if ((record.key === undefined) === (record.file === undefined))
    return new Wrong("expected key or file, one of them");
  const term = readTerm(record);
  if (term instanceof Wrong) return term;
  if (record.file === undefined) {
    const key = typeof record.key === "string" ? record.key : "";
    const read = readKey(kind, key, term);
    return read instanceof Wrong ? read.below("key") : read;
  }
  const text = textOf(record.file, base);
  const read = text instanceof Wrong ? text : readKey(kind, text, term);
  return read instanceof Wrong ? read.below("file") : read;
}

function readKey(kind: ConfiguredKey["kind"], text: string, term: KeyTerm): ConfiguredKey | Wrong {
  if (kind === "openpgp") {
    const key = parseOpenpgpKey(text);
    return key.ok ? { kind, text, fingerprint: key.value.fingerprint, ...term } : new Wrong(key.why);
  }
  const key = parseSshKey(text.trim());
  if (!key.ok) return new Wrong(key.why);
  try {
    createPublicKey({ key: sshJwk(key.value), format: "jwk" });
  } catch {
    return new Wrong("its point lies on no curve: it was damaged on the way");
  }
  return { kind, text: text.trim(), fingerprint: key.value.fingerprint, ...term };
}

function textOf(file: unknown, base: string): string | Wrong {
  const name = readText(file);
  if (name instanceof Wrong) return name;
  try {
    const bytes = readFileSync(resolve(base, name));
    return bytes.length > largest
      ? new Wrong("the file is too large for a public key")
      : bytes.toString("utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return new Wrong(`${resolve(base, name)} cannot be read: ${code}`);
  }
}

function readTerm(record: Readonly<Record<string, unknown>>): KeyTerm | Wrong {
  const notBefore = readMoment(record.notBefore);
  if (notBefore instanceof Wrong) return notBefore.below("notBefore");
  const notAfter = readMoment(record.notAfter);
  if (notAfter instanceof Wrong) return notAfter.below("notAfter");
  if (notBefore !== undefined && notAfter !== undefined && notAfter <= notBefore)
    return new Wrong("expected a moment after notBefore", ["notAfter"]);
  const revoked = readRevoked(record.revoked);
  if (revoked instanceof Wrong) return revoked.below("revoked");
  return {
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

const moment = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/;

function readMoment(raw: unknown): number | undefined | Wrong {
  if (raw === undefined) return undefined;
  const at = typeof raw === "string" && moment.test(raw) ? Date.parse(raw) : Number.NaN;
  return Number.isNaN(at) ? new Wrong("expected a day such as 2027-01-31, or a moment with its zone") : at;
}

/** `true`, or why. `false` and nothing are a key that counts. */
function readRevoked(raw: unknown): string | undefined | Wrong {
  if (raw === undefined || raw === false) return undefined;
  if (raw === true) return "";
  const text = readText(raw);
  return text instanceof Wrong ? new Wrong("expected true, or why it is revoked") : text;
}
