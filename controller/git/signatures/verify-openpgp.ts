import type { Key, Signature } from "openpgp";
import type { OpenpgpKey } from "../../core/signing/openpgp-key.ts";

/** How far the clock of whoever signed may be ahead of ours. */
const aheadMs = 10 * 60_000;
const longest = 32_768;

/** The declared key that made a signature, or why none did. */
export type OpenpgpAnswer =
  | { readonly ok: true; readonly fingerprint: string }
  | { readonly ok: false; readonly why: string };

/** Verifies detached signatures of OpenPGP (RFC 9580) with the declared keys; each is read once. */
export function createOpenpgpVerifier(declared: readonly OpenpgpKey[]) {
  let reading: Promise<readonly Key[]> | undefined;
  return async (armored: string, payload: Uint8Array, now: number): Promise<OpenpgpAnswer> => {
    // Loading it costs more than everything else of a start: only who has such commits pays for it.
    const openpgp = await import("openpgp");
    reading ??= Promise.all(declared.map(({ armored: one }) => openpgp.readKey({ armoredKey: one })));
    const signature = await readSignature(armored);
    if (typeof signature === "string") return { ok: false, why: signature };
    const [packet] = signature.packets;
    const issuer = packet?.issuerKeyID;
    const key = (await reading).find((one) => issuer !== undefined && one.getKeys(issuer).length > 0);
    if (key === undefined || issuer === undefined)
      return {
        ok: false,
        why: `its key ${issuer?.toHex().toUpperCase() ?? ""} belongs to nobody in persons`,
      };
    try {
      const message = await openpgp.createMessage({ binary: payload });
      const date = new Date(now + aheadMs);
      const result = await openpgp.verify({
        message,
        signature,
        verificationKeys: key,
        format: "binary",
        date,
      });
      await result.signatures[0]?.verified;
      if (result.signatures.length !== 1) return { ok: false, why: "it is not one signature" };
      // The library asks whether the key was good when the signature says that it was made, which its maker chose.
      await key.getSigningKey(issuer, new Date(now));
      return { ok: true, fingerprint: key.getFingerprint().toUpperCase() };
    } catch (error) {
      return { ok: false, why: `the signature is not good: ${told(error)}` };
    }
  };
}

/** Why a key that the configuration declares signs nothing now, or undefined. */
export async function openpgpTrouble(armored: string, now: number): Promise<string | undefined> {
  const { readKey } = await import("openpgp");
  try {
    const key = await readKey({ armoredKey: armored });
    await key.getSigningKey(undefined, new Date(now));
    return undefined;
  } catch (error) {
    return `signs nothing now: ${told(error)}`;
  }
}

async function readSignature(armored: string): Promise<Signature | string> {
  const { readSignature: read, enums } = await import("openpgp");
  if (armored.length > longest || !armored.startsWith("-----BEGIN PGP SIGNATURE-----"))
    return "it is not framed as a signature of OpenPGP";
  try {
    const signature = await read({ armoredSignature: armored });
    const [packet, ...more] = signature.packets;
    if (packet === undefined || more.length > 0) return "it is not one signature";
    if (packet.signatureType !== enums.signature.binary) return "it is not one over plain bytes";
    const strong: readonly number[] = [enums.hash.sha256, enums.hash.sha384, enums.hash.sha512];
    if (!strong.includes(packet.hashAlgorithm ?? 0))
      return "its hash is too weak: SHA-256, SHA-384 or SHA-512 is needed";
    return signature;
  } catch (error) {
    return `it cannot be read: ${told(error)}`;
  }
}

function told(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").slice(0, 200);
}
