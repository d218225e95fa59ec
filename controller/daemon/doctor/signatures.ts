import type { Finding, Patient } from "../../cli/doctor.ts";
import type { ConfiguredKey } from "../../config/person-keys.ts";
import { openpgpTrouble } from "../../git/signatures/verify-openpgp.ts";

const soonMs = 30 * 86_400_000;

/** Whose signatures count, and which keys are over or soon will be: what they sign is refused then. */
export async function checkSignatures({ config }: Patient): Promise<readonly Finding[]> {
  const check = "signatures";
  const { signatures } = config.source;
  const keys = config.persons.flatMap(({ name, keys: own }) => own.map((key) => ({ name, key })));
  if (keys.length === 0) return [];
  const findings: Finding[] = [];
  for (const { name, key } of keys) {
    const trouble = key.revoked === undefined ? await troubleOf(key, Date.now()) : undefined;
    if (trouble === undefined) continue;
    const says = `the key ${key.fingerprint} of ${name} ${trouble}`;
    findings.push({ check, status: "warn", says, hint: "Put a new key beside it, and restart the daemon." });
  }
  if (findings.length > 0) return findings;
  const wanted = {
    off: "none must be there",
    head: "the newest commit needs one",
    every: "every commit needs one",
  };
  const count = `${keys.length} key${keys.length === 1 ? "" : "s"}`;
  return [{ check, status: "pass", says: `${count} count; ${wanted[signatures]} (source.signatures)` }];
}

async function troubleOf({ kind, text, notAfter }: ConfiguredKey, now: number): Promise<string | undefined> {
  if (notAfter !== undefined && notAfter <= now) return "has ended: what it signs is refused";
  if (notAfter !== undefined && notAfter - now < soonMs)
    return `ends on ${new Date(notAfter).toISOString().slice(0, 10)}`;
  return kind === "openpgp" ? openpgpTrouble(text, now) : undefined;
}
