import { X509Certificate } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createChallenge, hashChallenge, isChallenge } from "./challenge.ts";
import {
  ecKey,
  type Identity,
  makeAuthority,
  makeIdentity,
  makeOdd,
  makePkiMessage,
  makeRegistrar,
  makeRequest,
  makeSelfSigned,
  noon,
  rsaKey,
} from "./fixture.ts";
import {
  type Authority,
  certificatePem,
  fingerprint,
  identityFault,
  type Registrar,
  readRegistrar,
} from "./identity.ts";
import { createScepServer, type IssuedCertificate, readScepQuery, type ScepServer } from "./scep.ts";
import { readCertificate } from "./wire/certificate.ts";
import { decryptEnvelope } from "./wire/cms-enveloped.ts";
import { readContentInfo, readSignedData, verifySignedData } from "./wire/cms-signed.ts";
import { children, expectTag, readOctets } from "./wire/der.ts";
import { oids } from "./wire/oids.ts";

const day = 86_400_000;
const challenge = createChallenge();

let authority: Awaited<ReturnType<typeof makeAuthority>>;
let client: Identity;
let issued: IssuedCertificate[];
let revoked: Set<string>;
let unused: Map<string, string>;
let server: ScepServer;

beforeAll(async () => {
  authority = await makeAuthority();
  client = await makeSelfSigned(rsaKey());
});

beforeEach(() => {
  issued = [];
  revoked = new Set();
  unused = new Map([[hashChallenge(challenge), "enrollment-7"]]);
  server = createScepServer(authority, {
    async redeemChallenge(text) {
      const enrollmentId = unused.get(hashChallenge(text));
      unused.delete(hashChallenge(text));
      return enrollmentId === undefined ? { ok: false } : { ok: true, enrollmentId };
    },
    findCertificate: async (sha256) =>
      revoked.has(sha256) ? undefined : issued.find((one) => one.sha256 === sha256),
    recordCertificate: async (one) => void issued.push(one),
  });
});

async function enroll(signer = client, text: string | undefined = challenge, type = "19") {
  return server.answer(
    await makePkiMessage(authority, signer, await makeRequest(signer, text), { type }),
    noon,
  );
}

/** A CertRep as a client reads it; its signature is the authority's. */
function readReply(reply: Buffer | undefined, signer: Registrar = authority) {
  const message = readSignedData(reply ?? Buffer.alloc(0));
  verifySignedData(message, message.content ?? Buffer.alloc(0), signer.certificate);
  const text = (id: string) => message.attributes?.values.get(id)?.content.toString("latin1");
  const nonce = readOctets(message.attributes?.values.get(oids.scepRecipientNonce));
  return {
    message,
    nonce,
    status: text(oids.scepPkiStatus),
    info: text(oids.scepFailInfo),
    type: text(oids.scepMessageType),
  };
}

function certificateIn(reply: Buffer | undefined, key: Identity): X509Certificate {
  const holder = { certificate: { raw: key.der }, key: key.privateKey };
  const inner = decryptEnvelope(readReply(reply).message.content ?? Buffer.alloc(0), [holder]);
  const certificates = readContentInfo(inner).find((part) => part.tag === 0xa0);
  return new X509Certificate((certificates && children(certificates)[0]?.bytes) ?? Buffer.alloc(0));
}

describe("a first certificate", () => {
  test("is ours, for the enrollment that the challenge names, whatever the request asks for", async () => {
    const { reply, outcome } = await enroll();

    const certificate = certificateIn(reply, client);
    expect(outcome).toBe("issued");
    expect(certificate.subject).toBe("CN=enrollment-7");
    expect(certificate.ca).toBe(false);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.keyUsage).toEqual([oids.clientAuth]);
    expect(certificate.validToDate.getTime() - noon).toBeLessThanOrEqual(365 * day);
    expect(identityFault(certificate, authority.certificate, noon)).toBeUndefined();
    expect(readCertificate(certificate.raw).publicKey).toEqual(client.publicKey);
    expect(issued).toMatchObject([{ sha256: fingerprint(certificate.raw), enrollmentId: "enrollment-7" }]);
    expect(issued[0]?.serial).toBe(certificate.serialNumber);
  });

  test("is answered to who asked", async () => {
    const { message, nonce, status, type } = readReply((await enroll()).reply);

    expect({ status, type }).toEqual({ status: "0", type: "3" });
    expect(nonce).toEqual(Buffer.alloc(16, 7));
    expect(message.attributes?.values.get(oids.scepTransactionId)?.content.toString()).toBe("transaction-1");
  });

  test("is not given again for a message that is sent again", async () => {
    const message = await makePkiMessage(authority, client, await makeRequest(client, challenge));

    const answers = await Promise.all([server.answer(message, noon), server.answer(message, noon)]);

    expect(answers.map((one) => one.outcome).sort()).toEqual(["issued", "refused"]);
    expect(issued).toHaveLength(1);
  });
});

