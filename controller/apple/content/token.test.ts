import { expect, test } from "vitest";
import { readContentToken } from "./token.ts";

const encoded = (fields: unknown): string => Buffer.from(JSON.stringify(fields)).toString("base64");

test("a content token tells its organization and when it ends, in Apple's own form of time", () => {
  const text = encoded({ token: "t", expDate: "2030-11-08T22:33:22+0100", orgName: "ORG12345" });
  expect(readContentToken(`${text}\n`)).toEqual({
    text,
    organization: "ORG12345",
    notAfter: Date.UTC(2030, 10, 8, 21, 33, 22),
  });
});

test.each([
  ["no Base64", "{}"],
  ["no JSON", Buffer.from("secret").toString("base64")],
  ["no token", encoded({ expDate: "2030-11-08T22:33:22+0000" })],
  ["no end", encoded({ token: "secret", expDate: "soon" })],
  ["more than anybody would give", "A".repeat(20_000)],
])("%s is refused, and nothing of it is repeated", (_what, file) => {
  expect(() => readContentToken(file)).toThrow(
    /^this is no content token of Apple Business or School Manager$/,
  );
});
