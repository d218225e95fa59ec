import fc from "fast-check";
import { expect, test } from "vitest";
import { Real } from "./plist.ts";
import { isBinaryPlist, readBinaryPlist } from "./read-binary-plist.ts";

/** Made with Python's plistlib. */
const sample = Buffer.from(
  "YnBsaXN0MDDZAQIDBAUGBwgJCg8QERITFBUWUWFRYlNiaWdRZFFuVG5hbWVRclF0U3U2NKMLCwxReNENDlF5EABCAQITACAAAAAAAAEzQceDtpKAAAAT//////////tnAFcAaQAtAEYAaQAgAOkjP/gAAAAAAAAJFAAAAAAAAAAA//////////8IGx0fIyUnLC4wNDg6PT9BRE1WX253eAAAAAAAAAEBAAAAAAAAABcAAAAAAAAAAAAAAAAAAACJ",
  "base64",
);

test("every type comes back", () => {
  expect(isBinaryPlist(sample)).toBe(true);
  expect(readBinaryPlist(sample)).toEqual({
    name: "Wi-Fi é",
    n: -5,
    big: 9007199254740993n,
    r: new Real(1.5),
    t: true,
    d: new Date("2026-01-02T03:04:05Z"),
    b: Buffer.from([1, 2]),
    a: ["x", "x", { y: 0 }],
    u64: 18446744073709551615n,
  });
});

test("sharing cannot blow up and cycles end", () => {
  // 60 arrays, each of which holds the next one twice: 2^60 values.
  const levels = 60;
  const objects = Array.from({ length: levels }, (_, index) =>
    index < levels - 1 ? Buffer.from([0xa2, index + 1, index + 1]) : Buffer.from([0x09]),
  );
  const cycle = [Buffer.from([0xa1, 0])];

  expect(() => readBinaryPlist(pack(objects))).toThrow("more than");
  expect(() => readBinaryPlist(pack(cycle))).toThrow("nested deeper");
});

test("a duplicate key and a key that is no string are refused", () => {
  const key = Buffer.from([0x51, 0x61]);
  const yes = Buffer.from([0x09]);

  expect(readBinaryPlist(pack([Buffer.from([0xd1, 1, 2]), key, yes]))).toEqual({ a: true });
  expect(() => readBinaryPlist(pack([Buffer.from([0xd2, 1, 1, 2, 2]), key, yes]))).toThrow("duplicate key");
  expect(() => readBinaryPlist(pack([Buffer.from([0xd1, 2, 2]), key, yes]))).toThrow("not a string");
});

test("changed or cut bytes are read or refused, never worse", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(sample.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(sample.length),
      (changes, length) => {
        const bytes = Buffer.from(sample);
        for (const [at, byte] of changes) bytes[at] = byte;
        for (const candidate of [bytes, bytes.subarray(0, length)]) {
          try {
            readBinaryPlist(candidate);
          } catch (error) {
            expect(error).toHaveProperty("name", "PlistError");
          }
        }
      },
    ),
    { seed: 20_261_126, numRuns: 2000 },
  );
});

/** A binary property list of these objects; the first is the root, all references are one byte. */
function pack(objects: readonly Buffer[]): Buffer {
  const header = Buffer.from("bplist00");
  let at = header.length;
  const offsets = objects.map((object) => {
    const here = at;
    at += object.length;
    return here;
  });
  const trailer = Buffer.alloc(32);
  trailer[6] = 2;
  trailer[7] = 1;
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(at), 24);
  const table = Buffer.alloc(objects.length * 2);
  offsets.forEach((offset, index) => {
    table.writeUInt16BE(offset, index * 2);
  });
  return Buffer.concat([header, ...objects, table, trailer]);
}