describe("refused with a CertRep that does not say why", () => {
  async function expectRefusal(answer: Promise<{ reply: Buffer | undefined; outcome: string }>) {
    const { reply, outcome } = await answer;
    const { status, message } = readReply(reply);
    expect(outcome).toBe("refused");
    expect(status).toBe("2");
    expect(message.content).toBeUndefined();
    expect(issued).toEqual([]);
  }

  test("a wrong challenge, a malformed one, and none", async () => {
    await expectRefusal(enroll(client, createChallenge()));
    await expectRefusal(enroll(client, "' OR 1=1 --"));
    await expectRefusal(
      server.answer(await makePkiMessage(authority, client, await makeRequest(client, undefined)), noon),
    );
    expect(readReply((await enroll(client, createChallenge())).reply).info).toBe("2");
  });

  test("a request for another key than the one that signs the message", async () => {
    const request = await makeRequest(rsaKey(), challenge);

    await expectRefusal(server.answer(await makePkiMessage(authority, client, request), noon));
  });

  test("a request whose own signature is wrong", async () => {
    const request = await makeRequest(client, challenge);
    request[request.length - 1] = (request.at(-1) ?? 0) ^ 1;

    await expectRefusal(server.answer(await makePkiMessage(authority, client, request), noon));
  });

  test.each([512, 1024, 5120])("an RSA key of %i bits", async (bits) => {
    await expectRefusal(enroll(await makeSelfSigned(rsaKey(bits))));
  });

  test("an elliptic key, which cannot be encrypted to", async () => {
    await expectRefusal(enroll(await makeSelfSigned(ecKey())));
  });

  test("a message type that we do not serve", async () => {
    await expectRefusal(enroll(client, challenge, "20"));
  });

  test("an envelope for somebody else", async () => {
    const other = await makeAuthority();

    await expectRefusal(
      server.answer(await makePkiMessage(other, client, await makeRequest(client, challenge)), noon),
    );
  });

  test("what is not a request at all", async () => {
    await expectRefusal(server.answer(await makePkiMessage(authority, client, Buffer.from("hello")), noon));
  });
});

describe("a renewal", () => {
  async function first(): Promise<Identity> {
    return { ...client, der: certificateIn((await enroll()).reply, client).raw };
  }

  test("by the present identity keeps the enrollment, needs no challenge and may change the key", async () => {
    const present = await first();
    const next = rsaKey();
    const message = await makePkiMessage(authority, present, await makeRequest(next, undefined), {
      type: "17",
    });

    const { reply, outcome } = await server.answer(message, noon + day);

    const renewed = certificateIn(reply, present);
    expect(outcome).toBe("renewed");
    expect(renewed.subject).toBe("CN=enrollment-7");
    expect(readCertificate(renewed.raw).publicKey).toEqual(next.publicKey);
    expect(issued[1]).toMatchObject({ enrollmentId: "enrollment-7", renews: fingerprint(present.der) });
  });

  test("is refused to what is expired, revoked, unknown or foreign", async () => {
    const present = await first();
    const request = await makeRequest(rsaKey(), undefined);
    const renew = async (who: Identity, now: number) =>
      (await server.answer(await makePkiMessage(authority, who, request, { type: "17" }), now)).outcome;
    const unknown = await makeIdentity(authority);
    const foreign = await makeIdentity(await makeAuthority());
    const issuer = { name: readCertificate(authority.certificate.raw).subject, key: authority.key };
    const tlsServer = await makeOdd(rsaKey(), issuer, { usage: "server" });

    expect(await renew(present, noon + 366 * day)).toBe("refused");
    expect(await renew(unknown, noon)).toBe("refused");
    expect(await renew(foreign, noon)).toBe("refused");
    expect(await renew(tlsServer, noon)).toBe("refused");
    expect(await renew(client, noon)).toBe("refused");
    revoked.add(fingerprint(present.der));
    expect(await renew(present, noon)).toBe("refused");
    expect(issued).toHaveLength(1);
  });

  test("that calls itself a first request is one all the same, and leaves the challenge alone", async () => {
    const present = await first();
    unused.set(hashChallenge(challenge), "enrollment-8");
    const message = await makePkiMessage(authority, present, await makeRequest(rsaKey(), challenge));

    expect(await server.answer(message, noon)).toMatchObject({ outcome: "renewed" });
    expect(issued[1]?.enrollmentId).toBe("enrollment-7");
    expect(unused.size).toBe(1);
  });
});

