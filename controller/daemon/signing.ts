import type { ConfiguredKey } from "../config/person-keys.ts";
import type { Config } from "../config.ts";
import { parseOpenpgpKey } from "../core/signing/openpgp-key.ts";
import type { Signer, SigningKey } from "../core/signing/signers.ts";
import { parseSshKey } from "../core/signing/ssh-key.ts";
import type { RepositoryOptions } from "../git/repository.ts";

/** What the source verifies commits with; nothing where nobody has a key and no signature is asked for. */
export function signingOf({ persons, source }: Config): Pick<RepositoryOptions, "signing"> {
  const signers = signersOf(persons);
  if (signers.length === 0 && source.signatures === "off") return {};
  const { signedFrom } = source;
  return { signing: { signers, clock: Date.now, ...(signedFrom === undefined ? {} : { signedFrom }) } };
}

/** Those of the configuration who have keys. */
export function signersOf(persons: Config["persons"]): readonly Signer[] {
  return persons
    .filter(({ keys }) => keys.length > 0)
    .map(({ name, emails, platform, keys }) => ({ name, emails, platform, keys: keys.map(keyOf) }));
}

function keyOf({ kind, text, notBefore, notAfter, revoked }: ConfiguredKey): SigningKey {
  const term = {
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
    ...(revoked === undefined ? {} : { revoked }),
  };
  if (kind === "ssh") return { kind, key: parsed(parseSshKey(text)), ...term };
  return { kind, key: parsed(parseOpenpgpKey(text)), ...term };
}

/** The configuration has read it before. */
function parsed<T>(read: { ok: true; value: T } | { ok: false; why: string }): T {
  if (read.ok) return read.value;
  throw new Error(`a key of the configuration cannot be read: ${read.why}`);
}
