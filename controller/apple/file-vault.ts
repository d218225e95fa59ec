import type { Kept } from "../core/report.ts";
import type { Registrar } from "./identity.ts";
import { decryptEnvelope } from "./wire/cms-enveloped.ts";
import { DerError } from "./wire/der.ts";

/**
 * The personal recovery key in what a Mac reported (SecurityInfo's FDE_PersonalRecoveryKeyCMS, RotateFileVaultKey's
 * EncryptedNewRecoveryKey), to be kept: the key itself, or the envelope as it is when it is for somebody else.
 */
export function recoveryKeyIn(envelope: Uint8Array, recipients: readonly Registrar[]): Kept {
  try {
    const text = decryptEnvelope(envelope, recipients).toString("latin1").trim();
    // What a Mac makes is letters, digits and dashes; anything else stays as it came.
    if (/^[\x21-\x7e]{8,128}$/.test(text)) return { kind: "recovery-key", value: text };
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
  }
  return { kind: "recovery-key", value: envelope };
}
