import { pbkdf2Sync } from "node:crypto";
import { Stalled } from "../errors.ts";
import { type PlistDict, textAt } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

/** SetRecoveryLock: an empty new password takes the lock away. */
export function recoveryLock(parameters: PlistDict): PlistDict {
  return { ...currentOf(parameters), NewPassword: newOf(parameters) };
}

/** SetFirmwarePassword: as SetRecoveryLock, in characters that can be typed before a keyboard layout is loaded. */
export function firmwarePassword(parameters: PlistDict): PlistDict {
  const password = newOf(parameters);
  if (!/^[\x20-\x7e]*$/.test(password))
    throw new Stalled("act-parameters", "a firmware password has printable ASCII characters only");
  const roms = parameters.allowOptionRoms === true ? { AllowOroms: true } : {};
  return { ...currentOf(parameters), NewPassword: password, ...roms };
}

/** VerifyRecoveryLock, VerifyFirmwarePassword. */
export function password(parameters: PlistDict): PlistDict {
  return { Password: passwordOf(parameters) };
}

/** SetAutoAdminPassword: the account by its GUID, and never the password itself but a salted hash of it. */
export function adminPassword(parameters: PlistDict): PlistDict {
  const guid = textAt(parameters, "guid");
  const salt = parameters.salt;
  if (guid === undefined || !(salt instanceof Uint8Array))
    throw new Stalled("act-parameters", "the account's GUID or the salt is missing");
  return { GUID: guid, passwordHash: saltedHash(passwordOf(parameters), salt) };
}

const iterations = 60_000;

/** `SALTED-SHA512-PBKDF2` as a property list in data, as Apple's SetAutoAdminPassword takes it. */
function saltedHash(text: string, salt: Uint8Array): Buffer {
  const entropy = pbkdf2Sync(text, salt, iterations, 128, "sha512");
  return writePlist({ "SALTED-SHA512-PBKDF2": { entropy, salt: Buffer.from(salt), iterations } });
}

/** RotateFileVaultKey: the new key comes back in an envelope for our certificate. */
export function fileVaultKey(parameters: PlistDict): PlistDict {
  const certificate = parameters.replyCertificate;
  if (!(certificate instanceof Uint8Array))
    throw new Stalled("act-parameters", "there is no certificate to which the new key could be encrypted");
  return {
    KeyType: "personal",
    FileVaultUnlock: { Password: passwordOf(parameters) },
    ReplyEncryptionCertificate: certificate,
  };
}

function newOf(parameters: PlistDict): string {
  return parameters.clear === true ? "" : passwordOf(parameters);
}

function passwordOf(parameters: PlistDict): string {
  const text = textAt(parameters, "password");
  if (text === undefined || text === "") throw new Stalled("act-parameters", "there is no password for it");
  return text;
}

function currentOf(parameters: PlistDict): PlistDict {
  const current = textAt(parameters, "current");
  return current === undefined || current === "" ? {} : { CurrentPassword: current };
}
