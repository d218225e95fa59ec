import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
  X509Certificate,
} from "node:crypto";
import {
  child,
  children,
  der,
  dottedOf,
  type Element,
  integer,
  nothing,
  objectId,
  octetString,
  readElement,
  retag,
  sequence,
  setOf,
  time,
} from "./der.ts";

const DATA = "1.2.840.113549.1.7.1";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const ENVELOPED_DATA = "1.2.840.113549.1.7.3";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_TIME = "1.2.840.113549.1.9.5";
const RSA = "1.2.840.113549.1.1.1";
const HASHES: Record<string, string> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
const CIPHERS: Record<string, string> = {
  "1.2.840.113549.3.7": "des-ede3-cbc",
  "2.16.840.1.101.3.4.1.2": "aes-128-cbc",
  "2.16.840.1.101.3.4.1.22": "aes-192-cbc",
  "2.16.840.1.101.3.4.1.42": "aes-256-cbc",
};
const SHA256 = sequence(objectId("2.16.840.1.101.3.4.2.1"), nothing());

export type Signer = { readonly certificate: Buffer; readonly privateKey: KeyObject };
/** A signed attribute: its object identifier and its one value in DER. */
export type Attribute = readonly [type: string, value: Buffer];

export type SignOptions = {
  readonly content: Buffer;
  readonly signer: Signer;
  readonly detached: boolean;
  readonly at?: number;
  readonly attributes?: readonly Attribute[];
};

/** SignedData (RFC 5652, 5) by one RSA signer with SHA-256 and signed attributes, its certificate inside. */
export function signCms(options: SignOptions): Buffer {
  const { certificate, privateKey } = options.signer;
  const attributes = signedAttributes(options);
  const signerInfo = sequence(
    integer(1),
    issuerAndSerial(certificate),
    SHA256,
    retag(0xa0, attributes),
    sequence(objectId(RSA), nothing()),
    octetString(sign("sha256", attributes, privateKey)),
  );
  const content = options.detached ? [] : [der(0xa0, octetString(options.content))];
  return sequence(
    objectId(SIGNED_DATA),
    der(
      0xa0,
      sequence(
        integer(1),
        setOf(SHA256),
        sequence(objectId(DATA), ...content),
        der(0xa0, certificate),
        setOf(signerInfo),
      ),
    ),
  );
}

export type Opened = {
  readonly content: Buffer;
  readonly signer: X509Certificate;
  readonly certificates: readonly X509Certificate[];
  readonly attributes: ReadonlyMap<string, Element>;
};

/** The content of a SignedData whose signature is right. Says nothing of whether the signer is trusted. */
export function openSigned(message: Buffer): Opened {
  const fields = children(signedData(message));
  const content = encapsulated(fields[2]);
  const certificates = certificatesIn(fields);
  const infos = children(fields.at(-1) as Element);
  const info = infos[0];
  if (info === undefined || infos.length !== 1)
    throw new Error(`${infos.length} signers where one is expected`);
  const parts = children(info);
  const signer = signerCertificate(parts[1], certificates);
  const hash = hashOf(parts[2]);
  const attributes = parts[3]?.tag === 0xa0 ? parts[3] : undefined;
  const signature = parts[attributes === undefined ? 4 : 5]?.content;
  const signedBytes = attributes === undefined ? content : retag(0x31, attributes.whole);
  const found = attributes === undefined ? new Map<string, Element>() : attributesOf(attributes);
  if (attributes !== undefined) checkDigest(found, hash, content);
  if (signature === undefined || !verify(hash, signedBytes, signer.publicKey, signature))
    throw new Error("the CMS signature is wrong");
  return { content, signer, certificates, attributes: found };
}

/** The certificates of a SignedData without signers, as GetCACert gives for a chain. */
export function certificatesOf(message: Buffer): X509Certificate[] {
  return certificatesIn(children(signedData(message)));
}

