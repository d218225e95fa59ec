import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { readCertificateRequest } from "./certificate-request.ts";
import { ecKey, makeAuthority, makeIdentity, makeRequest, noon, rsaKey } from "./fixture.ts";
import { createAuthority, identityFault, issueIdentity, readAuthority } from "./identity.ts";

const day = 86_400_000;

let authority: Awaited<ReturnType<typeof makeAuthority>>;

beforeAll(async () => {
  authority = await makeAuthority();
});

describe("the authority", () => {
  test("is one, for ten years, and may sign leaves only", () => {
    const { certificate } = authority;

    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.validToDate.getTime() - noon).toBe(3_650 * day);
    expect(certificate.subject).toBe("O=Acme\nCN=Acme device identities");
  });

  test("has 3072 bits unless told otherwise", async () => {
    const texts = await createAuthority({ organization: "Acme", now: noon });

    expect(readAuthority(texts).certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072);
  });

  test("is not read from texts that do not belong together or are none", async () => {
    const other = await makeAuthority();
    const identity = await makeIdentity(authority);
    const identityPem = {
      certificatePem: new X509Certificate(identity.der).toString(),
      keyPem: identity.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };

    expect(() => readAuthority({ ...authority.pem, keyPem: other.pem.keyPem })).toThrow("do not match");
    expect(() => readAuthority(identityPem)).toThrow("not one of an authority");
  });
});

describe("identities", () => {
  test("live at most a year, whatever is asked for, and have serial numbers that nobody can guess", async () => {
    const { publicKey } = ecKey();
    const issue = async () =>
      new X509Certificate(
        await issueIdentity(authority, { publicKey, enrollmentId: "e", now: noon, days: 4_000 }),
      );
    const [first, second] = [await issue(), await issue()];

    expect(first.validToDate.getTime()).toBe(noon + 365 * day);
    expect(first.serialNumber).toMatch(/^[0-9A-F]{32}$/);
    expect(first.serialNumber).not.toBe(second.serialNumber);
    expect(identityFault(first, authority.certificate, noon)).toBeUndefined();
  });
});

describe("certificate requests", () => {
  test("give the key and the challenge, and nothing else", async () => {
    const key = rsaKey();

    expect(readCertificateRequest(await makeRequest(key, "text"))).toEqual({
      publicKey: key.publicKey,
      challenge: "text",
    });
    expect(readCertificateRequest(await makeRequest(ecKey("P-384"), undefined))).toMatchObject({
      challenge: undefined,
    });
  });

  test.each([
    ["512 bits", () => rsaKey(512)],
    ["1024 bits", () => rsaKey(1024)],
    ["5120 bits", () => rsaKey(5120)],
    ["another curve", () => ecKey("secp256k1")],
    ["P-521", () => ecKey("P-521")],
  ])("with a key of %s are refused", async (_name, key) => {
    const request = await makeRequest(key(), "text");

    expect(() => readCertificateRequest(request)).toThrow("unacceptable key");
  });
});
