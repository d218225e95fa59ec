import { createHash } from "node:crypto";
import { inTurn } from "../slices.ts";
import { type CertificateRequest, readCertificateRequest } from "./certificate-request.ts";
import { isChallenge } from "./challenge.ts";
import { type Authority, fingerprint, identityFault, issueIdentity, type Registrar } from "./identity.ts";
import {
  addressedTo,
  type FailInfo,
  openEnvelope,
  readScepRequest,
  type ScepRequest,
  verifyScepRequest,
  writeFailure,
  writeSuccess,
} from "./scep-message.ts";
import { readCertificate } from "./wire/certificate.ts";
import { certificatesOnly } from "./wire/cms-write.ts";
import { DerError } from "./wire/der.ts";

/** What the SCEP server asks of those who remember. */
export interface ScepPorts {
  /**
   * Uses a challenge up, atomically. `request` is the same for the same challenge, transaction and key, and for
   * nothing else: who asks the very same again has lost the reply and may be given the same certificate again.
   * `enrollmentId` becomes the certificate's CN.
   */
  readonly redeemChallenge: (challenge: string, request: string) => Promise<Redeemed>;
  /** Finds a certificate that we issued; undefined when it is unknown or revoked. */
  readonly findCertificate: (sha256: string) => Promise<{ readonly enrollmentId: string } | undefined>;
  /** Remembers a certificate before it leaves. */
  readonly recordCertificate: (issued: IssuedCertificate) => Promise<void>;
}

export type Redeemed =
  /** `renews`: SHA-256 of the identity that the challenge renews. */
  | { readonly ok: true; readonly enrollmentId: string; readonly renews?: string }
  /** This very request was answered before, with this certificate in DER. */
  | { readonly ok: true; readonly issued: Uint8Array }
  /** `reason` is for the log. */
  | { readonly ok: false; readonly reason?: string };

export interface IssuedCertificate {
  readonly sha256: string;
  /** Serial number, upper-case hex. */
  readonly serial: string;
  readonly enrollmentId: string;
  readonly notAfter: number;
  readonly der: Uint8Array;
  /** SHA-256 of the certificate that this one renews. */
  readonly renews: string | undefined;
}

export interface ScepServer {
  /** The lines of GetCACaps. */
  readonly capabilities: () => string;
  /** The answer to GetCACert (RFC 8894 §4.2.1): the authority's certificate, with that of its registrar if it has one. */
  readonly authorityCertificates: () => { readonly type: string; readonly body: Buffer };
  /**
   * The CertRep for a pkiMessage, `application/x-pki-message`. Every refusal is a CertRep too; undefined only
   * when the message is so broken that nobody can be answered. Rejects only when a port does.
   */
  readonly answer: (message: Uint8Array, now: number) => Promise<ScepAnswer>;
}

export interface ScepAnswer {
  readonly reply: Buffer | undefined;
  /** For the log and the events of the caller; the client is told less. */
  readonly outcome: "issued" | "repeated" | "renewed" | "refused" | "malformed";
  readonly reason?: string;
}

/** Longer messages are not read. */
export const scepLimit = 65_536;

/** The message of a GET PKIOperation: base64, also in its URL-safe form; undefined when it is neither. */
export function readScepQuery(message: string): Buffer | undefined {
  if (message.length > scepLimit * 2 || !/^[A-Za-z0-9+/_\s-]+={0,2}$/.test(message)) return undefined;
  // A plus sign that was not escaped arrives as a blank.
  return Buffer.from(message.replace(/ /g, "+"), "base64");
}

/**
 * A SCEP server (RFC 8894) for one authority. It decides nothing about enrollments but asks its ports. Messages may be
 * encrypted to the authority or to its registrar; who was addressed signs the reply, since some clients accept no other.
 */
