import fc from "fast-check";
import * as oracle from "plist";
import { describe, expect, test } from "vitest";
import { type PlistValue, plistLimits, Real } from "./plist.ts";
import { readPlist } from "./read-plist.ts";
import { writePlist } from "./write-plist.ts";

function read(xml: string): PlistValue {
  return readPlist(Buffer.from(xml));
}

function inner(xml: string): PlistValue {
  return read(`<plist version="1.0">${xml}</plist>`);
}

describe("reading", () => {
  test.each([
    ["<string>a &amp; b &lt;&gt;&quot;&apos; &#65;&#x1F600;</string>", "a & b <>\"' A😀"],
    ["<string>&amp;lt;</string>", "&lt;"],
    ["<string><![CDATA[<&amp;>]]> x</string>", "<&amp;> x"],
    ["<string>a\r\nb\rc</string>", "a\nb\nc"],
    ["<string/>", ""],
    ["<integer>-7</integer>", -7],
    ["<integer>0x1F</integer>", 31],
    ["<real>1.0</real>", new Real(1)],
    ["<date>2026-11-01T12:00:00Z</date>", new Date("2026-11-01T12:00:00Z")],
    ["<data>\n\tAQ ID\n</data>", Buffer.from([1, 2, 3])],
    ["<data></data>", Buffer.alloc(0)],
    ["<array><true/><false /></array>", [true, false]],
    ["<dict ><key>a</key ><!-- why --><string>b</string></dict>", { a: "b" }],
    ["<dict><key/><dict/></dict>", { "": {} }],
  ])("%s", (xml, value) => {
    expect(inner(xml)).toEqual(value);
  });

  test("integers beyond 2^53 keep every digit", () => {
    expect(inner("<integer>9007199254740993</integer>")).toBe(9007199254740993n);
    expect(inner("<integer>18446744073709551615</integer>")).toBe(18446744073709551615n);
  });

  test("keys of a device touch no prototype", () => {
    const value = inner("<dict><key>__proto__</key><dict><key>admin</key><true/></dict></dict>");

    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  test("every form of header and document type that Apple writes", () => {
    const body = '<plist version="1.0"><true/></plist>';
    const types = ["Apple", "Apple Computer", "Apple Inc"].map(
      (who) =>
        `<!DOCTYPE plist PUBLIC "-//${who}//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">`,
    );

    for (const type of types)
      expect(read(`<?xml version="1.0" encoding="UTF-8"?>\n${type}\n${body}\n`)).toBe(true);
    expect(read(`\uFEFF<?xml version='1.0' encoding='utf-8'?>${body}`)).toBe(true);
  });
});

const bomb = `<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<plist version="1.0"><string>&b;</string></plist>`;
const external = `<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<plist version="1.0"><string>&f;</string></plist>`;

describe("refusing", () => {
  test.each([
    ["an entity bomb", bomb],
    ["an external entity", external],
    ["another document type", '<!DOCTYPE html><plist version="1.0"><true/></plist>'],
    [
      "an internal subset",
      '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd" []><plist/>',
    ],
    ["another encoding", '<?xml version="1.0" encoding="ISO-8859-1"?><plist version="1.0"><true/></plist>'],
    ["a processing instruction", '<?php evil ?><plist version="1.0"><true/></plist>'],
    ["two roots", '<plist version="1.0"><true/></plist><plist version="1.0"><true/></plist>'],
    ["no root", "<dict/>"],
    ["nothing", ""],
  ])("%s", (_name, xml) => {
    expect(() => read(xml)).toThrow(/line 1|line 2/);
  });

  test.each([
    ["a duplicate key", "<dict><key>UDID</key><string>A</string><key>UDID</key><string>B</string></dict>"],
    ["a duplicate of __proto__", "<dict><key>__proto__</key><true/><key>__proto__</key><true/></dict>"],
    ["a key without a value", "<dict><key>a</key></dict>"],
    ["a value without a key", "<dict><string>a</string></dict>"],
    ["stray text", "<dict>x<key>a</key><true/></dict>"],
    ["two values", "<true/><true/>"],
    ["an unknown element", "<object/>"],
    ["an attribute", '<string a="b">x</string>'],
    ["an undefined entity", "<string>&nbsp;</string>"],
    ["a lone ampersand", "<string>a & b</string>"],
    ["NUL", "<string>a&#0;b</string>"],
    ["NUL as it is", "<string>a\0b</string>"],
    ["the end of a CDATA section in text", "<string>a]]>b</string>"],
    ["half a surrogate pair", "<string>&#xD800;</string>"],
    ["crossed elements", "<array><string>a</array></string>"],
    ["an element in text", "<string>a<true/></string>"],
    ["text that is no integer", "<integer>12abc</integer>"],
    ["an empty integer", "<integer></integer>"],
    ["an integer of 65 bits", "<integer>18446744073709551616</integer>"],
    ["a day that does not exist", "<date>2026-02-30T00:00:00Z</date>"],
    ["a date with a zone", "<date>2026-02-03T00:00:00+01:00</date>"],
    ["bad base64", "<data>AQI</data>"],
    ["base64 with padding inside", "<data>AQ==AQ==</data>"],
    ["truncation", "<array><string>a</string>"],
    ["a comment with two dashes", "<!-- a -- b --><true/>"],
  ])("%s", (_name, xml) => {
    expect(() => inner(xml)).toThrow(expect.objectContaining({ name: "PlistError" }));
  });

  test("what is not UTF-8", () => {
    expect(() => readPlist(Buffer.from("<plist><string>\xff</string></plist>", "latin1"))).toThrow(
      "not UTF-8",
    );
    expect(() => readPlist(Buffer.from("<plist><true/></plist>", "utf16le"))).toThrow(/line 1/);
  });

  test("the place is named", () => {
    expect(() => read('<plist version="1.0">\n<dict>\n  <key>a</key><oops/>\n</dict></plist>')).toThrow(
      "line 3, column 15",
    );
  });
});

describe("limits", () => {
  const mebibyte = 1024 * 1024;
  const most = plistLimits.bytes - 200;
  const wrap = (xml: string) => Buffer.from(`<plist version="1.0">${xml}</plist>`);

  test("depth, entries and size", () => {
    const nested = (depth: number) => `${"<array>".repeat(depth)}${"</array>".repeat(depth)}`;

    expect(inner(nested(plistLimits.depth))).toBeDefined();
    expect(() => inner(nested(plistLimits.depth + 1))).toThrow("nested deeper");
    expect(() => inner(nested(500_000))).toThrow("nested deeper");
    expect(() => inner(`<array>${"<true/>".repeat(plistLimits.entries)}</array>`)).toThrow(
      "more than 100000 values",
    );
    expect(() => readPlist(Buffer.alloc(11 * mebibyte, 0x20))).toThrow("larger than");
  });

  test.each([
    ["white space", (size: number) => " ".repeat(size)],
    ["one string", (size: number) => `<string>${"a".repeat(size)}</string>`],
    ["lines", (size: number) => `<string>${"\r".repeat(size)}</string>`],
    ["references", (size: number) => `<string>${"&amp;".repeat(size / 5)}</string>`],
    ["base64", (size: number) => `<data>${`${"AAAA".repeat(16)}\n`.repeat(size / 65)}</data>`],
    ["elements", (size: number) => `<array>${"<true/>".repeat(size / 7)}</array>`],
    [
      "a dictionary",
      (size: number) =>
        `<dict>${Array.from({ length: size / 214 }, (_, at) => `<key>${at}${"k".repeat(80)}</key><string>${"v".repeat(85)}</string>`).join("")}</dict>`,
    ],
    ["comments", (size: number) => "<!---->".repeat(size / 7)],
    ["CDATA", (size: number) => `<string>${"<![CDATA[]]>".repeat(size / 12)}</string>`],
    ["unclosed CDATA", (size: number) => `<string>${"<![CDATA[".repeat(size / 9)}`],
    ["open tags", (size: number) => "<".repeat(size)],
    ["text then an error", (size: number) => `<string>${"\n".repeat(size)}<`],
  ])("ten mebibytes of %s cost what their length costs, and no more", (_name, xmlOf) => {
    const [bytes, eighth] = [wrap(xmlOf(most)), wrap(xmlOf(most / 8))];
    // Of the square of the length it would be 64 times the work; a millisecond more is for what ends at once.
    expect(workOf(bytes) / (workOf(eighth) + 1)).toBeLessThan(32);
  });

  /** The least of five times that this thread worked on it, ms. */
  function workOf(bytes: Uint8Array): number {
    const times = Array.from({ length: 5 }, () => {
      const before = process.threadCpuUsage();
      try {
        readPlist(bytes);
      } catch {
        // Only the time counts here.
      }
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1_000;
    });
    return Math.min(...times);
  }
});

const text = fc
  .string({ unit: "grapheme" })
  .map((raw) => raw.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ""));
const value = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }),
    fc.double().map((number) => new Real(number)),
    fc
      .date({ min: new Date("0001-01-01"), max: new Date("9999-01-01"), noInvalidDate: true })
      .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5, noNullPrototype: false }),
  ),
})).value;

