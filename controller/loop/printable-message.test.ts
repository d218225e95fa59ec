import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printableMessage } from "./printable-message.ts";

const show = (text: string): string => printableMessage(Buffer.from(text));

test("what a person needs to see stays", () => {
  const text =
    "<plist><dict>\r\n\t<key>MessageType</key><string>Größe</string><key>UDID</key><string>00008030-001</string>";
  expect(show(text)).toBe(text.replace("\r\n", "\n"));
});

test("nothing steers a terminal", () => {
  expect(show("a\u001b]0;owned\u0007b\rc\u202Ed")).toBe("a\\u{1b}]0;owned\\u{7}b\\u{d}c\\u{202e}d");
});

describe("secrets are withheld", () => {
  const canary = "Canary-4711";
  test.each([
    ["a string", `<key>PushMagic</key>\n\t<string>${canary}</string>`],
    ["data", `<key>Anything</key><data>\n${canary}\n</data>`],
    ["data that does not end", `<key>Anything</key><data>${canary}`],
    ["a damaged key", `<kex>UnlockToken<string>${canary}</string>`],
    ["another case", `<key>bootstraptoken</key><string>${canary}</string>`],
    ["JSON", `{"challenge": "${canary}"}`],
    ["a form", `password=${canary}`],
    ["a PIN", `<key>PIN</key><string>${canary}</string>`],
    ["PEM", `-----BEGIN PRIVATE KEY-----\n${canary.replace("-", "")}\n-----END PRIVATE KEY-----`],
    ["a token without a name", `<string>${"Canary".repeat(8)}</string>`],
  ])("%s", (_name, text) => {
    expect(show(text)).not.toContain("Canary");
    expect(show(text)).toMatch(/withheld: \d+ characters/);
  });

  test("in UTF-16, and in what is no text at all", () => {
    const wide = Buffer.from(`\uFEFF<key>PushMagic</key><string>${canary}</string>`, "utf16le");
    expect(printableMessage(wide)).toContain(
      "<key>PushMagic</key><string>[withheld: 11 characters]</string>",
    );
    const binary = Buffer.concat([Buffer.from("bplist00"), Buffer.from(canary), Buffer.alloc(8, 0x9c)]);
    expect(printableMessage(binary)).toBe("[27 bytes that are no text]");
  });
});

test("any bytes give a bounded text without control characters, soon", () => {
  const hostile = [..."Token<>\"'=: \n\u0000\u001b"];
  const parts = fc.array(fc.constantFrom(...hostile, "<data>", "Token", "PIN", "-----BEGIN A-----"), {
    maxLength: 2_000,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 4_000 }),
        parts.map((all) => Buffer.from(all.join(""))),
      ),
      (raw) => {
        const text = printableMessage(raw);
        expect(text.length).toBeLessThan(17_000);
        expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
      },
    ),
    { seed: 20_261_126 },
  );
  expect(show("Token<".repeat(8_000)).length).toBeLessThan(17_000);
});
