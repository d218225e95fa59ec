import { createHash, generateKeyPairSync } from "node:crypto";
import forge from "node-forge";
import * as plist from "plist";
import { scriptedEnrollment } from "./scripted-enrollment.ts";
import {
  attribute,
  attributeOf,
  certificates,
  contentInfo,
  contentOf,
  degenerate,
  derOf,
  encapsulated,
  node,
  oid,
  type SignedMessage,
} from "./scripted-server-cms.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/**
 * A small MDM and SCEP server for the simulator's own tests. It is written with node-forge and the plist
 * package so that it agrees with the simulator only where both are right. It hands out what a test queues.
 */
const { asn1, pki, pkcs7, util } = forge;
const { SEQUENCE, SET, OCTETSTRING, PRINTABLESTRING, OID, INTEGER, NULL } = asn1.Type;
const SCEP = "2.16.840.1.113733.1.9.";

const caPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const caKey = pki.privateKeyFromPem(caPair.privateKey.export({ type: "pkcs1", format: "pem" }) as string);

export type Received = {
  readonly url: string;
  readonly message: Record<string, unknown>;
  readonly signature?: Buffer;
  readonly body: Buffer;
};
export type ScriptedServer = ReturnType<typeof scriptedServer>;

/** The server. `clock` is its time; its certificates are valid for ten years around it. */
export function scriptedServer(options: {
  readonly clock: () => number;
  readonly challenge?: string;
  readonly caps?: string;
}) {
  const challenge = options.challenge ?? "open sesame";
  const ca = certificateFor(pki.setRsaPublicKey(caKey.n, caKey.e), "Scripted CA", 1, true);
  const queues = new Map<string, { uuid: string; command: Record<string, unknown> }[]>();
  const received: Received[] = [];
  const requests: TransportRequest[] = [];
  let issued = 1;
  let numbered = 0;
  let override: ((request: TransportRequest) => TransportResponse | undefined) | undefined;

  function certificateFor(publicKey: forge.pki.PublicKey, name: string, serial: number, isCa: boolean) {
    const certificate = pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = `0${serial}`.slice(-2);
    certificate.validity.notBefore = new Date(options.clock() - 5 * 31_536_000_000);
    certificate.validity.notAfter = new Date(options.clock() + 5 * 31_536_000_000);
    certificate.setSubject([{ name: "commonName", value: name }]);
    certificate.setIssuer([{ name: "commonName", value: "Scripted CA" }]);
    certificate.setExtensions(
      isCa ? [{ name: "basicConstraints", cA: true }] : [{ name: "extKeyUsage", clientAuth: true }],
    );
    certificate.sign(caKey, forge.md.sha256.create());
    return certificate;
  }

  function scep(request: TransportRequest): TransportResponse {
    const url = new URL(request.url);
    const operation = url.searchParams.get("operation");
    if (operation === "GetCACaps")
      return answer(Buffer.from(options.caps ?? "POSTPKIOperation\nSHA-256\nAES\nRenewal\n"), "text/plain");
    if (operation === "GetCACert")
      return answer(derOf(pki.certificateToAsn1(ca)), "application/x-x509-ca-cert");
    const body = request.body ?? Buffer.from(url.searchParams.get("message") ?? "", "base64");
    return answer(pkiOperation(body), "application/x-pki-message");
  }

  function pkiOperation(body: Buffer): Buffer {
    const message = pkcs7.messageFromAsn1(asn1.fromDer(body.toString("latin1"))) as SignedMessage;
    const attributes = new Map(message.rawCapture.authenticatedAttributes.map(attributeOf));
    const signer = message.certificates[0] as forge.pki.Certificate;
    const set = asn1.create(asn1.Class.UNIVERSAL, SET, true, message.rawCapture.authenticatedAttributes);
    const digest = forge.md.sha256.create().update(asn1.toDer(set).getBytes());
    const key = signer.publicKey as forge.pki.rsa.PublicKey;
    if (!key.verify(digest.digest().getBytes(), message.rawCapture.signature))
      throw new Error("pkiMessage: bad signature");
    const inner = contentOf(message);
    const stated = attributes.get("1.2.840.113549.1.9.4");
    if (stated !== createHash("sha256").update(inner).digest().toString("latin1"))
      throw new Error("pkiMessage: bad digest");
    const envelope = pkcs7.messageFromAsn1(asn1.fromDer(inner.toString("latin1"))) as Envelope;
    envelope.decrypt(envelope.recipients[0] as never, caKey);
    const request = pki.certificationRequestFromAsn1(asn1.fromDer(envelope.content as forge.util.ByteBuffer));
    const isRenewal = attributes.get(`${SCEP}2`) === "17";
    const mayHave = isRenewal
      ? ca.verify(signer)
      : request.getAttribute({ name: "challengePassword" })?.value === challenge;
    if (!request.verify() || !mayHave) return certRep(attributes, undefined);
    const own = certificateFor(request.publicKey as forge.pki.PublicKey, `device ${++issued}`, issued, false);
    return certRep(attributes, { own, signer });
  }

  function certRep(
    asked: Map<string, string>,
    given: { own: forge.pki.Certificate; signer: forge.pki.Certificate } | undefined,
  ): Buffer {
    const content = given === undefined ? "" : sealed(given.own, given.signer);
    const digest = createHash("sha256").update(content, "latin1").digest().toString("latin1");
    const attributes = [
      attribute("1.2.840.113549.1.9.3", node(OID, asn1.oidToDer("1.2.840.113549.1.7.1").getBytes())),
      attribute("1.2.840.113549.1.9.4", node(OCTETSTRING, digest)),
      attribute(`${SCEP}2`, node(PRINTABLESTRING, "3")),
      attribute(`${SCEP}3`, node(PRINTABLESTRING, given === undefined ? "2" : "0")),
      ...(given === undefined ? [attribute(`${SCEP}4`, node(PRINTABLESTRING, "2"))] : []),
      attribute(`${SCEP}6`, node(OCTETSTRING, asked.get(`${SCEP}5`) ?? "")),
      attribute(`${SCEP}7`, node(PRINTABLESTRING, asked.get(`${SCEP}7`) ?? "")),
    ];
    const set = asn1.create(asn1.Class.UNIVERSAL, SET, true, attributes);
    const signature = caKey.sign(forge.md.sha256.create().update(asn1.toDer(set).getBytes()));
    return signedData(content, attributes, signature);
  }

  function sealed(own: forge.pki.Certificate, recipient: forge.pki.Certificate): string {
    const envelope = pkcs7.createEnvelopedData();
    envelope.addRecipient(recipient);
    envelope.content = util.createBuffer(asn1.toDer(degenerate(own)).getBytes());
    envelope.encrypt(undefined, forge.pki.oids["aes128-CBC"] as string);
    return asn1.toDer(envelope.toAsn1()).getBytes();
  }

  function signedData(content: string, attributes: forge.asn1.Asn1[], signature: string): Buffer {
    const algorithm = node(SEQUENCE, [oid("2.16.840.1.101.3.4.2.1"), node(NULL, "")]);
    const issuer = pki.distinguishedNameToAsn1(ca.issuer as never);
    const info = node(SEQUENCE, [
      node(INTEGER, "\x01"),
      node(SEQUENCE, [issuer, node(INTEGER, util.hexToBytes(ca.serialNumber))]),
      algorithm,
      asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, attributes),
      node(SEQUENCE, [oid("1.2.840.113549.1.1.1"), node(NULL, "")]),
      node(OCTETSTRING, signature),
    ]);
    return derOf(
      contentInfo([node(SET, [algorithm]), encapsulated(content), certificates(ca), node(SET, [info])]),
    );
  }

  function mdm(request: TransportRequest): TransportResponse {
    const body = request.body as Buffer;
    const message = plist.parse(body.toString("utf8")) as Record<string, unknown>;
    const header = request.headers["Mdm-Signature"];
    received.push({
      url: request.url,
      message,
      body,
      ...(header ? { signature: Buffer.from(header, "base64") } : {}),
    });
    if (message.MessageType !== undefined) return { status: 200, headers: {}, body: Buffer.alloc(0) };
    const queue = queues.get(String(message.UDID)) ?? [];
    if (message.Status !== "Idle" && message.Status !== "NotNow" && message.CommandUUID === queue[0]?.uuid)
      queue.shift();
    const next = message.Status === "NotNow" ? undefined : queue[0];
    if (next === undefined) return { status: 200, headers: {}, body: Buffer.alloc(0) };
    return answer(
      Buffer.from(
        plist.build({ CommandUUID: next.uuid, Command: next.command as Parameters<typeof plist.build>[0] }),
      ),
      "application/xml",
    );
  }

  const transport: Transport = async (request) => {
    requests.push(request);
    const special = override?.(request);
    if (special !== undefined) return special;
    return new URL(request.url).pathname === "/scep" ? scep(request) : mdm(request);
  };
  return {
    transport,
    received,
    requests,
    ca,
    caPem: pki.certificateToPem(ca),
    caKeyPem: pki.privateKeyToPem(caKey),
    enrollmentProfile: (more: Record<string, unknown> = {}, base = "https://mdm.test") =>
      Buffer.from(
        plist.build(scriptedEnrollment(base, challenge, more) as Parameters<typeof plist.build>[0]),
      ),
    /** Queues a command for a device; its CommandUUID, which counts up. */
    queue(udid: string, command: Record<string, unknown> & { RequestType: string }): string {
      const uuid = `command-${++numbered}`;
      queues.set(udid, [...(queues.get(udid) ?? []), { uuid, command }]);
      return uuid;
    },
    /** Answers in another way for as long as it returns something. */
    intercept(handler: ((request: TransportRequest) => TransportResponse | undefined) | undefined): void {
      override = handler;
    },
    /** The results that came for a command. */
    results: (uuid: string) =>
      received.flatMap(({ message }) => (message.CommandUUID === uuid ? [message] : [])),
  };
}

type Envelope = {
  recipients: unknown[];
  content: unknown;
  decrypt(recipient: never, key: forge.pki.rsa.PrivateKey): void;
};

function answer(body: Buffer, type: string): TransportResponse {
  return { status: 200, headers: { "content-type": type }, body };
}
