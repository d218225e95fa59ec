import { createHmac, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { hasTool, type Identity, makeAuthority, makeIdentity, run } from "../fixture.ts";
import { mutations } from "../fuzz/mutate.ts";
import { derMutations } from "../fuzz/mutate-der.ts";
import type { Pem } from "../identity.ts";
import { readMachineInfo } from "../machine-info.ts";
import { encryptEnvelope } from "../wire/cms-enveloped.ts";
import { signContent } from "../wire/cms-write.ts";
import { writePlist } from "../wire/write-plist.ts";
import { ask } from "./capped-fetch.ts";
import { nextPage } from "./device-pages.ts";
import { authorizationOf } from "./oauth.ts";
import { readServerToken } from "./server-token.ts";
import type { EnrollmentService } from "./session.ts";
import { createTokenKey } from "./token-key.ts";

const now = Date.now();
const machine = { UDID: "U", SERIAL: "S-1", PRODUCT: "iPad14,8", VERSION: "22A1", OS_VERSION: "18.0" };
const secrets = {
  consumer_key: "CK_1",
  consumer_secret: "CS_1",
  access_token: "AT_1",
  access_secret: "AS_1",
  access_token_expiry: "2099-01-01T00:00:00Z",
};
let authority: Awaited<ReturnType<typeof makeAuthority>>;
let identity: Identity;
let key: Pem;
let folder: string;

beforeAll(async () => {
  authority = await makeAuthority(now);
  identity = await makeIdentity(authority);
  key = await createTokenKey("business", now);
  folder = mkdtempSync(join(tmpdir(), "reeve-portal-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function inner(json: unknown): string {
  return `Content-Type: text/plain\n\n-----BEGIN MESSAGE-----\n${JSON.stringify(json)}\n-----END MESSAGE-----\n`;
}

function mail(content: string, certificate = key.certificatePem): Buffer {
  const sealed = encryptEnvelope(Buffer.from(content), new X509Certificate(certificate));
  return Buffer.from(`Content-Type: application/pkcs7-mime\n\n${sealed.toString("base64")}\n`);
}

describe("a server token", () => {
  test("opens with the key that it is for, and with no other", async () => {
    expect(readServerToken(mail(inner(secrets)), key, now)).toMatchObject({ consumerKey: "CK_1" });
    const other = await createTokenKey("business", now);
    expect(() => readServerToken(mail(inner(secrets)), other, now)).toThrow(/cannot be opened/);
  });

  test("is refused with a reason when something else is in it", () => {
    const cases: readonly (readonly [Buffer, RegExp])[] = [
      [mail(inner({ ...secrets, access_token_expiry: "2001-01-01T00:00:00Z" })), /expired on 2001/],
      [mail(inner({ ...secrets, access_secret: "" })), /no access_secret/],
      [mail(inner({ ...secrets, access_token: "a\nInjected: header" })), /no access_token/],
      [mail(inner({ ...secrets, access_token_expiry: "soon" })), /when it expires/],
      [mail(inner([secrets])), /no consumer_key/],
      [mail("Content-Type: text/plain\n\nnothing"), /no message/],
      [Buffer.from("-----BEGIN CERTIFICATE-----"), /no headers/],
      [Buffer.from("Content-Type: text/plain\n\nhello"), /no server token/],
      [Buffer.alloc(70_000), /too large/],
    ];
    for (const [file, reason] of cases) expect(() => readServerToken(file, key, now)).toThrow(reason);
  });

  test("whatever bytes come, they are read or refused for a person to see", () => {
    const seeds = [
      mail(inner(secrets)),
      encryptEnvelope(Buffer.from(inner(secrets)), new X509Certificate(key.certificatePem)),
    ];
    const target = (bytes: Uint8Array): void => {
      try {
        readServerToken(bytes, key, now);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    };
    fc.assert(fc.property(mutations(seeds), target), { numRuns: 500 });
  });
});

describe("a MachineInfo", () => {
  const signed = (who: Identity, chain: readonly Buffer[] = [], content = writePlist(machine)) =>
    signContent(content, { certificate: who.der, chain, key: who.privateKey }, { now });

  test("counts when its signer leads to an authority, and its dates do not", async () => {
    const read = readMachineInfo(await signed(identity), [authority.certificate]);
    expect(read).toMatchObject({
      type: "machine",
      machine: { serial: "S-1", platform: "ipados", canUpdate: false },
    });
    const ended = await makeAuthority(now - 40 * 365 * 86_400_000);
    const device = await makeIdentity(ended);
    expect(readMachineInfo(await signed(device), [ended.certificate]).type).toBe("machine");
  });

  test("does not when somebody else made the signer, or a device did", async () => {
    const other = await makeAuthority(now);
    const stranger = await makeIdentity(other);
    const whose = async (message: Promise<Buffer>) => readMachineInfo(await message, [authority.certificate]);
    const foreign = { type: "refused", reason: "not-made-by-apple" };
    expect(await whose(signed(stranger))).toEqual(foreign);
    expect(await whose(signed(stranger, [other.certificate.raw]))).toEqual(foreign);
    expect(await whose(signed(stranger, [authority.certificate.raw]))).toEqual(foreign);
    // A device's certificate among the authorities, or in the chain, issues nothing.
    const below = await makeIdentity({
      ...authority,
      key: identity.privateKey,
      certificate: new X509Certificate(identity.der),
    });
    expect(await whose(signed(below, [identity.der]))).toEqual(foreign);
    expect(readMachineInfo(await signed(below), [new X509Certificate(identity.der)])).toEqual(foreign);
  });

  test("is refused when what it says is no serial number", async () => {
    for (const SERIAL of ["", "A B", "x".repeat(65), "../../etc"]) {
      const message = await signed(identity, [], writePlist({ ...machine, SERIAL }));
      expect(readMachineInfo(message, [authority.certificate])).toEqual({
        type: "refused",
        reason: "malformed",
      });
    }
  });

  test("whatever bytes come, no other serial number is read than the one that was signed", async () => {
    const seeds = [await signed(identity), await signed(identity, [authority.certificate.raw])];
    const target = (bytes: Uint8Array): void => {
      const read = readMachineInfo(bytes, [authority.certificate]);
      if (read.type === "machine" && read.machine.serial !== "S-1") throw new Error("a forged serial number");
    };
    fc.assert(fc.property(fc.oneof(mutations(seeds), derMutations(seeds)), target), { numRuns: 2_000 });
  });
});

describe.runIf(hasTool("openssl", "version"))("with openssl on the other side", () => {
  const openssl = (...words: readonly string[]) => run("openssl", [...words], { cwd: folder });

  test("a token that it enveloped opens, streamed and with triple DES too", async () => {
    writeFileSync(join(folder, "key.pem"), key.certificatePem);
    writeFileSync(join(folder, "inner"), inner(secrets));
    for (const cipher of ["-aes256", "-des3"])
      for (const stream of [[], ["-stream"]]) {
        await openssl("cms", "-encrypt", cipher, ...stream, "-in", "inner", "-out", "smime.p7m", "key.pem");
        const token = readServerToken(readFileSync(join(folder, "smime.p7m")), key, now);
        expect(token).toMatchObject({ accessSecret: "AS_1", expiresAt: Date.parse("2099-01-01T00:00:00Z") });
      }
  });

  test("a MachineInfo that it signed is read, with SHA-1 and with a chain too", async () => {
    const pem = `-----BEGIN CERTIFICATE-----\n${identity.der.toString("base64")}\n-----END CERTIFICATE-----\n`;
    writeFileSync(join(folder, "device.pem"), pem);
    writeFileSync(join(folder, "device.key"), identity.privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(join(folder, "ca.pem"), authority.pem.certificatePem);
    writeFileSync(join(folder, "machine"), writePlist(machine));
    for (const more of [[], ["-md", "sha1"], ["-certfile", "ca.pem"]]) {
      const files = ["-in", "machine", "-signer", "device.pem", "-inkey", "device.key", "-out", "signed.der"];
      await openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", ...files, ...more);
      const read = readMachineInfo(readFileSync(join(folder, "signed.der")), [authority.certificate]);
      expect(read).toMatchObject({ type: "machine", machine: { serial: "S-1" } });
    }
  });
});

test("the signature of a session is that of RFC 5849", () => {
  const token = {
    consumerKey: "k e",
    consumerSecret: "s&c",
    accessToken: "t=t",
    accessSecret: "z",
    expiresAt: 0,
  };
  const header = authorizationOf("https://a.example/session", token, { nonce: "n", now: 1_000 });
  // What section 3.4.1 makes of these, written out.
  const base =
    "GET&https%3A%2F%2Fa.example%2Fsession&oauth_consumer_key%3Dk%2520e%26oauth_nonce%3Dn%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1%26oauth_token%3Dt%253Dt%26oauth_version%3D1.0";
  const signature = createHmac("sha1", "s%26c&z").update(base).digest("base64");
  expect(header).toContain(`oauth_signature="${encodeURIComponent(signature)}"`);
  expect(header).toContain('oauth_token="t%3Dt"');
});

test("an answer that has no end is cut off, and a redirect is not followed", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/away") return void response.writeHead(302, { location: "/endless" }).end();
    response.on("error", () => {});
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024))) {}
    };
    response.on("drain", more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string) => ask({ method: "GET", url: `${url}${path}`, headers: {} });
  await expect(get("/endless")).rejects.toThrow("too large");
  await expect(get("/away")).rejects.toThrow("does not answer");
  server.closeAllConnections();
  server.close();
});

test("odd entries of a page are left out, and a page that is none is not taken", async () => {
  const answering = (body: object): EnrollmentService => ({
    call: async () => ({ type: "done", body: body as Readonly<Record<string, unknown>> }),
  });
  const odd = [
    null,
    7,
    {},
    { serial_number: "A B" },
    { serial_number: "__proto__" },
    { serial_number: "OK-1" },
  ];
  const page = await nextPage(
    answering({ devices: odd, cursor: "c", more_to_follow: "yes" }),
    "sync",
    undefined,
  );
  expect(page).toMatchObject({
    type: "page",
    more: false,
    devices: [{ serial: "__proto__" }, { serial: "OK-1" }],
  });
  for (const body of [
    {},
    { cursor: "" },
    { cursor: "c", devices: {} },
    { cursor: "x".repeat(2_000) },
    { cursor: "a\0b" },
  ])
    await expect(nextPage(answering(body), "sync", undefined)).rejects.toThrow(/page of devices/);
});
