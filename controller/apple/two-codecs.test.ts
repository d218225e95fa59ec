import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { signCms } from "../simulator/cms.ts";
import { readEnrollment } from "../simulator/enrollment-profile.ts";
import { readDict } from "../simulator/plist.ts";
import { openProfile } from "../simulator/profile.ts";
import { requestCertificate } from "../simulator/scep-client.ts";
import type { Transport } from "../simulator/transport.ts";
import { createAuthenticator } from "./authenticate.ts";
import { createChallenge } from "./challenge.ts";
import { renderCommand } from "./commands.ts";
import { accessRights, signEnrollmentProfile, writeEnrollmentProfile } from "./enrollment-profile.ts";
import { makeAuthority, makeRegistrar, noon } from "./fixture.ts";
import { createScepServer, type IssuedCertificate, readScepQuery } from "./scep.ts";

/** The simulated devices have a codec of their own, written apart from this one: here both must agree. */
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const challenge = createChallenge();

let authority: Awaited<ReturnType<typeof makeAuthority>>;
let issued: IssuedCertificate[];
let transport: Transport;

beforeAll(async () => {
  authority = await makeAuthority();
  issued = [];
  const scep = createScepServer(
    authority,
    {
      redeemChallenge: async (text) =>
        text === challenge ? { ok: true, enrollmentId: "enrollment-1" } : { ok: false },
      findCertificate: async (sha256) => issued.find((one) => one.sha256 === sha256),
      recordCertificate: async (one) => void issued.push(one),
    },
    { registrar: await makeRegistrar(authority) },
  );
  const answer = (type: string, body: Buffer | string) => ({
    status: 200,
    headers: { "content-type": type },
    body: Buffer.from(body),
  });
  transport = async ({ url, method, body }) => {
    const { searchParams } = new URL(url);
    const operation = searchParams.get("operation");
    if (operation === "GetCACaps") return answer("text/plain", scep.capabilities());
    const { type, body: certificates } = scep.authorityCertificates();
    if (operation === "GetCACert") return answer(type, certificates);
    const message = method === "POST" ? body : readScepQuery(searchParams.get("message") ?? "");
    const { reply } = await scep.answer(message ?? Buffer.alloc(0), noon);
    return answer("application/x-pki-message", reply ?? "");
  };
});

async function enroll() {
  const request = { url: "https://mdm.example/scep", subject: [["CN", "device"]] as const, keys, now: noon };
  const result = await requestCertificate(transport, { ...request, challenge });
  if (!result.ok) throw new Error(result.reason);
  return { identity: result.identity, request };
}

test.each(["GET", "POST"] as const)("a device enrolls and renews by %s", async (method) => {
  const { identity, request } = await enroll();
  const renewed = await requestCertificate(transport, { ...request, method, renewing: identity });

  expect(renewed.ok && new X509Certificate(renewed.identity.certificate).subject).toBe("CN=enrollment-1");
  expect(await requestCertificate(transport, { ...request, challenge: createChallenge() })).toMatchObject({
    ok: false,
    reason: "the authority refused: badRequest",
  });
});

test("what a device signs is accepted, and only that", async () => {
  const { identity } = await enroll();
  const authenticate = createAuthenticator(authority.certificate);
  const content = Buffer.from("<plist/>");
  const signature = signCms({ content, signer: identity, detached: true, at: noon }).toString("base64");
  const ask = (body: Buffer) => authenticate({ body, signature, certificate: undefined }, noon).type;

  expect(ask(content)).toBe("identity");
  expect(ask(Buffer.from("<plist />"))).toBe("refused");
});

test("a device takes our enrollment profile", async () => {
  const profile = writeEnrollmentProfile({
    organization: "Acme",
    topic: "com.apple.mgmt.External.1",
    serverUrl: "https://mdm.example/connect",
    checkInUrl: "https://mdm.example/checkin",
    scepUrl: "https://mdm.example/scep",
    challenge,
    authority: authority.certificate.raw,
    accessRights: accessRights.withoutErase,
  });
  const signer = { certificate: authority.certificate.raw, chain: [], key: authority.key };
  const opened = openProfile(await signEnrollmentProfile(profile, signer, noon), trust([]));

  expect(opened.ok && opened.profile.signature).toBe("verified");
  expect(opened.ok && readEnrollment(opened.profile)).toMatchObject({ ok: true, mdm: { signMessage: true } });
});

test("a device opens a profile that is signed and encrypted for it, secret and all", async () => {
  const { identity } = await enroll();
  const content = {
    kind: "Profile",
    identifier: "com.acme.wifi",
    displayName: "Wi-Fi",
    uuid: "U-1",
    scope: "device",
    removable: "never",
    signed: true,
    encrypt: "auto",
    body: {
      type: "payloads",
      payloads: [{ type: "com.apple.wifi.managed", name: "a", content: { Password: "${secret:wifi/psk}" } }],
    },
  } as const;
  const command = await renderCommand(
    "c-1",
    { type: "install", item: "Profile/wifi", kind: "Profile", id: content.identifier, digest: "d" },
    {
      content,
      now: noon,
      substitute: (text) => text.replace("${secret:wifi/psk}", "<&>"),
      encryptFor: identity.certificate,
      signer: { certificate: authority.certificate.raw, chain: [], key: authority.key },
    },
  );
  const { Payload } = readDict(command).Command as { Payload: Buffer };

  const opened = openProfile(Payload, trust([identity]));

  expect(opened.ok && opened.profile).toMatchObject({
    identifier: "com.acme.wifi",
    uuid: "U-1",
    isEncrypted: true,
    signature: "verified",
    payloads: [{ Password: "<&>" }],
  });
});

function trust(identities: Parameters<typeof openProfile>[1]["identities"]) {
  return { anchors: [authority.certificate], strict: true, now: noon, identities };
}
