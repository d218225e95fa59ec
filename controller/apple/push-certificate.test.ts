import { createPrivateKey, createPublicKey } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { noon } from "./fixture.ts";
import type { Pem } from "./identity.ts";
import { createTestPushCertificate, readPushCertificate } from "./push-certificate.ts";

const topic = "com.apple.mgmt.External.test";
const preamble = "Bag Attributes\n    friendlyName: APSP\nKey Attributes: <No Attributes>\n";
let made: Pem;

beforeAll(async () => {
  made = await createTestPushCertificate({ topic, now: noon });
});

function pkcs1(): string {
  return createPrivateKey(made.keyPem).export({ type: "pkcs1", format: "pem" }).toString();
}

test.each<[string, (pem: Pem) => Pem]>([
  ["a key in PKCS#8", (pem) => pem],
  ["a key in PKCS#1", (pem) => ({ ...pem, keyPem: pkcs1() })],
  ["line ends of Windows", (pem) => ({ certificatePem: crlf(pem.certificatePem), keyPem: crlf(pkcs1()) })],
  [
    "no line end at the end",
    (pem) => ({ certificatePem: pem.certificatePem.trim(), keyPem: pem.keyPem.trim() }),
  ],
  [
    "what openssl writes in front",
    (pem) => ({ certificatePem: preamble + pem.certificatePem, keyPem: preamble + pem.keyPem }),
  ],
])("a push certificate is taken with %s, and kept in one form", (_name, form) => {
  expect(readPushCertificate(form(made), { now: noon })).toMatchObject({ ...made, topic });
});

test.each(["pkcs1", "pkcs8"] as const)(
  "a key with a passphrase (%s) is refused, with what to do and without the key",
  (type) => {
    const options = { type, format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" } as const;
    const keyPem = createPrivateKey(made.keyPem)
      .export(options as never)
      .toString();
    expect(keyPem).toContain("ENCRYPTED");
    expect(() => readPushCertificate({ ...made, keyPem }, { now: noon })).toThrow(
      expect.objectContaining({
        code: "push-key",
        message: "not a private key in PEM form without a passphrase",
        hint: expect.stringContaining("openssl pkey"),
      }),
    );
  },
);

test("a public key, a certificate and nothing are no key", () => {
  const publicKey = createPublicKey(made.certificatePem).export({ type: "spki", format: "pem" }).toString();
  for (const keyPem of [publicKey, made.certificatePem, "", "-----BEGIN PRIVATE KEY-----\n"])
    expect(() => readPushCertificate({ ...made, keyPem }, { now: noon })).toThrow(
      expect.objectContaining({ code: "push-key" }),
    );
});

function crlf(text: string): string {
  return text.replaceAll("\n", "\r\n");
}
