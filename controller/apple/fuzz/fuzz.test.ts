import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { createChallenge } from "../challenge.ts";
import { readCheckIn } from "../checkin.ts";
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
import { readProfileFile } from "../profile-file.ts";
import { readReport } from "../report-message.ts";
import { encryptEnvelope } from "../wire/cms-enveloped.ts";
import { signContent } from "../wire/cms-write.ts";
import type { PlistDict } from "../wire/plist.ts";
import { readBinaryPlist } from "../wire/read-binary-plist.ts";
import { writePlist } from "../wire/write-plist.ts";
import { writeBinaryPlist } from "./binary-plist.ts";
import { createTarget as cmsTarget } from "./cms.ts";
import { createTarget as headersTarget } from "./headers.ts";
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

const who = { UDID: "A", Topic: "com.apple.mgmt.t" };

/** One of every message, and of what is in them. */
const contents: readonly PlistDict[] = [
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
  {
    ...who,
    MessageType: "Authenticate",
    SerialNumber: "S",
    DeviceName: "Grüße",
    ProductName: "iPhone1,1",
    OSVersion: "26.1",
    IMEI: "35 123",
  },
  {
    ...who,
    MessageType: "TokenUpdate",
    PushMagic: "m",
    Token: Buffer.from("x"),
    UnlockToken: Buffer.from("u"),
  },
  { ...who, MessageType: "CheckOut" },
  { UDID: "A", MessageType: "SetBootstrapToken", BootstrapToken: Buffer.from("b") },
  { UDID: "A", MessageType: "GetBootstrapToken", AwaitingConfiguration: true },
  { UDID: "A", UserID: "U", UserShortName: "ann", MessageType: "UserAuthenticate", DigestResponse: "d" },
  { UDID: "A", MessageType: "GetToken", TokenServiceType: "com.apple.maid", TokenParameters: { a: "b" } },
  { EnrollmentID: "E", MessageType: "DeclarativeManagement", Endpoint: "tokens", Data: Buffer.from("{}") },
  {
    EnrollmentID: "E",
    EnrollmentUserID: "U",
    Status: "Error",
    CommandUUID: "c",
    ErrorChain: [{ ErrorCode: 12_021, ErrorDomain: "D", USEnglishDescription: "no" }],
    RejectionReason: "Other",
  },
  {
    UDID: "A",
    Status: "Acknowledged",
    CommandUUID: "c",
    MessageResult: "Success",
    Latitude: 52,
    Longitude: 13,
  },
  { UDID: "A", Status: "NotNow", CommandUUID: "c", NotOnConsole: true },
];
const reports = contents.map(writePlist);
const binaries = contents.map(writeBinaryPlist);
/** Profiles in every form in which a repository may hold them. */
const profile: PlistDict = {
  PayloadType: "Configuration",
  PayloadIdentifier: "a",
  PayloadUUID: "b",
  PayloadContent: [{ PayloadType: "x", Text: "${secret:a/b}", When: new Date(0), Bytes: Buffer.from("z") }],
};

describe("whatever bytes come", () => {
  test("property lists", () => {
    fc.assert(fc.property(mutations(reports), fuzzPlist), { numRuns: 5_000 * factor });
  });

  test("binary property lists", () => {
    fc.assert(fc.property(mutations(binaries), fuzzPlist), { numRuns: 5_000 * factor });
  });

  test("profiles of a repository: XML, binary, signed", async () => {
    const signer = { certificate: identity.der, chain: [], key: identity.privateKey };
    const seeds = [writePlist(profile), writeBinaryPlist(profile)];
    const signed = await Promise.all(seeds.map((seed) => signContent(seed, signer, { now: noon })));

    fc.assert(fc.property(fc.oneof(mutations([...seeds, ...signed]), derMutations(signed)), fuzzMessages), {
      numRuns: 2_000 * factor,
    });
  });

  test("the headers of a request", async () => {
    const body = Buffer.from("body");
    const signer = {
      certificate: identity.der,
      chain: [authority.certificate.raw],
      key: identity.privateKey,
    };
    const signature = await signContent(body, signer, { now: noon, detached: true });
    const base64 = identity.der.toString("base64");
    const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
    const seeds = [signature.toString("base64"), `:${base64}:`, encodeURIComponent(pem)].map((text) =>
      Buffer.from(text),
    );
    const target = headersTarget(authority.certificate, body, noon, new Set([fingerprint(identity.der)]));
    const inside = derMutations([signature]).map((bytes) => Buffer.from(bytes.toString("base64")));

    for (const seed of seeds) target(seed);
    fc.assert(fc.property(fc.oneof(mutations(seeds), inside), target), { numRuns: 3_000 * factor });
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
  const header = Buffer.from(signature.toString("base64"));
  expect(() => headersTarget(authority.certificate, Buffer.from("body"), noon, new Set())(header)).toThrow(
    "a forged signature",
  );
  for (const [index, binary] of binaries.entries()) expect(readBinaryPlist(binary)).toEqual(contents[index]);
  for (const report of contents)
    expect(() => ("Status" in report ? readReport : readCheckIn)(writePlist(report))).not.toThrow();
  expect(readProfileFile(writeBinaryPlist(profile))).toMatchObject({ identifier: "a", secrets: ["a/b"] });
});
