import { X509Certificate } from "node:crypto";
import { openSealed, openSigned, type Signer } from "./cms.ts";
import type { ErrorItem } from "./faults.ts";
import type { ProfileSignature } from "./ledger.ts";
import { isDict, type PlistDict, readDict, readPlist, realOf } from "./plist.ts";
import { leadsTo } from "./trust.ts";

/** A configuration profile that a device has unpacked and found in order. */
export type Profile = {
  readonly identifier: string;
  readonly uuid: string;
  readonly content: PlistDict;
  readonly payloads: readonly PlistDict[];
  readonly isEncrypted: boolean;
  readonly signature: ProfileSignature;
  readonly signers: readonly Buffer[];
};

export type ProfileResult =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly chain: readonly ErrorItem[] };

export type Trust = {
  readonly anchors: readonly X509Certificate[];
  /** Anchors that are given are the only truth: a signature that does not lead to one is refused. */
  readonly strict: boolean;
  readonly now: number;
  /** For encrypted profiles: the identities of the device. */
  readonly identities: readonly Signer[];
};

/** Strips and checks the signature, decrypts, and checks what every profile must have (TopLevel, CommonPayloadKeys). */
export function openProfile(bytes: Buffer, trust: Trust): ProfileResult {
  try {
    const { plist, signature, signers } = stripSignature(bytes, trust);
    const content = readDict(plist);
    checkTop(content);
    const isEncrypted = content.IsEncrypted === true;
    const payloads = isEncrypted ? decrypt(content.EncryptedPayloadContent, trust) : content.PayloadContent;
    const checked = checkPayloads(payloads, content);
    const identifier = content.PayloadIdentifier as string;
    const uuid = content.PayloadUUID as string;
    return {
      ok: true,
      profile: { identifier, uuid, content, payloads: checked, isEncrypted, signature, signers },
    };
  } catch (error) {
    const code = error instanceof ProfileFault ? error.code : faults.malformed;
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, chain: installationFailed(reason, "MCProfileErrorDomain", code) };
  }
}

/** Codes of MCProfileErrorDomain. */
const faults = {
  malformed: 1000,
  version: 1001,
  missing: 1002,
  type: 1003,
  signature: 1004,
  empty: 1005,
  encryption: 1006,
  uuids: 1007,
  identifiers: 1008,
  value: 1010,
} as const;

class ProfileFault extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The chain that a device sends when a profile cannot be installed. */
export function installationFailed(
  reason: string,
  domain = "MCProfileErrorDomain",
  code = 1000,
): ErrorItem[] {
  return [
    { domain: "MCInstallationErrorDomain", code: 4001, description: "Profile Installation Failed" },
    { domain, code, description: reason },
  ];
}

type Stripped = {
  readonly plist: Buffer;
  readonly signature: ProfileSignature;
  readonly signers: readonly Buffer[];
};

function stripSignature(bytes: Buffer, trust: Trust): Stripped {
  if (bytes[0] !== 0x30) return { plist: bytes, signature: "unsigned", signers: [] };
  const opened = openSigned(bytes);
  const trusted = leadsTo(opened.signer, opened.certificates, trust.anchors, trust.now);
  if (!trusted && trust.strict)
    throw new ProfileFault(faults.signature, "the signer of the profile is not trusted");
  return {
    plist: opened.content,
    signature: trusted ? "verified" : "untrusted",
    signers: opened.certificates.map((one) => Buffer.from(one.raw)),
  };
}

function decrypt(sealed: unknown, trust: Trust) {
  if (!Buffer.isBuffer(sealed)) throw new ProfileFault(faults.missing, "there is no EncryptedPayloadContent");
  for (const identity of trust.identities) {
    try {
      return readPlist(openSealed(sealed, identity.privateKey));
    } catch {
      // Another identity may fit.
    }
  }
  throw new ProfileFault(faults.encryption, "the profile is encrypted for another device");
}

const flags = ["IsEncrypted", "HasRemovalPasscode", "PayloadRemovalDisallowed"];
const texts = ["PayloadDisplayName", "PayloadDescription", "PayloadOrganization"];

function checkTop(content: PlistDict): void {
  expectText(content, "PayloadIdentifier", "the profile");
  expectText(content, "PayloadUUID", "the profile");
  expectVersion(content, "the profile");
  if (content.PayloadType !== "Configuration")
    throw new ProfileFault(faults.value, `PayloadType is ${String(content.PayloadType)}`);
  for (const key of flags)
    if (content[key] !== undefined && typeof content[key] !== "boolean")
      throw new ProfileFault(faults.type, `${key} is not a boolean`);
  expectTexts(content, "the profile");
  if (content.RemovalDate !== undefined && !(content.RemovalDate instanceof Date))
    throw new ProfileFault(faults.type, "RemovalDate is no date");
  if (content.DurationUntilRemoval !== undefined && realOf(content.DurationUntilRemoval) === undefined)
    throw new ProfileFault(faults.type, "DurationUntilRemoval is no real");
  if (!["System", "User"].includes(String(content.PayloadScope ?? "System")))
    throw new ProfileFault(faults.value, "PayloadScope is neither System nor User");
  if (content.EncryptedPayloadContent !== undefined && content.IsEncrypted !== true)
    throw new ProfileFault(faults.value, "EncryptedPayloadContent without IsEncrypted");
}

