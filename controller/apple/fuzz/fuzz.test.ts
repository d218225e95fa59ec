import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createChallenge } from "../challenge.ts";
import {
  type Identity,
  makeAuthority,
  makeIdentity,
  makePkiMessage,
  makeRequest,
  makeSelfSigned,
  noon,
  rsaKey,
} from "../fixture.ts";
import { fingerprint } from "../identity.ts";
import { encryptEnvelope } from "../wire/cms-enveloped.ts";
import { signContent } from "../wire/cms-write.ts";
import { writePlist } from "../wire/write-plist.ts";
import { createTarget as cmsTarget } from "./cms.ts";
import { fuzz as fuzzMessages } from "./messages.ts";
import { mutations } from "./mutate.ts";
import { derMutations } from "./mutate-der.ts";
import { fuzz as fuzzPlist } from "./plist.ts";
import { createTarget as scepTarget } from "./scep.ts";

/** Bounded in the suite; `REEVE_LONG=1` runs fifty times as many. */
const factor = process.env.REEVE_LONG === "1" ? 50 : 1;

let authority: Awaited<ReturnType<typeof makeAuthority>>;
let identity: Identity;

beforeAll(async () => {
  authority = await makeAuthority();
  identity = await makeIdentity(authority);
});

const reports = [
  { UDID: "A", Status: "Idle" },
  { UDID: "A", MessageType: "TokenUpdate", Topic: "t", Token: Buffer.from("x"), PushMagic: "m" },
  {
    UDID: "A",
    Status: "Acknowledged",
    CommandUUID: "c",
    ProfileList: [{ PayloadIdentifier: "a", PayloadUUID: "b", PayloadContent: [{ a: new Date(0) }] }],
    QueryResponses: { ProductName: "iPad1,1", IsSupervised: true, OSVersion: "26.1" },
    ManagedApplicationList: { "com.a": { Status: "Managed" } },
    CertificateList: [{ CommonName: "x", Data: Buffer.from("y") }],
  },
].map(writePlist);

describe("whatever bytes come", () => {
  test("property lists", () => {
    fc.assert(fc.property(mutations(reports), fuzzPlist), { numRuns: 5_000 * factor });
  });

  test("messages of devices", () => {
    fc.assert(fc.property(mutations(reports), fuzzMessages), { numRuns: 5_000 * factor });
  });

  test("CMS, certificates and requests", async () => {
    const body = Buffer.from("body");
    const who = { certificate: identity.der, chain: [authority.certificate.raw], key: identity.privateKey };
    const seeds = [
      await signContent(body, who, { now: noon, detached: true }),
      await signContent(body, who, { now: noon }),
      encryptEnvelope(body, authority.certificate),
      identity.der,
      await makeRequest(identity, "challenge"),
    ];
    const target = cmsTarget(authority, body, noon, new Set([fingerprint(identity.der)]));

    fc.assert(fc.property(fc.oneof(mutations(seeds), derMutations(seeds)), target), {
      numRuns: 5_000 * factor,
    });
  });

  test("SCEP messages", async () => {
    const challenge = createChallenge();
    const client = await makeSelfSigned(rsaKey());
    const seeds = [
      await makePkiMessage(authority, client, await makeRequest(client, challenge)),
      await makePkiMessage(authority, identity, await makeRequest(client, undefined), { type: "17" }),
    ];
    const target = scepTarget(authority, challenge, noon);

    await fc.assert(fc.asyncProperty(fc.oneof(mutations(seeds), derMutations(seeds)), target), {
      numRuns: 1_000 * factor,
    });
  });

  test("SCEP: anything inside the envelope", async () => {
    const challenge = createChallenge();
    const client = await makeSelfSigned(rsaKey());
    const request = await makeRequest(client, challenge);
    const target = scepTarget(authority, challenge, noon);
    const inside = fc.asyncProperty(fc.oneof(mutations([request]), derMutations([request])), async (bytes) =>
      target(await makePkiMessage(authority, client, bytes)),
    );

    await fc.assert(inside, { numRuns: 500 * factor });
  });
});

test("the targets can fail: they do reach the code that they are about", async () => {
  const who = { certificate: identity.der, chain: [], key: identity.privateKey };
  const signature = await signContent(Buffer.from("body"), who, { now: noon, detached: true });

  expect(() => cmsTarget(authority, Buffer.from("body"), noon, new Set())(signature)).toThrow(
    "a forged signature",
  );
});
