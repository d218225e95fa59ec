import { createHash, generateKeyPairSync, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { createAuthenticator } from "./authenticate.ts";
import { ecKey, type Identity, makeAuthority, makeIdentity, makeOdd, noon, rsaKey } from "./fixture.ts";
import { readCertificate } from "./wire/certificate.ts";
import { signContent } from "./wire/cms-write.ts";
import { children, readDer } from "./wire/der.ts";

const body = Buffer.from("<plist version='1.0'><dict><key>Status</key><string>Idle</string></dict></plist>");
const day = 86_400_000;

let authority: Awaited<ReturnType<typeof makeAuthority>>;
let identity: Identity;
let authenticate: ReturnType<typeof createAuthenticator>;

beforeAll(async () => {
  authority = await makeAuthority();
  identity = await makeIdentity(authority);
  authenticate = createAuthenticator(authority.certificate);
});

async function sign(signer: Identity, content: Uint8Array = body, chain: readonly Uint8Array[] = []) {
  const who = { certificate: signer.der, chain, key: signer.privateKey };
  return (await signContent(content, who, { now: noon, detached: true })).toString("base64");
}

/** For a public exponent of 3, without the private key: the right digest, and rubbish behind it (CVE-2006-4339). */
function forgedSignature(signed: Uint8Array): Buffer {
  const start = Buffer.from("0001ffffffffffffffff003031300d060960864801650304020105000420", "hex");
  const digest = createHash("sha256").update(signed).digest();
  const wanted = Buffer.concat([start, digest, Buffer.alloc(256 - start.length - digest.length)]);
  const least = BigInt(`0x${wanted.toString("hex")}`);
  let root = 0n;
  for (let bit = 1n << 683n; bit > 0n; bit >>= 1n) if ((root | bit) ** 3n <= least) root |= bit;
  const forged = Buffer.from((root + 1n).toString(16).padStart(512, "0"), "hex");
  const opened = Buffer.from(((root + 1n) ** 3n).toString(16).padStart(512, "0"), "hex");
  const right = start.length + digest.length;
  if (!opened.subarray(0, right).equals(wanted.subarray(0, right))) throw new Error("not forged well");
  return forged;
}

/** Sequences in sequences, each with a definite length. */
function nested(times: number): Buffer {
  let element: Buffer = Buffer.from([0x05, 0x00]);
  for (let level = 0; level < times; level++) {
    const { length } = element;
    const size =
      length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
    element = Buffer.concat([Buffer.from([0x30, ...size]), element]);
  }
  return element;
}

function bySignature(signature: string, content: Uint8Array = body, now = noon) {
  return authenticate({ body: content, signature, certificate: undefined }, now);
}

function byTransport(der: Uint8Array, now = noon) {
  return authenticate({ body, signature: undefined, certificate: new X509Certificate(der) }, now);
}

describe("accepted", () => {
  test("a signature over exactly this body", async () => {
    const result = bySignature(await sign(identity));

    expect(result).toMatchObject({ type: "identity", identity: { from: "signature" } });
    expect(result.type === "identity" && result.identity.sha256).toBe(
      new X509Certificate(identity.der).fingerprint256.replaceAll(":", "").toLowerCase(),
    );
  });

  test("an elliptic key, and the certificate of the transport", async () => {
    const elliptic = await makeIdentity(authority, { key: ecKey() });

    expect(bySignature(await sign(elliptic))).toMatchObject({ type: "identity" });
    expect(byTransport(identity.der)).toMatchObject({ type: "identity", identity: { from: "transport" } });
  });

  test("the same certificate again, from the cache, still with its own signature each time", async () => {
    const header = await sign(identity);

    expect(bySignature(header)).toMatchObject({ type: "identity" });
    expect(bySignature(header)).toMatchObject({ type: "identity" });
    expect(bySignature(header, Buffer.from("another body"))).toEqual({
      type: "refused",
      reason: "wrong-signature",
    });
  });
});

test("a device whose clock is wrong is heard: what it says of the time of its signature decides nothing", async () => {
  const who = { certificate: identity.der, chain: [], key: identity.privateKey };
  for (const now of [0, noon - 3_000 * day, noon + 3_000 * day]) {
    const header = (await signContent(body, who, { now, detached: true })).toString("base64");
    expect(bySignature(header)).toMatchObject({ type: "identity" });
  }
});

test("two certificates with one serial number are two", async () => {
  const issuer = { name: readCertificate(authority.certificate.raw).subject, key: authority.key };
  const serial = (der: Uint8Array) => Buffer.from(new X509Certificate(der).serialNumber, "hex");
  const other = await makeOdd(ecKey(), issuer, { serial: serial(identity.der) });
  expect(serial(other.der)).toEqual(serial(identity.der));

  const [first, second] = [bySignature(await sign(identity)), bySignature(await sign(other))];
  if (first.type !== "identity" || second.type !== "identity") throw new Error("one was refused");
  expect(second.identity.sha256).not.toBe(first.identity.sha256);
});

describe("refused", () => {
  test("nothing presented", () => {
    expect(authenticate({ body, signature: undefined, certificate: undefined }, noon)).toEqual({
      type: "refused",
      reason: "no-identity",
    });
  });

  test("a changed body, also when the message encloses the one that was signed", async () => {
    const who = { certificate: identity.der, chain: [], key: identity.privateKey };
    const attached = (await signContent(body, who, { now: noon })).toString("base64");

    expect(bySignature(await sign(identity), Buffer.concat([body, Buffer.from(" ")]))).toMatchObject({
      reason: "wrong-signature",
    });
    expect(bySignature(attached, Buffer.from("tampered"))).toMatchObject({ reason: "wrong-signature" });
  });

  test("a wrong signature, even beside a good certificate of the transport", async () => {
    const certificate = new X509Certificate(identity.der);

    expect(
      authenticate({ body: Buffer.from("x"), signature: await sign(identity), certificate }, noon),
    ).toEqual({
      type: "refused",
      reason: "wrong-signature",
    });
  });

  test("an identity of another authority with the same name", async () => {
    const other = await makeAuthority();
    const foreign = await makeIdentity(other);

    expect(bySignature(await sign(foreign))).toMatchObject({ reason: "not-ours" });
    expect(bySignature(await sign(foreign, body, [other.certificate.raw]))).toMatchObject({
      reason: "not-ours",
    });
    expect(byTransport(foreign.der)).toMatchObject({ reason: "not-ours" });
  });

  test("a certificate that one of our identities signed", async () => {
    const name = readCertificate(identity.der).subject;
    const child = await makeOdd(rsaKey(), { name, key: identity.privateKey });

    expect(bySignature(await sign(child, body, [identity.der]))).toMatchObject({ reason: "not-ours" });
  });

  test("a self-signed certificate that bears our authority's name", async () => {
    const key = rsaKey();
    const impostor = await makeOdd(key, {
      name: readCertificate(authority.certificate.raw).subject,
      key: key.privateKey,
    });

    expect(bySignature(await sign(impostor))).toMatchObject({ reason: "not-ours" });
  });

  test("our own authority, and others of our certificates that are not identities", async () => {
    const name = readCertificate(authority.certificate.raw).subject;
    const issuer = { name, key: authority.key };
    const lower = await makeOdd(rsaKey(), issuer, { usage: "authority" });
    const server = await makeOdd(rsaKey(), issuer, { usage: "server" });
    const plain = await makeOdd(rsaKey(), issuer, { usage: "signer" });

    expect(byTransport(authority.certificate.raw)).toMatchObject({ reason: "is-authority" });
    expect(bySignature(await sign(lower))).toMatchObject({ reason: "is-authority" });
    expect(bySignature(await sign(server))).toMatchObject({ reason: "wrong-usage" });
    expect(bySignature(await sign(plain))).toMatchObject({ reason: "wrong-usage" });
  });

  test("a chain of ten, whoever stands at its root", async () => {
    for (const usage of ["client", "authority"] as const) {
      const root = { name: readCertificate(authority.certificate.raw).subject, key: authority.key };
      const chain = [await makeOdd(rsaKey(), root, { usage })];
      while (chain.length < 10) {
        const above = chain[0] as Identity;
        const issuer = { name: readCertificate(above.der).subject, key: above.privateKey };
        const isLast = chain.length === 9;
        chain.unshift(
          await makeOdd(isLast ? rsaKey() : ecKey(), issuer, { usage: isLast ? "client" : usage }),
        );
      }
      const [leaf, ...above] = chain;
      const header = await sign(
        leaf as Identity,
        body,
        above.map((one) => one.der),
      );
      expect(bySignature(header), usage).toMatchObject({ type: "refused", reason: "not-ours" });
    }
  });

  test("a signature that only a lenient reader of PKCS #1 takes for the authority's", async () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
    const key = {
      publicKey: pair.publicKey.export({ type: "spki", format: "der" }),
      privateKey: pair.privateKey,
    };
    const root = await makeOdd(key, { name: undefined, key: key.privateKey }, { usage: "authority" });
    const trusting = createAuthenticator(new X509Certificate(root.der));
    const issuer = { name: readCertificate(root.der).subject, key: key.privateKey };
    const genuine = (await makeOdd(rsaKey(), issuer)).der;
    const shown = (der: Uint8Array) =>
      trusting({ body, signature: undefined, certificate: new X509Certificate(der) }, noon);

    expect(shown(genuine)).toMatchObject({ type: "identity" });
    const [signed] = children(readDer(genuine));
    const forged = forgedSignature(signed?.bytes ?? Buffer.alloc(0));
    expect(shown(Buffer.concat([genuine.subarray(0, -256), forged]))).toMatchObject({ reason: "not-ours" });
  });

  test("before and after its time, also from the cache", async () => {
    const header = await sign(identity);

    expect(bySignature(header)).toMatchObject({ type: "identity" });
    expect(bySignature(header, body, noon + 366 * day)).toMatchObject({ reason: "expired" });
    expect(bySignature(header, body, noon - day)).toMatchObject({ reason: "not-yet-valid" });
  });

  test.each([
    ["empty", ""],
    ["not base64", "*****"],
    ["two headers joined", "AAAA, AAAA"],
    ["not CMS", Buffer.from("hello").toString("base64")],
    ["too long", "A".repeat(10 * 1024 + 4)],
    ["nested a thousand times", nested(1_000).toString("base64")],
  ])("a header that is %s", (_name, header) => {
    expect(bySignature(header)).toEqual({ type: "refused", reason: "malformed" });
  });

  test("a message that was cut or changed anywhere, without an exception", async () => {
    const message = Buffer.from(await sign(identity), "base64");

    for (let at = 0; at < message.length; at += 7) {
      const changed = Buffer.from(message);
      changed[at] = (changed[at] ?? 0) ^ 0x41;
      const cut = message.subarray(0, at);
      const results = [changed, cut].map((one) => bySignature(one.toString("base64"), Buffer.from("other")));
      for (const result of results) expect(result.type).toBe("refused");
    }
  });
});

test("headers alone tell who cannot be one of ours, and never who somebody is", async () => {
  const screen = (signature: string | undefined, certificate?: X509Certificate, now = noon) =>
    authenticate.screen({ signature, certificate }, now);
  const stranger = await makeIdentity(await makeAuthority());
  const transport = new X509Certificate(identity.der);

  expect(screen(undefined)).toBe("no-identity");
  expect(screen("rubbish!")).toBe("malformed");
  expect(screen(await sign(stranger), transport)).toBe("not-ours");
  expect(screen(await sign(identity), undefined, noon + 400 * day)).toBe("expired");
  expect(screen(await sign(identity))).toBeUndefined();
  expect(screen(undefined, transport)).toBeUndefined();
});
