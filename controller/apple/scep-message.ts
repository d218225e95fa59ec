import { randomBytes, type X509Certificate } from "node:crypto";
import { readPublicKey } from "./certificate-request.ts";
import type { Registrar } from "./identity.ts";
import { parseCertificate, readCertificate } from "./wire/certificate.ts";
import { addresseeOf, decryptEnvelope, encryptEnvelope } from "./wire/cms-enveloped.ts";
import { readSignedData, type SignedData, verifySignedData } from "./wire/cms-signed.ts";
import { attribute, certificatesOnly, signWithAttributes } from "./wire/cms-write.ts";
import { type Der, DerError, expectTag, readOctets, readText, tags } from "./wire/der.ts";
import { type Asn1, octets, printable } from "./wire/der-writer.ts";
import { oids } from "./wire/oids.ts";

/** failInfo of RFC 8894 §3.2.1.4. */
export const failInfos = {
  badAlg: "0",
  badMessageCheck: "1",
  badRequest: "2",
  badTime: "3",
  badCertId: "4",
} as const;
export type FailInfo = keyof typeof failInfos;

/** What binds a reply to its request, and to whom it goes. */
export interface ScepSender {
  readonly transactionId: string;
  readonly senderNonce: Buffer;
  /** Signed the message: a self-made one for the first certificate, the present identity for a renewal. */
  readonly certificate: X509Certificate;
}

/** A pkiMessage. Its signature is not verified and its envelope is closed. */
export interface ScepRequest extends ScepSender {
  readonly type: "PKCSReq" | "RenewalReq" | "other";
  readonly envelope: Buffer;
  readonly message: SignedData;
}

/** Takes a pkiMessage (RFC 8894 §3.2) apart. Throws DerError when nobody could be answered. */
export function readScepRequest(bytes: Uint8Array): ScepRequest {
  const message = readSignedData(bytes);
  const values = message.attributes?.values;
  if (message.content === undefined || values === undefined) throw new DerError("not a pkiMessage");
  return {
    type: messageType(textOf(values.get(oids.scepMessageType))),
    transactionId: textOf(values.get(oids.scepTransactionId)),
    senderNonce: nonceOf(values.get(oids.scepSenderNonce)),
    certificate: parseCertificate(message.certificate),
    envelope: message.content,
    message,
  };
}

/** Throws DerError unless the enclosed certificate signed the message, with a key that a device may have. */
export function verifyScepRequest(request: ScepRequest): void {
  readPublicKey(readCertificate(request.certificate.raw).publicKey);
  if (request.certificate.publicKey.asymmetricKeyType !== "rsa") throw new DerError("nobody to encrypt to");
  // Clients of the field still sign SCEP messages with SHA-1. What proves their right is the challenge or
  // the present identity; what they ask to be certified is signed with SHA-2 inside.
  verifySignedData(request.message, request.envelope, request.certificate, { sha1: true });
}

/** The certificate request inside an envelope for one of these. Throws DerError. */
export function openEnvelope(request: ScepRequest, recipients: readonly Registrar[]): Buffer {
  return decryptEnvelope(request.envelope, recipients);
}

/** Whom of these the client chose to speak with. Throws DerError. */
export function addressedTo(request: ScepRequest, recipients: readonly Registrar[]): Registrar | undefined {
  return addresseeOf(request.envelope, recipients);
}

/** A CertRep that brings the certificate, encrypted for the sender. */
export function writeSuccess(sender: ScepSender, issued: Uint8Array, registrar: Registrar): Promise<Buffer> {
  const envelope = encryptEnvelope(certificatesOnly([issued]), sender.certificate);
  return writeReply(sender, envelope, registrar, [attribute(oids.scepPkiStatus, printable("0"))]);
}

/** A CertRep that says no, and by its failInfo only roughly why. */
export function writeFailure(sender: ScepSender, reason: FailInfo, registrar: Registrar): Promise<Buffer> {
  return writeReply(sender, undefined, registrar, [
    attribute(oids.scepPkiStatus, printable("2")),
    attribute(oids.scepFailInfo, printable(failInfos[reason])),
  ]);
}

function writeReply(
  sender: ScepSender,
  content: Buffer | undefined,
  registrar: Registrar,
  outcome: readonly Asn1[],
): Promise<Buffer> {
  const signer = { certificate: registrar.certificate.raw, chain: [], key: registrar.key };
  const form = content === undefined ? "detached" : "attached";
  return signWithAttributes(form, content ?? Buffer.alloc(0), signer, [
    attribute(oids.scepMessageType, printable("3")),
    attribute(oids.scepTransactionId, printable(sender.transactionId)),
    attribute(oids.scepSenderNonce, octets(randomBytes(16))),
    attribute(oids.scepRecipientNonce, octets(sender.senderNonce)),
    ...outcome,
  ]);
}

function messageType(text: string): ScepRequest["type"] {
  return text === "19" ? "PKCSReq" : text === "17" ? "RenewalReq" : "other";
}

/** It goes back into a PrintableString, so it may hold nothing else. */
function textOf(value: Der | undefined): string {
  const text = readText(value);
  if (!/^[A-Za-z0-9 '()+,./:=?-]{1,256}$/.test(text)) throw new DerError("bad attribute");
  return text;
}

function nonceOf(value: Der | undefined): Buffer {
  const nonce = readOctets(expectTag(value, tags.octetString));
  if (nonce.length === 0 || nonce.length > 64) throw new DerError("bad nonce");
  return nonce;
}