describe("writing", () => {
  test("what is written reads back the same", () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(normal(readPlist(writePlist(original)))).toEqual(normal(original));
      }),
      { numRuns: 300 },
    );
  });

  test("an independent reader sees the same", () => {
    const original = { a: "x & <y>", b: [1, true], c: Buffer.from("z"), d: new Date("2026-01-02T03:04:05Z") };

    expect(oracle.parse(writePlist(original).toString())).toEqual({ ...original, c: expect.anything() });
  });

  test("reals stay reals", () => {
    expect(writePlist([new Real(1), 1]).toString()).toContain("<real>1.0</real>\n<integer>1</integer>");
  });

  test.each([
    ["a control character", "\u0001"],
    ["half a surrogate pair", "\uD800"],
    ["a bare fraction", 1.5],
    ["an invalid date", new Date(Number.NaN)],
  ])("%s cannot be written", (_name, bad) => {
    expect(() => writePlist({ bad })).toThrow(expect.objectContaining({ name: "PlistError" }));
  });

  test("an integer of 65 bits cannot be written", () => {
    expect(() => writePlist(2n ** 64n)).toThrow("64 bits");
  });

  test("text cannot become markup", () => {
    const written = writePlist({ "</key><key>": "</string><key>evil</key><true/>" });

    expect(readPlist(written)).toEqual({ "</key><key>": "</string><key>evil</key><true/>" });
  });
});

