import fc from "fast-check";
import { build, parse } from "plist";
import { expect, test } from "vitest";
import { type PlistValue, readPlist, real, writePlist } from "./plist.ts";

const text = fc
  .string({ unit: "grapheme" })
  .filter((value) => !/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(value));
const { value: values } = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

test("what is written can be read back", () => {
  const property = fc.property(values, (value) => {
    expect(readPlist(writePlist(value))).toEqual(value);
  });
  fc.assert(property, { seed: 20_261_126, numRuns: 300 });
});

test("another reader and another writer agree", () => {
  const value = {
    name: "Überall & <overall>",
    count: 42,
    share: 0.5,
    on: true,
    data: Buffer.from("hello"),
    at: new Date(1_700_000_000_000),
    list: ["a", { b: "c" }],
  };

  const theirs = parse(writePlist(value).toString("utf8")) as typeof value;
  const ours = readPlist(Buffer.from(build(value)));

  expect({ ...theirs, data: Buffer.from(theirs.data) }).toEqual(value);
  expect(ours).toEqual(value);
});

test("a whole number can be written as real, and a long one stays exact", () => {
  expect(writePlist(real(1)).toString()).toContain("<real>1</real>");
  expect(readPlist(Buffer.from("<plist><integer>9007199254740993</integer></plist>"))).toBe(
    9007199254740993n,
  );
});

test.each([
  ["<dict/>", "no <plist>"],
  ["<plist><dict><key>a</key></dict></plist>", "unexpected </dict>"],
  ["<plist><dict><key>a</key><true/><key>a</key><true/></dict></plist>", "comes twice"],
  ["<plist><dict><true/></dict></plist>", "where a <key> was expected"],
  ["<plist><array><string>a</string></dict></plist>", "</array> expected"],
  ["<plist><integer>0x1F</integer></plist>", "not an integer"],
  ["<plist><data>%%%</data></plist>", "not base64"],
  ["<plist><string>&bomb;</string></plist>", "unknown entity"],
  ["<plist><true/></plist><plist/>", "something follows"],
  ["<plist><array>text</array></plist>", "unexpected text"],
  [`<plist>${"<array>".repeat(200)}`, "nested too deeply"],
])("%s is not a property list", (document, problem) => {
  expect(() => readPlist(Buffer.from(document))).toThrow(problem);
});

test("bytes that are not UTF-8 are refused", () => {
  expect(() => readPlist(Buffer.from([...Buffer.from("<plist><string>"), 0xff, 0xfe]))).toThrow();
});
