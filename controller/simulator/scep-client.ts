import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { certificateRequest, type Name, selfSignedCertificate } from "./certificate.ts";
import {
  type Attribute,
  certificatesOf,
  openSealed,
  openSigned,
  type Signer,
  sealFor,
  signCms,
} from "./cms.ts";
import { octetString, printableString } from "./der.ts";
import type { KeyPair } from "./keys.ts";
import type { Transport, TransportResponse } from "./transport.ts";

const OIDS = {
  messageType: "2.16.840.1.113733.1.9.2",
  pkiStatus: "2.16.840.1.113733.1.9.3",
  failInfo: "2.16.840.1.113733.1.9.4",
  senderNonce: "2.16.840.1.113733.1.9.5",
  recipientNonce: "2.16.840.1.113733.1.9.6",
  transactionId: "2.16.840.1.113733.1.9.7",
};
const FAILURES = ["badAlg", "badMessageCheck", "badRequest", "badTime", "badCertId"];

export type ScepRequest = {
  readonly url: string;
  readonly name?: string;
  readonly subject: Name;
  readonly challenge?: string;
  readonly dnsNames?: readonly string[];
  /** Hash of the authority's certificate that the profile pins (MD5, SHA-1 or SHA-256 by its length). */
  readonly caFingerprint?: Buffer;
  readonly keys: KeyPair;
  /** The identity that is being renewed: the message is then a RenewalReq signed with it. */
  readonly renewing?: Signer;
  readonly now: number;
  /** Another one for each request when absent, not a hash of the key: simulated devices share a few key pairs. */
  readonly transactionId?: string;
  /** Forces GET or POST; otherwise POST when GetCACaps offers it. */
  readonly method?: "GET" | "POST";
};

export type ScepResult =
  | { readonly ok: true; readonly identity: Signer; readonly authority: readonly X509Certificate[] }
  | { readonly ok: false; readonly reason: string; readonly retry: boolean };

/**
 * Gets a certificate as RFC 8894 describes: GetCACaps, GetCACert, PKIOperation.
 * Everything that the server answers is checked: nonce, transaction, signature by the authority, own key.
 */
export async function requestCertificate(transport: Transport, request: ScepRequest): Promise<ScepResult> {
  try {
    const capabilities = await getCapabilities(transport, request);
    const authority = await getAuthority(transport, request);
    const answer = await operate(transport, request, capabilities, authority);
    return { ok: true, identity: { certificate: answer, privateKey: request.keys.privateKey }, authority };
  } catch (error) {
    const retry = error instanceof Unreachable;
    return { ok: false, reason: error instanceof Error ? error.message : String(error), retry };
  }
}

class Unreachable extends Error {
  override readonly name = "Unreachable";
}

async function getCapabilities(transport: Transport, request: ScepRequest): Promise<ReadonlySet<string>> {
  const answer = await get(transport, request, "GetCACaps");
  return new Set(
    answer.body
      .toString("latin1")
      .split(/\r?\n/)
      .map((line) => line.trim().toLowerCase()),
  );
}

async function getAuthority(transport: Transport, request: ScepRequest): Promise<X509Certificate[]> {
  const answer = await get(transport, request, "GetCACert");
  const type = answer.headers["content-type"] ?? "";
  const isChain = type.startsWith("application/x-x509-ca-ra-cert");
  if (!isChain && !type.startsWith("application/x-x509-ca-cert"))
    throw new Error(`GetCACert answered with the type ${type}`);
  const found = isChain ? certificatesOf(answer.body) : [new X509Certificate(answer.body)];
  if (found.length === 0) throw new Error("GetCACert gave no certificate");
  checkFingerprint(found, request.caFingerprint);
  return found;
}

function checkFingerprint(found: readonly X509Certificate[], expected: Buffer | undefined): void {
  if (expected === undefined) return;
  const hash = { 16: "md5", 20: "sha1", 32: "sha256" }[expected.length];
  if (hash === undefined) throw new Error(`CAFingerprint has ${expected.length} bytes`);
  const isRight = (one: X509Certificate) => createHash(hash).update(one.raw).digest().equals(expected);
  if (!found.some(isRight)) throw new Error("the authority's certificate does not match CAFingerprint");
}

