import type { X509Certificate } from "node:crypto";
import { LRUCache } from "lru-cache";
import { fingerprint, type IdentityFault, identityFault, validityFault } from "./identity.ts";
import { parseCertificate } from "./wire/certificate.ts";
import { headerLimit } from "./wire/certificate-header.ts";
import { readSignedData, verifySignedData } from "./wire/cms-signed.ts";
import { DerError } from "./wire/der.ts";

/** A certificate of ours whose key the client holds. Which enrollment it is pinned to is looked up by `sha256`. */
export interface DeviceCertificate {
  readonly certificate: X509Certificate;
  /** SHA-256 of the DER bytes, lower-case hex. */
  readonly sha256: string;
  /** Serial number, upper-case hex. */
  readonly serial: string;
  readonly from: "signature" | "transport";
}

/** `no-identity`: nothing was presented, which is a refusal and never a default. */
export type Refusal = "no-identity" | "malformed" | "wrong-signature" | "weak-signature" | IdentityFault;

export type Authentication =
  | { readonly type: "identity"; readonly identity: DeviceCertificate }
  | { readonly type: "refused"; readonly reason: Refusal };

/** Decides who sent a request. */
export interface DeviceAuthenticator {
  (credentials: Credentials, now: number): Authentication;
  /**
   * Why the sender of such headers cannot be one of our devices, whatever the body is; undefined when only the body
   * can tell. For refusing large bodies before they are read.
   */
  readonly screen: (headers: Omit<Credentials, "body">, now: number) => Refusal | undefined;
}

/** The parts of a request that say who sent it. */
export interface Credentials {
  /** The exact bytes of the body. */
  readonly body: Uint8Array;
  /** The `Mdm-Signature` header. */
  readonly signature: string | undefined;
  /**
   * The TLS client certificate, or the one in the header of a configured proxy; whoever passes it has seen
   * proof that the client holds the key.
   */
  readonly certificate: X509Certificate | undefined;
}

/**
 * Decides who sent a request: the signer of an `Mdm-Signature` over exactly this body, else the holder of the
 * transport's certificate; both must be identities of our authority that are valid at `now`. A signature that
 * is present and wrong refuses, whatever the transport says. Never throws for what was sent.
 * `sha1` admits signatures of systems too old for SHA-256; `cached` is a number of certificates.
 */
export function createAuthenticator(
  authority: X509Certificate,
  options: { readonly cached?: number; readonly sha1?: boolean } = {},
): DeviceAuthenticator {
  const known = new LRUCache<string, DeviceCertificate>({ max: options.cached ?? 10_000 });

  /** Parsing and the path are checked once for each certificate; time and the signature every time. */
  function identify(der: Uint8Array, now: number): DeviceCertificate | IdentityFault {
    const sha256 = fingerprint(der);
    const cached = known.get(sha256);
    if (cached !== undefined) return validityFault(cached.certificate, now) ?? cached;
    const certificate = parseCertificate(der);
    const fault = identityFault(certificate, authority, now);
    if (fault !== undefined) return fault;
    const identity = { certificate, sha256, serial: certificate.serialNumber, from: "transport" } as const;
    known.set(sha256, identity);
    return identity;
  }

  function bySignature(header: string, body: Uint8Array, now: number): Authentication {
    const message = readSignedData(decodeHeader(header));
    if (message.digest === "sha1" && options.sha1 !== true) return refused("weak-signature");
    const identity = identify(message.certificate, now);
    if (typeof identity === "string") return refused(identity);
    if (!isSignedBy(message, body, identity.certificate, options.sha1 === true))
      return refused("wrong-signature");
    return { type: "identity", identity: { ...identity, from: "signature" } };
  }

  function decide({ body, signature, certificate }: Credentials, now: number): Authentication {
    if (signature !== undefined) return bySignature(signature, body, now);
    if (certificate === undefined) return refused("no-identity");
    const identity = identify(certificate.raw, now);
    return typeof identity === "string" ? refused(identity) : { type: "identity", identity };
  }

  function screen({ signature, certificate }: Omit<Credentials, "body">, now: number): Refusal | undefined {
    const presented =
      signature === undefined ? certificate?.raw : readSignedData(decodeHeader(signature)).certificate;
    if (presented === undefined) return "no-identity";
    const identity = identify(presented, now);
    return typeof identity === "string" ? identity : undefined;
  }

  return Object.assign(
    (credentials: Credentials, now: number) =>
      orMalformed(
        () => decide(credentials, now),
        () => refused("malformed"),
      ),
    {
      screen: (headers: Omit<Credentials, "body">, now: number) =>
        orMalformed<Refusal | undefined>(
          () => screen(headers, now),
          () => "malformed",
        ),
    },
  );
}

function orMalformed<T>(read: () => T, malformed: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return malformed();
    throw error;
  }
}

function isSignedBy(
  message: ReturnType<typeof readSignedData>,
  body: Uint8Array,
  certificate: X509Certificate,
  sha1: boolean,
): boolean {
  try {
    verifySignedData(message, body, certificate, { sha1 });
    return true;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function decodeHeader(header: string): Buffer {
  if (header === "" || header.length > headerLimit) throw new DerError("not base64");
  const bytes = Buffer.from(header, "base64");
  // Node skips what is not base64; what comes back as it came was nothing else. Padding may be missing.
  if (bytes.toString("base64").slice(0, header.length) !== header) throw new DerError("not base64");
  return bytes;
}

function refused(reason: Refusal): Authentication {
  return { type: "refused", reason };
}
