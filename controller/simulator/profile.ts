import { X509Certificate } from "node:crypto";
import { openSealed, openSigned, type Signer } from "./cms.ts";
import type { ErrorItem } from "./faults.ts";
import type { ProfileSignature } from "./ledger.ts";
import { isDict, type PlistDict, readDict, readPlist } from "./plist.ts";
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
    const isEncrypted = Buffer.isBuffer(content.EncryptedPayloadContent);
    const payloads = isEncrypted
      ? decrypt(content.EncryptedPayloadContent as Buffer, trust)
      : content.PayloadContent;
    checkTop(content);
    const checked = checkPayloads(payloads);
    const identifier = content.PayloadIdentifier as string;
    const uuid = content.PayloadUUID as string;
    return {
      ok: true,
      profile: { identifier, uuid, content, payloads: checked, isEncrypted, signature, signers },
    };
  } catch (error) {
    return { ok: false, chain: installationFailed(error instanceof Error ? error.message : String(error)) };
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
  if (!trusted && trust.strict) throw new Error("the signer of the profile is not trusted");
  return {
    plist: opened.content,
    signature: trusted ? "verified" : "untrusted",
    signers: opened.certificates.map((one) => Buffer.from(one.raw)),
  };
}

function decrypt(sealed: Buffer, trust: Trust) {
  for (const identity of trust.identities) {
    try {
      return readPlist(openSealed(sealed, identity.privateKey));
    } catch {
      // Another identity may fit.
    }
  }
  throw new Error("the profile is encrypted for another device");
}

function checkTop(content: PlistDict): void {
  expectText(content, "PayloadIdentifier", "the profile");
  expectText(content, "PayloadUUID", "the profile");
  if (content.PayloadType !== "Configuration")
    throw new Error(`PayloadType is ${String(content.PayloadType)}`);
  if (content.PayloadVersion !== 1) throw new Error(`PayloadVersion is ${String(content.PayloadVersion)}`);
  if (
    content.PayloadScope !== undefined &&
    content.PayloadScope !== "System" &&
    content.PayloadScope !== "User"
  )
    throw new Error("PayloadScope is neither System nor User");
}

function checkPayloads(payloads: unknown): PlistDict[] {
  if (!Array.isArray(payloads)) throw new Error("PayloadContent is not an array");
  const uuids = new Set<unknown>();
  return payloads.map((payload, index) => {
    const where = `payload ${index}`;
    if (!isDict(payload)) throw new Error(`${where} is not a dictionary`);
    for (const key of ["PayloadType", "PayloadIdentifier", "PayloadUUID"]) expectText(payload, key, where);
    if (payload.PayloadVersion !== 1) throw new Error(`${where}: PayloadVersion is not 1`);
    if (uuids.has(payload.PayloadUUID)) throw new Error(`${where}: its PayloadUUID is used twice`);
    uuids.add(payload.PayloadUUID);
    return payload;
  });
}

function expectText(dict: PlistDict, key: string, where: string): void {
  const value = dict[key];
  if (typeof value !== "string" || value === "") throw new Error(`${where} has no ${key}`);
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
