import forge from "node-forge";

/** The parts of signed messages that the scripted server takes apart and puts together. */
const { asn1, pki } = forge;
const { SEQUENCE, SET, OCTETSTRING, OID, INTEGER } = asn1.Type;

export type SignedMessage = {
  rawCapture: { authenticatedAttributes: forge.asn1.Asn1[]; signature: string; content: forge.asn1.Asn1 };
  certificates: forge.pki.Certificate[];
};

export function node(type: forge.asn1.Type, value: string | forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, Array.isArray(value), value);
}

export function oid(dotted: string): forge.asn1.Asn1 {
  return node(OID, asn1.oidToDer(dotted).getBytes());
}

export function attribute(dotted: string, value: forge.asn1.Asn1): forge.asn1.Asn1 {
  return node(SEQUENCE, [oid(dotted), node(SET, [value])]);
}

export function attributeOf(entry: forge.asn1.Asn1): [string, string] {
  const [type, set] = entry.value as forge.asn1.Asn1[];
  const values = (set?.value ?? []) as forge.asn1.Asn1[];
  return [asn1.derToOid(type?.value as string), values[0]?.value as string];
}

export function contentOf(message: SignedMessage): Buffer {
  const octets = (message.rawCapture.content.value as forge.asn1.Asn1[])[0]?.value;
  const bytes = Array.isArray(octets) ? octets.map((part) => part.value).join("") : octets;
  return Buffer.from(bytes as string, "latin1");
}

export function certificates(certificate: forge.pki.Certificate): forge.asn1.Asn1 {
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [pki.certificateToAsn1(certificate)]);
}

export function encapsulated(content: string): forge.asn1.Asn1 {
  const data = asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [node(OCTETSTRING, content)]);
  return node(SEQUENCE, [oid("1.2.840.113549.1.7.1"), ...(content === "" ? [] : [data])]);
}

export function degenerate(certificate: forge.pki.Certificate): forge.asn1.Asn1 {
  return contentInfo([node(SET, []), encapsulated(""), certificates(certificate), node(SET, [])]);
}

export function contentInfo(fields: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  const signed = node(SEQUENCE, [node(INTEGER, "\x01"), ...fields]);
  return node(SEQUENCE, [
    oid("1.2.840.113549.1.7.2"),
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [signed]),
  ]);
}

export function derOf(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), "latin1");
}