/** EnvelopedData (RFC 5652, 6) for one RSA recipient. */
export function sealFor(
  content: Buffer,
  recipient: X509Certificate,
  cipher: "aes-128-cbc" | "des-ede3-cbc",
): Buffer {
  const key = randomBytes(cipher === "aes-128-cbc" ? 16 : 24);
  const iv = randomBytes(cipher === "aes-128-cbc" ? 16 : 8);
  const encryptor = createCipheriv(cipher, key, iv);
  const sealed = Buffer.concat([encryptor.update(content), encryptor.final()]);
  const algorithm = Object.entries(CIPHERS).find(([, name]) => name === cipher)?.[0] as string;
  const wrapped = publicEncrypt({ key: recipient.publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  const recipientInfo = sequence(
    integer(0),
    issuerAndSerial(Buffer.from(recipient.raw)),
    sequence(objectId(RSA), nothing()),
    octetString(wrapped),
  );
  const encrypted = sequence(
    objectId(DATA),
    sequence(objectId(algorithm), octetString(iv)),
    der(0x80, sealed),
  );
  return sequence(objectId(ENVELOPED_DATA), der(0xa0, sequence(integer(0), setOf(recipientInfo), encrypted)));
}

/** The content of an EnvelopedData for the holder of `key`. Throws when it is for somebody else. */
export function openSealed(message: Buffer, key: KeyObject): Buffer {
  const outer = readElement(message);
  if (dottedOf(child(outer, 0)) !== ENVELOPED_DATA) throw new Error("not EnvelopedData");
  const fields = children(child(child(outer, 1), 0));
  const recipients = children(fields[1] as Element);
  const encrypted = children(fields[2] as Element);
  const algorithm = encrypted[1] as Element;
  const cipher = CIPHERS[dottedOf(child(algorithm, 0))];
  if (cipher === undefined) throw new Error(`unknown cipher ${dottedOf(child(algorithm, 0))}`);
  const wrapped = recipients[0] === undefined ? undefined : children(recipients[0])[3];
  if (wrapped === undefined) throw new Error("no recipient");
  const contentKey = privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, wrapped.content);
  const decryptor = createDecipheriv(cipher, contentKey, child(algorithm, 1).content);
  return Buffer.concat([decryptor.update(octetsOf(encrypted[2] as Element)), decryptor.final()]);
}

function signedAttributes(options: SignOptions): Buffer {
  const digest = createHash("sha256").update(options.content).digest();
  const all: Attribute[] = [
    [CONTENT_TYPE, objectId(DATA)],
    [MESSAGE_DIGEST, octetString(digest)],
    ...(options.at === undefined ? [] : [[SIGNING_TIME, time(options.at)] as const]),
    ...(options.attributes ?? []),
  ];
  return setOf(...all.map(([type, value]) => sequence(objectId(type), setOf(value))));
}

function issuerAndSerial(certificate: Buffer): Buffer {
  const fields = children(child(readElement(certificate), 0));
  const [serial, , issuer] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  if (serial === undefined || issuer === undefined) throw new Error("not a certificate");
  return sequence(issuer.whole, serial.whole);
}

function signedData(message: Buffer): Element {
  const outer = readElement(message);
  if (dottedOf(child(outer, 0)) !== SIGNED_DATA) throw new Error("not SignedData");
  return child(child(outer, 1), 0);
}

function encapsulated(info: Element | undefined): Buffer {
  const wrapper = info === undefined ? undefined : children(info)[1];
  return wrapper === undefined ? Buffer.alloc(0) : octetsOf(child(wrapper, 0));
}

/** An OCTET STRING may come in pieces (constructed). */
function octetsOf(element: Element): Buffer {
  if ((element.tag & 0x20) === 0) return element.content;
  return Buffer.concat(children(element).map(octetsOf));
}

function certificatesIn(fields: readonly Element[]): X509Certificate[] {
  const set = fields.find((field) => field.tag === 0xa0);
  return set === undefined ? [] : children(set).map((element) => new X509Certificate(element.whole));
}

function signerCertificate(
  sid: Element | undefined,
  certificates: readonly X509Certificate[],
): X509Certificate {
  const serial = sid === undefined ? undefined : children(sid)[1]?.content;
  const wanted = serial === undefined ? undefined : BigInt(`0x${serial.toString("hex")}`);
  const found = certificates.find((certificate) => BigInt(`0x${certificate.serialNumber}`) === wanted);
  if (found === undefined) throw new Error("the signer's certificate is not in the message");
  return found;
}

function hashOf(algorithm: Element | undefined): string {
  const hash = algorithm === undefined ? undefined : HASHES[dottedOf(child(algorithm, 0))];
  if (hash === undefined) throw new Error("unknown digest algorithm");
  return hash;
}

function attributesOf(set: Element): Map<string, Element> {
  return new Map(children(set).map((entry) => [dottedOf(child(entry, 0)), child(child(entry, 1), 0)]));
}

function checkDigest(attributes: ReadonlyMap<string, Element>, hash: string, content: Buffer): void {
  const stated = attributes.get(MESSAGE_DIGEST)?.content;
  if (stated === undefined || !stated.equals(createHash(hash).update(content).digest()))
    throw new Error("the CMS digest does not match the content");
}