test("whatever we accept, an independent reader accepts with the same value", () => {
  const fragment = fc.oneof(
    fc.constantFrom(
      "<dict>",
      "</dict>",
      "<array>",
      "</array>",
      "<key>a</key>",
      "<true/>",
      "<!--x-->",
      " ",
      "<string/>",
    ),
    fc.constantFrom(
      "<string>a&amp;b</string>",
      "<integer>7</integer>",
      "<data>AQID</data>",
      "<key>b</key>",
      "<real>2.5</real>",
    ),
  );
  let accepted = 0;

  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
      const xml = `<plist version="1.0">${parts.join("")}</plist>`;
      const ours = attempt(() => read(xml));
      if (ours === undefined) return;
      accepted++;
      expect(JSON.stringify(oracle.parse(xml))).toBe(JSON.stringify(plain(ours)));
    }),
    { numRuns: 2000, seed: 7 },
  );

  expect(accepted).toBeGreaterThan(20);
});

function attempt(run: () => PlistValue): PlistValue | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Without prototypes and wrappers, for comparison. */
function plain(item: PlistValue): unknown {
  if (item instanceof Real) return item.value;
  if (item instanceof Uint8Array) return new Uint8Array(item);
  if (Array.isArray(item)) return item.map(plain);
  if (typeof item === "object" && !(item instanceof Date)) {
    return Object.fromEntries(
      Object.entries(item).map(([key, inside]) => [key, plain(inside as PlistValue)]),
    );
  }
  return item;
}

function normal(item: PlistValue): unknown {
  if (item instanceof Real) return ["real", Object.is(item.value, -0) ? "-0" : String(item.value)];
  if (item instanceof Uint8Array) return ["data", Buffer.from(item).toString("hex")];
  if (typeof item === "bigint") return ["integer", item.toString()];
  if (Array.isArray(item)) return item.map(normal);
  if (typeof item === "number") return ["integer", (item + 0).toString()];
  if (typeof item === "object" && !(item instanceof Date)) {
    return Object.entries(item)
      .map(([key, inside]) => [key, normal(inside as PlistValue)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  }
  return item;
}
