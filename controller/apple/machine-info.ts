import type { X509Certificate } from "node:crypto";
import type { Platform } from "../core/facts.ts";
import { platformOf } from "./reported-facts.ts";
import { parseCertificate } from "./wire/certificate.ts";
import { readSignedData, type SignedData, verifySignedData } from "./wire/cms-signed.ts";
import { DerError } from "./wire/der.ts";
import { isDict, type PlistDict, PlistError, textAt } from "./wire/plist.ts";
import { readPlist } from "./wire/read-plist.ts";

/** What a device says of itself before it enrolls (Apple: "MachineInfo"). */
export interface MachineInfo {
  readonly serial: string;
  readonly udid: string;
  /** Such as `iPhone17,3`. */
  readonly product: string;
  readonly platform: Platform | undefined;
  /** Absent before iOS 17 and macOS 14. */
  readonly osVersion: string | undefined;
  /** It updates itself in Setup Assistant when it is told to. */
  readonly canUpdate: boolean;
}

export type MachineRefusal = "malformed" | "not-made-by-apple" | "wrong-signature";

export type MachineRead =
  | { readonly type: "machine"; readonly machine: MachineInfo }
  | { readonly type: "refused"; readonly reason: MachineRefusal };

/** A MachineInfo has a dozen short texts, its message a chain of certificates. */
export const machineInfoLimit = 64 * 1024;

/**
 * Reads a signed MachineInfo: a property list in a CMS message, signed by the certificate that Apple gave this device
 * when it was activated. The chain must lead to one of `authorities`; their dates do not count, for Apple's iPhone
 * Device CA ended in 2014 and signs on, and a device in Setup Assistant does not know the time either. SHA-1 is taken:
 * older devices sign with nothing else. Never throws for what was sent.
 */
export function readMachineInfo(bytes: Uint8Array, authorities: readonly X509Certificate[]): MachineRead {
  const read = readSigned(bytes, authorities);
  if (read.type === "refused") return read;
  const machine = machineIn(read.body);
  return machine === undefined ? refused("malformed") : { type: "machine", machine };
}

/** A property list that one of these authorities' certificates signed. */
export type SignedRead =
  | { readonly type: "signed"; readonly body: PlistDict; readonly signer: X509Certificate }
  | { readonly type: "refused"; readonly reason: MachineRefusal };

/** The same for any property list, such as the answers to a Profile Service. Never throws for what was sent. */
export function readSigned(bytes: Uint8Array, authorities: readonly X509Certificate[]): SignedRead {
  try {
    const message = readSignedData(bytes);
    const signer = parseCertificate(message.certificate);
    if (!leadsTo(signer, message, authorities)) return refused("not-made-by-apple");
    const content = message.content ?? Buffer.alloc(0);
    if (!isSigned(message, content, signer)) return refused("wrong-signature");
    const body = readPlist(content);
    return isDict(body) ? { type: "signed", body, signer } : refused("malformed");
  } catch (error) {
    if (error instanceof DerError || error instanceof PlistError) return refused("malformed");
    throw error;
  }
}

function refused(reason: MachineRefusal): { readonly type: "refused"; readonly reason: MachineRefusal } {
  return { type: "refused", reason };
}

const longestChain = 4;

/** Whether a certificate was issued by one of the authorities, or by certificates of the message that were. */
function leadsTo(
  signer: X509Certificate,
  message: SignedData,
  authorities: readonly X509Certificate[],
): boolean {
  let current = signer;
  for (let step = 0; step < longestChain; step++) {
    const child = current;
    if (authorities.some((one) => isIssuer(one, child))) return true;
    const next = message.certificates
      .slice(0, longestChain)
      .map(parseCertificate)
      .find((one) => !one.raw.equals(child.raw) && isIssuer(one, child));
    if (next === undefined) return false;
    current = next;
  }
  return false;
}

/** Only an authority issues: a device's own certificate makes no further ones. */
function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  if (!issuer.ca || certificate.issuer !== issuer.subject) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isSigned(message: SignedData, content: Uint8Array, signer: X509Certificate): boolean {
  try {
    verifySignedData(message, content, signer, { sha1: true });
    return true;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function machineIn(value: PlistDict): MachineInfo | undefined {
  const serial = textAt(value, "SERIAL");
  const udid = textAt(value, "UDID");
  const product = textAt(value, "PRODUCT");
  if (serial === undefined || !/^[A-Za-z0-9._-]{1,64}$/.test(serial)) return undefined;
  if (udid === undefined || udid.length > 64 || product === undefined || product.length > 64)
    return undefined;
  const osVersion = textAt(value, "OS_VERSION");
  return {
    serial,
    udid,
    product,
    platform: platformOf({ ProductName: product }),
    osVersion: osVersion !== undefined && osVersion.length <= 32 ? osVersion : undefined,
    canUpdate: value.MDM_CAN_REQUEST_SOFTWARE_UPDATE === true,
  };
}
