import type { FileVault } from "./generated/manifest.ts";
import type { Payload } from "./granted.ts";
import { payloadUuid } from "./payload-uuid.ts";

/** What stands for the certificate to which Macs encrypt what only reeve shall read; put in at the moment of sending. */
export const escrowVariable = "reeve.certificate";

/**
 * FileVault at the next login, and its personal recovery key escrowed to reeve's certificate (Apple:
 * com.apple.MCX.FileVault2, com.apple.security.FDERecoveryKeyEscrow).
 */
export function fileVaultPayloads(settings: FileVault, identifier: string): readonly Payload[] {
  const certificate = { type: "com.apple.security.pkcs1", name: "reeve-file-vault-certificate" };
  const { showRecoveryKey = false, postpone, inSetupAssistant } = settings;
  return [
    {
      type: "com.apple.MCX.FileVault2",
      name: "reeve-file-vault",
      content: {
        Enable: "On",
        Defer: true,
        ShowRecoveryKey: showRecoveryKey,
        UseRecoveryKey: true,
        ...(postpone === undefined ? {} : { DeferForceAtUserLoginMaxBypassAttempts: postpone }),
        ...(inSetupAssistant === true ? { ForceEnableInSetupAssistant: true } : {}),
      },
    },
    { ...certificate, content: { PayloadContent: { $data: `\${${escrowVariable}}` } } },
    {
      type: "com.apple.security.FDERecoveryKeyEscrow",
      name: "reeve-file-vault-escrow",
      content: {
        EncryptCertPayloadUUID: payloadUuid(identifier, certificate),
        Location: "The recovery key is kept by your organisation.",
      },
    },
  ];
}