/** Every payload has what CommonPayloadKeys demands, and no two of a profile have an identifier or UUID in common. */
function checkPayloads(payloads: unknown, top: PlistDict): PlistDict[] {
  if (payloads === undefined) throw new ProfileFault(faults.missing, "there is no PayloadContent");
  if (!Array.isArray(payloads)) throw new ProfileFault(faults.type, "PayloadContent is not an array");
  if (payloads.length === 0) throw new ProfileFault(faults.empty, "the profile is empty");
  const uuids = new Set<unknown>([top.PayloadUUID]);
  const identifiers = new Set<unknown>();
  const checked = payloads.map((payload, index) => {
    const where = `payload ${index}`;
    if (!isDict(payload)) throw new ProfileFault(faults.type, `${where} is not a dictionary`);
    for (const key of ["PayloadType", "PayloadIdentifier", "PayloadUUID"]) expectText(payload, key, where);
    expectVersion(payload, where);
    expectTexts(payload, where);
    if (uuids.has(payload.PayloadUUID))
      throw new ProfileFault(faults.uuids, `${where}: its PayloadUUID is used twice`);
    if (identifiers.has(payload.PayloadIdentifier))
      throw new ProfileFault(faults.identifiers, `${where}: its PayloadIdentifier is used twice`);
    uuids.add(payload.PayloadUUID);
    identifiers.add(payload.PayloadIdentifier);
    return payload;
  });
  for (const payload of checked) expectReferences(payload, checked);
  expectRemovalPassword(checked, top);
  return checked;
}

/** What a payload says it authenticates with, or trusts, must come in the same profile. */
function expectReferences(payload: PlistDict, all: readonly PlistDict[]): void {
  const { PayloadCertificateUUID: identity, PayloadType, EAPClientConfiguration: eap } = payload;
  const anchors = isDict(eap) ? eap.PayloadCertificateAnchorUUID : undefined;
  const named = [
    ...(identity === undefined ? [] : [["PayloadCertificateUUID", identity] as const]),
    ...(Array.isArray(anchors) ? anchors : []).map((one) => ["PayloadCertificateAnchorUUID", one] as const),
  ];
  for (const [key, uuid] of named)
    if (!all.some((one) => one.PayloadUUID === uuid))
      throw new ProfileFault(faults.value, `${String(PayloadType)}: ${key} names no payload`);
}

/** HasRemovalPasscode and com.apple.profileRemovalPassword come together, the password in clear text and not empty. */
function expectRemovalPassword(payloads: readonly PlistDict[], { HasRemovalPasscode }: PlistDict): void {
  const locks = payloads.filter((one) => one.PayloadType === "com.apple.profileRemovalPassword");
  if (locks.length > 1) throw new ProfileFault(faults.value, "there are two removal passwords");
  if (locks.length === 0 && HasRemovalPasscode === true)
    throw new ProfileFault(faults.value, "HasRemovalPasscode without a removal password");
  if (locks.some(({ RemovalPassword: text }) => typeof text !== "string" || text === ""))
    throw new ProfileFault(faults.value, "the removal password is no text");
}

function expectVersion(dict: PlistDict, where: string): void {
  const { PayloadVersion } = dict;
  if (PayloadVersion === undefined) throw new ProfileFault(faults.missing, `${where} has no PayloadVersion`);
  if (typeof PayloadVersion !== "number" || !Number.isInteger(PayloadVersion))
    throw new ProfileFault(faults.type, `${where}: PayloadVersion is no integer`);
  if (PayloadVersion !== 1) throw new ProfileFault(faults.version, `${where}: PayloadVersion is not 1`);
}

function expectText(dict: PlistDict, key: string, where: string): void {
  const value = dict[key];
  if (value === undefined || value === "") throw new ProfileFault(faults.missing, `${where} has no ${key}`);
  if (typeof value !== "string") throw new ProfileFault(faults.type, `${where}: ${key} is no string`);
}

function expectTexts(dict: PlistDict, where: string): void {
  for (const key of texts)
    if (dict[key] !== undefined && typeof dict[key] !== "string")
      throw new ProfileFault(faults.type, `${where}: ${key} is no string`);
}

/** The certificates that payloads of a profile bring: roots, intermediates and leaves, DER or PEM. */
export function certificatesIn(payloads: readonly PlistDict[]): X509Certificate[] {
  const types = ["com.apple.security.root", "com.apple.security.pkcs1", "com.apple.security.pem"];
  return payloads.flatMap((payload) => {
    const data = payload.PayloadContent;
    if (!types.includes(String(payload.PayloadType)) || !Buffer.isBuffer(data)) return [];
    return [new X509Certificate(data)];
  });
}
