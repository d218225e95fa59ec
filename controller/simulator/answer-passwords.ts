import { X509Certificate } from "node:crypto";
import { sealFor } from "./cms.ts";
import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import { isDict, type PlistDict, readPlist } from "./plist.ts";
import { payloadsOf, recoveryKey } from "./secrets.ts";

/** SetRecoveryLock: Macs with Apple silicon; whoever changes it says the one of before. */
export function setRecoveryLock({ hardware, state: { secrets } }: Machine, command: PlistDict): Answer {
  if (hardware.intel) return refused("MCMDMErrorDomain", 12021, "a Mac with an Intel processor has none");
  if (secrets.recoveryLock !== undefined && command.CurrentPassword !== secrets.recoveryLock)
    return refused("MDMErrorDomain", 70, "the current recovery password is another one");
  secrets.recoveryLock = String(command.NewPassword) || undefined;
  return acknowledged({}, secrets.recoveryLock === undefined ? "recovery lock off" : "recovery lock set");
}

/** VerifyRecoveryLock. */
export function verifyRecoveryLock({ state: { secrets } }: Machine, command: PlistDict): Answer {
  if (secrets.recoveryLock === undefined) return refused("MDMErrorDomain", 71, "no recovery lock is set");
  return acknowledged({ PasswordVerified: command.Password === secrets.recoveryLock });
}

/** SetFirmwarePassword: Macs with an Intel processor. */
export function setFirmwarePassword({ hardware, state: { secrets } }: Machine, command: PlistDict): Answer {
  if (!hardware.intel) return refused("MCMDMErrorDomain", 12021, "Apple silicon has no firmware password");
  const known = secrets.firmwarePassword;
  const isRight = known === undefined || command.CurrentPassword === known;
  if (isRight) secrets.firmwarePassword = String(command.NewPassword) || undefined;
  return acknowledged(
    { SetFirmwarePassword: { PasswordChanged: isRight } },
    isRight ? "firmware password set" : "firmware password kept",
  );
}

/** VerifyFirmwarePassword. */
export function verifyFirmwarePassword({ hardware, state }: Machine, command: PlistDict): Answer {
  if (!hardware.intel) return refused("MCMDMErrorDomain", 12021, "Apple silicon has no firmware password");
  const isRight = command.Password === state.secrets.firmwarePassword;
  return acknowledged({ VerifyFirmwarePassword: { PasswordVerified: isRight } });
}

/** The account that enrollment makes on a Mac. */
export const ADMIN_GUID = "E8A1B9C2-0000-4000-8000-00000000AD01";

/** SetAutoAdminPassword: a salted hash for the account with this GUID, and for no other. */
export function setAdminPassword({ state: { secrets } }: Machine, command: PlistDict): Answer {
  if (command.GUID !== ADMIN_GUID)
    return refused("MCMDMErrorDomain", 12021, "no account of enrollment has this GUID");
  const outer = Buffer.isBuffer(command.passwordHash) ? readPlist(command.passwordHash) : undefined;
  const inner = isDict(outer) ? outer["SALTED-SHA512-PBKDF2"] : undefined;
  if (!isDict(inner) || !Buffer.isBuffer(inner.entropy) || inner.entropy.length !== 128)
    return refused("MCMDMErrorDomain", 12021, "the password hash is malformed");
  secrets.adminHash = command.passwordHash as Buffer;
  return acknowledged({}, "administrator's password set");
}

/** RotateFileVaultKey: the key of now opens the way to the next, which leaves in an envelope only. */
export function rotateFileVaultKey({ state: { secrets }, random }: Machine, command: PlistDict): Answer {
  const { FileVaultUnlock: unlock, ReplyEncryptionCertificate: certificate } = command;
  if (secrets.fileVaultKey === undefined) return refused("MDMErrorDomain", 72, "FileVault is off");
  if (!isDict(unlock) || unlock.Password !== secrets.fileVaultKey)
    return refused("MDMErrorDomain", 73, "FileVault cannot be unlocked with this");
  secrets.fileVaultKey = recoveryKey(random);
  const reply = Buffer.isBuffer(certificate)
    ? { RotateResult: { EncryptedNewRecoveryKey: envelope(certificate, secrets.fileVaultKey) } }
    : {};
  return acknowledged(reply, "FileVault key rotated");
}

function envelope(certificate: Buffer, key: string): Buffer {
  return sealFor(Buffer.from(key), new X509Certificate(certificate), "aes-128-cbc");
}

/** What SecurityInfo says of FileVault: the key only where a profile escrows it, and only in an envelope. */
export function fileVaultStatus(machine: Machine): PlistDict {
  const isOn = payloadsOf(machine, "com.apple.MCX.FileVault2").some(({ payload }) => payload.Enable === "On");
  const { secrets } = machine.state;
  if (isOn) secrets.fileVaultKey ??= recoveryKey(machine.random);
  const [escrow] = payloadsOf(machine, "com.apple.security.FDERecoveryKeyEscrow");
  const certificate = escrow?.siblings.find(
    (one) => one.PayloadUUID === escrow.payload.EncryptCertPayloadUUID,
  )?.PayloadContent;
  const key = isOn && Buffer.isBuffer(certificate) ? secrets.fileVaultKey : undefined;
  return {
    FDE_Enabled: isOn,
    FDE_HasInstitutionalRecoveryKey: false,
    FDE_HasPersonalRecoveryKey: isOn,
    ...(key === undefined ? {} : { FDE_PersonalRecoveryKeyCMS: envelope(certificate as Buffer, key) }),
  };
}
