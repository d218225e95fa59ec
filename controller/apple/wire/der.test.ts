import { describe, expect, test } from "vitest";
import { readCertificateHeader } from "./certificate-header.ts";
import { children, readDer, readInteger, readOctets, readOid } from "./der.ts";
import { encode, implicit, integer, octets, oid, sequence, setOf, time, utf8 } from "./der-writer.ts";
import { oids } from "./oids.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("reading", () => {
  test("what was written", () => {
    const [id, number, bytes, date] = children(
      readDer(
        encode(
          sequence(oid(oids.userId), integer(300), octets(Buffer.alloc(300)), time(Date.UTC(2050, 0, 1))),
        ),
      ),
    );

    expect(readOid(id)).toBe(oids.userId);
    expect(readInteger(number)).toEqual(hex("012c"));
    expect(readOctets(bytes)).toEqual(Buffer.alloc(300));
    expect(date?.content.toString()).toBe("20500101000000Z");
  });

  test("a set in the order of DER, also under an implicit tag", () => {
    expect(encode(implicit(0, setOf(utf8("b"), utf8("a"))))).toEqual(hex("a006 0c0161 0c0162"));
  });

  test("indefinite lengths and octets in pieces, as streaming writers make them", () => {
    const element = readDer(hex("3080 2480 0402 6162 0401 63 0000 020101 0000"));
    const [pieces, number] = children(element);

    expect(element.definite).toBe(false);
    expect(readOctets(pieces).toString()).toBe("abc");
    expect(readInteger(number)).toEqual(hex("01"));
  });
});

describe("refused", () => {
  test.each([
    ["nothing", ""],
    ["a missing length", "30"],
    ["a length beyond the end", "3005 0201 01"],
    ["bytes after the end", "020101 00"],
    ["a length that is not minimal", "02 81 01 01"],
    ["a length with a leading zero", "04 82 0001 00"],
    ["a length of eight octets", "04 88 0000000000000001 00"],
    ["the reserved length", "04 ff"],
    ["a tag number above 30", "1f 8101 01 00"],
    ["an indefinite primitive", "04 80 0000"],
    ["an indefinite length without end", "30 80 020101"],
    ["indefinite lengths nested too deep", "3080".repeat(64) + "0000".repeat(64)],
  ])("%s", (_name, bytes) => {
    expect(() => readDer(hex(bytes))).toThrow(expect.objectContaining({ name: "DerError" }));
  });

  test.each([
    ["an empty object identifier", "06 00"],
    ["one that ends in the middle", "06 02 2a 86"],
    ["one with a leading 0x80", "06 03 2a 80 01"],
    ["one with an arc that overflows", "06 06 2a ff ff ff ff 7f"],
  ])("%s", (_name, bytes) => {
    expect(() => readOid(readDer(hex(bytes)))).toThrow("bad object identifier");
  });

  test("integers with padding", () => {
    expect(() => readInteger(readDer(hex("0202 0001")))).toThrow("not minimal");
    expect(() => readInteger(readDer(hex("0202 ff80")))).toThrow("not minimal");
    expect(() => readInteger(readDer(hex("0200")))).toThrow("bad integer");
  });

  test("too many elements, in reasonable time", () => {
    const many = encode(sequence(...Array.from({ length: 1_001 }, () => integer(1))));
    const endless = Buffer.concat([
      hex("3080"),
      Buffer.alloc(3_000_000, 0x05).fill(hex("0500")),
      hex("0000"),
    ]);

    expect(() => children(readDer(many))).toThrow("too many elements");
    expect(() => readDer(endless)).toThrow("too many elements");
    expect(() => readDer(Buffer.alloc(13 * 1024 * 1024))).toThrow("too large");
  });
});

describe("a certificate in a header", () => {
  const der = Buffer.from("certificate");
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;

  test.each([
    ["RFC 9440", `:${der.toString("base64")}:`],
    ["PEM with URL escapes", encodeURIComponent(pem)],
  ])("%s", (_name, header) => {
    expect(readCertificateHeader(header)).toEqual(der);
  });

  test.each([
    ["nothing", ""],
    ["bare base64", der.toString("base64")],
    ["two of them", `:${der.toString("base64")}:, :${der.toString("base64")}:`],
    ["a broken escape", "%zz"],
    ["two certificates", encodeURIComponent(pem + pem)],
    ["a key", encodeURIComponent("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")],
    ["blanks without end", ` ${" ".repeat(9_000)}`],
    ["one that is too long", `:${"A".repeat(11_000)}:`],
  ])("not %s", (_name, header) => {
    expect(() => readCertificateHeader(header)).toThrow(expect.objectContaining({ name: "DerError" }));
  });
});