async function operate(
  transport: Transport,
  request: ScepRequest,
  capabilities: ReadonlySet<string>,
  authority: readonly X509Certificate[],
): Promise<Buffer> {
  const recipient = authority.find((one) => !one.ca) ?? (authority[0] as X509Certificate);
  const signer = request.renewing ?? temporarySigner(request);
  const aes = capabilities.has("aes") || capabilities.has("scepstandard");
  const sealed = sealFor(
    certificateRequest(requestOptions(request)),
    recipient,
    aes ? "aes-128-cbc" : "des-ede3-cbc",
  );
  const nonce = randomBytes(16);
  const transactionId = request.transactionId ?? randomBytes(32).toString("hex").toUpperCase();
  const attributes: Attribute[] = [
    [OIDS.messageType, printableString(request.renewing === undefined ? "19" : "17")],
    [OIDS.transactionId, printableString(transactionId)],
    [OIDS.senderNonce, octetString(nonce)],
  ];
  const message = signCms({ content: sealed, signer, detached: false, at: request.now, attributes });
  const isPost = capabilities.has("postpkioperation") || capabilities.has("scepstandard");
  const method = request.method ?? (isPost ? "POST" : "GET");
  const answer = await send(transport, request, method, message);
  const type = answer.headers["content-type"] ?? "";
  if (!type.startsWith("application/x-pki-message"))
    throw new Error(`PKIOperation answered with the type ${type}`);
  return readReply(answer.body, { request, signer, authority, nonce, transactionId });
}

type Exchange = {
  readonly request: ScepRequest;
  readonly signer: Signer;
  readonly authority: readonly X509Certificate[];
  readonly nonce: Buffer;
  readonly transactionId: string;
};

function readReply(body: Buffer, exchange: Exchange): Buffer {
  const reply = openSigned(body);
  const known = exchange.authority.some(
    (one) =>
      one.raw.equals(reply.signer.raw) ||
      (reply.signer.checkIssued(one) && reply.signer.verify(one.publicKey)),
  );
  if (!known) throw new Error("CertRep is not signed by the authority");
  const text = (oid: string) => reply.attributes.get(oid)?.content.toString("latin1");
  if (text(OIDS.messageType) !== "3")
    throw new Error(`CertRep has the message type ${text(OIDS.messageType)}`);
  if (text(OIDS.transactionId) !== exchange.transactionId)
    throw new Error("CertRep is for another transaction");
  if (!reply.attributes.get(OIDS.recipientNonce)?.content.equals(exchange.nonce))
    throw new Error("CertRep does not repeat our nonce");
  const status = text(OIDS.pkiStatus);
  if (status !== "0") throw new Error(refusal(status, text(OIDS.failInfo)));
  return ownCertificate(openSealed(reply.content, exchange.signer.privateKey), exchange.request.keys);
}

function refusal(status: string | undefined, failInfo: string | undefined): string {
  if (status === "3") return "the request is pending";
  return `the authority refused: ${FAILURES[Number(failInfo)] ?? `pkiStatus ${status}`}`;
}

function ownCertificate(degenerate: Buffer, keys: KeyPair): Buffer {
  const own = certificatesOf(degenerate).find((one) => one.checkPrivateKey(keys.privateKey));
  if (own === undefined) throw new Error("CertRep holds no certificate for our key");
  return Buffer.from(own.raw);
}

/** Before it has a certificate, a device signs with a self-signed one for the same key (RFC 8894, 2.3). */
function temporarySigner(request: ScepRequest): Signer {
  const certificate = selfSignedCertificate({
    subject: request.subject,
    key: request.keys.privateKey,
    serial: 1,
    notBefore: request.now - 3_600_000,
    notAfter: request.now + 86_400_000,
  });
  return { certificate, privateKey: request.keys.privateKey };
}

function requestOptions(request: ScepRequest) {
  return {
    subject: request.subject,
    key: request.keys.privateKey,
    ...(request.challenge !== undefined ? { challenge: request.challenge } : {}),
    ...(request.dnsNames !== undefined ? { dnsNames: request.dnsNames } : {}),
  };
}

function address(request: ScepRequest, operation: string, message?: string): string {
  const url = new URL(request.url);
  url.searchParams.set("operation", operation);
  const value = message ?? request.name;
  if (value !== undefined) url.searchParams.set("message", value);
  return url.toString();
}

function get(transport: Transport, request: ScepRequest, operation: string): Promise<TransportResponse> {
  return exchange(transport, { method: "GET", url: address(request, operation), headers: {} });
}

function send(
  transport: Transport,
  request: ScepRequest,
  method: "GET" | "POST",
  message: Buffer,
): Promise<TransportResponse> {
  if (method === "GET") {
    const url = address(request, "PKIOperation", message.toString("base64"));
    return exchange(transport, { method, url, headers: {} });
  }
  const url = new URL(request.url);
  url.searchParams.set("operation", "PKIOperation");
  const headers = { "content-type": "application/x-pki-message" };
  return exchange(transport, { method, url: url.toString(), headers, body: message });
}

async function exchange(transport: Transport, request: Parameters<Transport>[0]): Promise<TransportResponse> {
  const answer = await transport(request).catch((error: unknown) => {
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  });
  if (answer.status >= 500) throw new Unreachable(`SCEP answered ${answer.status}`);
  if (answer.status !== 200) throw new Error(`SCEP answered ${answer.status}`);
  return answer;
}