describe("around it", () => {
  test("what nobody could be answered about", async () => {
    expect(await server.answer(Buffer.from("hello"), noon)).toMatchObject({
      reply: undefined,
      outcome: "malformed",
    });
    expect(await server.answer(Buffer.alloc(70_000), noon)).toMatchObject({
      reply: undefined,
      reason: "too large",
    });
  });

  test("the message of a GET in every base64 of the field", () => {
    const bytes = Buffer.from([0xfb, 0xff, 0xfe, 1]);

    expect(readScepQuery(bytes.toString("base64"))).toEqual(bytes);
    expect(readScepQuery(bytes.toString("base64url"))).toEqual(bytes);
    expect(readScepQuery(bytes.toString("base64").replaceAll("+", " "))).toEqual(bytes);
    expect(readScepQuery("<script>")).toBeUndefined();
  });

  test("challenges are random, recognised, and stored only as their hash", () => {
    expect(isChallenge(createChallenge())).toBe(true);
    expect(createChallenge()).not.toBe(createChallenge());
    expect(hashChallenge(challenge)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashChallenge(challenge)).not.toContain(challenge);
  });

  test("capabilities and the authority's certificate", () => {
    expect(server.capabilities().split("\n")).toEqual(
      expect.arrayContaining(["Renewal", "SHA-256", "AES", "POSTPKIOperation"]),
    );
    expect(server.authorityCertificates()).toEqual({
      type: "application/x-x509-ca-cert",
      body: authority.certificate.raw,
    });
  });
});

describe("an authority with a registrar", () => {
  let registrar: Registrar;
  let delegated: ScepServer;

  beforeAll(async () => {
    registrar = await makeRegistrar(authority);
  });

  beforeEach(() => {
    delegated = createScepServer(
      authority,
      {
        redeemChallenge: async () => ({ ok: true, enrollmentId: "enrollment-7" }),
        findCertificate: async () => ({ enrollmentId: "enrollment-7" }),
        recordCertificate: async (one) => void issued.push(one),
      },
      { registrar },
    );
  });

  test("shows the certificates of both", () => {
    const { type, body } = delegated.authorityCertificates();
    const shown = children(expectTag(readContentInfo(body).find(isCertificates), 0xa0)).map(
      (one) => one.bytes,
    );

    expect(type).toBe("application/x-x509-ca-ra-cert");
    expect(shown).toHaveLength(2);
    expect(shown).toEqual(expect.arrayContaining([authority.certificate.raw, registrar.certificate.raw]));
  });

  test.each(["registrar", "authority"] as const)(
    "answers what is encrypted to the %s by the signature of the same, and issues by the authority's",
    async (to) => {
      const recipient = to === "registrar" ? registrar : authority;
      const message = await makePkiMessage(recipient, client, await makeRequest(client, challenge));

      const { reply, outcome } = await delegated.answer(message, noon);

      expect(outcome).toBe("issued");
      expect(readReply(reply, recipient)).toMatchObject({ status: "0" });
      const [identity] = issued.map(({ der }) => new X509Certificate(der));
      expect(identity?.verify(authority.certificate.publicKey)).toBe(true);
    },
  );

  test("does not take the registrar for a device, though the authority has signed it too", async () => {
    const own = { ...rsaKey(), der: registrar.certificate.raw, privateKey: registrar.key };
    const message = await makePkiMessage(registrar, own, await makeRequest(client, challenge), {
      type: "17",
    });

    expect(identityFault(registrar.certificate, authority.certificate, noon)).toBe("wrong-usage");
    expect(await delegated.answer(message, noon)).toMatchObject({
      outcome: "refused",
      reason: expect.stringContaining("wrong-usage"),
    });
    expect(issued).toEqual([]);
  });

  test("that is of another authority is refused at once", async () => {
    const other = await makeAuthority();

    await expect(makeRegistrar(other).then((one) => asTexts(one, authority))).rejects.toThrow(
      "another authority",
    );
  });
});

async function asTexts({ certificate, key }: Registrar, of: Authority): Promise<Registrar> {
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return readRegistrar({ certificatePem: certificatePem(certificate.raw), keyPem }, of);
}

function isCertificates({ tag }: { readonly tag: number }): boolean {
  return tag === 0xa0;
}