export function createScepServer(
  authority: Authority,
  ports: ScepPorts,
  options: { readonly certificateDays?: number; readonly registrar?: Registrar } = {},
): ScepServer {
  const { registrar = authority } = options;
  const recipients = registrar === authority ? [authority] : [registrar, authority];

  async function answer(message: Uint8Array, now: number): Promise<ScepAnswer> {
    if (message.length > scepLimit) return { reply: undefined, outcome: "malformed", reason: "too large" };
    const read = attempt(() => readScepRequest(message));
    if (read instanceof DerError) return { reply: undefined, outcome: "malformed", reason: read.message };
    const addressee = attempt(() => addressedTo(read, recipients));
    const speaker = addressee instanceof DerError || addressee === undefined ? registrar : addressee;
    const request = { ...read, speaker };
    const verified = await inTurn(() => attempt(() => verifyScepRequest(request)));
    if (verified instanceof DerError) return refuse(request, "badMessageCheck", verified.message);
    const csr = await inTurn(() => attempt(() => readCertificateRequest(openEnvelope(request, recipients))));
    if (csr instanceof DerError) return refuse(request, "badMessageCheck", csr.message);
    if (request.type === "RenewalReq") return renew(request, csr, now);
    if (request.type === "PKCSReq") return enroll(request, csr, now);
    return refuse(request, "badRequest", "unsupported message type");
  }

  /** A client that signs with one of our identities renews it, even when it calls that a first request. */
  async function enroll(request: Heard, csr: CertificateRequest, now: number): Promise<ScepAnswer> {
    if (isOurs(request)) return renew(request, csr, now);
    if (!sameKey(request, csr))
      return refuse(request, "badRequest", "signed by another key than the request's");
    if (csr.challenge === undefined || !isChallenge(csr.challenge)) {
      return refuse(request, "badRequest", "no challenge");
    }
    const redeemed = await ports.redeemChallenge(csr.challenge, requestDigest(request, csr, csr.challenge));
    if (!redeemed.ok) return refuse(request, "badRequest", redeemed.reason ?? "challenge not accepted");
    if ("issued" in redeemed)
      return { reply: await writeSuccess(request, redeemed.issued, request.speaker), outcome: "repeated" };
    return issue(request, csr, redeemed.enrollmentId, redeemed.renews, now);
  }

  async function renew(request: Heard, csr: CertificateRequest, now: number): Promise<ScepAnswer> {
    const fault = identityFault(request.certificate, authority.certificate, now);
    if (fault !== undefined)
      return refuse(request, "badRequest", `renewal by a certificate that is ${fault}`);
    const sha256 = fingerprint(request.certificate.raw);
    const known = await ports.findCertificate(sha256);
    if (known === undefined)
      return refuse(request, "badRequest", "renewal by an unknown or revoked certificate");
    return issue(request, csr, known.enrollmentId, sha256, now);
  }

  async function issue(
    request: Heard,
    csr: CertificateRequest,
    enrollmentId: string,
    renews: string | undefined,
    now: number,
  ): Promise<ScepAnswer> {
    const days = options.certificateDays ?? 365;
    const der = await issueIdentity(authority, { publicKey: csr.publicKey, enrollmentId, now, days });
    const serial = readCertificate(der).serial.toString("hex").toUpperCase();
    const notAfter = now + Math.min(days, 365) * 86_400_000;
    await ports.recordCertificate({ sha256: fingerprint(der), serial, enrollmentId, notAfter, der, renews });
    const reply = await writeSuccess(request, der, request.speaker);
    return { reply, outcome: renews === undefined ? "issued" : "renewed" };
  }

  async function refuse(request: Heard, info: FailInfo, reason: string): Promise<ScepAnswer> {
    return { reply: await writeFailure(request, info, request.speaker), outcome: "refused", reason };
  }

  const caCertificates =
    registrar === authority
      ? { type: "application/x-x509-ca-cert", body: authority.certificate.raw }
      : {
          type: "application/x-x509-ca-ra-cert",
          body: certificatesOnly(recipients.map((one) => one.certificate.raw)),
        };

  function isOurs(request: ScepRequest): boolean {
    return request.certificate.verify(authority.certificate.publicKey);
  }

  return {
    capabilities: () => "AES\nPOSTPKIOperation\nRenewal\nSCEPStandard\nSHA-256\n",
    authorityCertificates: () => caCertificates,
    answer,
  };
}

/** A request and who answers it. */
interface Heard extends ScepRequest {
  readonly speaker: Registrar;
}

function attempt<T>(read: () => T): T | DerError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return error;
    throw error;
  }
}

function sameKey(request: ScepRequest, csr: CertificateRequest): boolean {
  return readCertificate(request.certificate.raw).publicKey.equals(csr.publicKey);
}

/** The lengths keep the parts apart. */
function requestDigest({ transactionId }: ScepRequest, csr: CertificateRequest, challenge: string): string {
  const text = `${challenge.length} ${challenge} ${transactionId.length} ${transactionId} `;
  return createHash("sha256").update(text).update(csr.publicKey).digest("hex");
}
