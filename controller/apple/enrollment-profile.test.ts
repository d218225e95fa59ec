import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  accessRights,
  isEnrollmentIdentifier,
  signEnrollmentProfile,
  writeEnrollmentProfile,
} from "./enrollment-profile.ts";
import { makeAuthority, noon } from "./fixture.ts";
import { openProfile } from "./profile-file.ts";
import { isDict, type PlistDict } from "./wire/plist.ts";

const base = {
  organization: "Acme",
  topic: "com.apple.mgmt.External.1",
  serverUrl: "https://mdm.example/mdm/connect",
  checkInUrl: "https://mdm.example/mdm/checkin",
  scepUrl: "https://mdm.example/scep",
  challenge: "challenge-text",
  authority: Buffer.from("authority"),
  accessRights: accessRights.withoutErase,
};

function payloads(profile: Uint8Array): readonly PlistDict[] {
  const opened = openProfile(profile);
  if ("error" in opened) throw new Error(opened.error);
  return (opened.plist.PayloadContent as readonly PlistDict[]).filter(isDict);
}

describe("the enrollment profile", () => {
  test("asks for signed messages and a farewell, with an identity from our SCEP server", () => {
    const [scep, mdm] = payloads(writeEnrollmentProfile(base));

    expect(mdm).toMatchObject({
      PayloadType: "com.apple.mdm",
      IdentityCertificateUUID: scep?.PayloadUUID,
      Topic: base.topic,
      ServerURL: base.serverUrl,
      CheckInURL: base.checkInUrl,
      SignMessage: true,
      CheckOutWhenRemoved: true,
      AccessRights: 8183,
      ServerCapabilities: ["com.apple.mdm.per-user-connections"],
    });
    expect(scep?.PayloadContent).toMatchObject({
      URL: base.scepUrl,
      Challenge: "challenge-text",
      Keysize: 2048,
      "Key Usage": 5,
      CAFingerprint: createHash("sha1").update("authority").digest(),
    });
  });

  test("has the same identifiers each time, whatever else changes", () => {
    const [first, second] = [base, { ...base, challenge: "other" }].map((options) =>
      payloads(writeEnrollmentProfile(options)).map((one) => [one.PayloadIdentifier, one.PayloadUUID]),
    );

    expect(first).toEqual(second);
    for (const [identifier] of first ?? []) expect(isEnrollmentIdentifier(String(identifier))).toBe(true);
  });

  test("brings roots when asked, and can be signed", async () => {
    const { certificate, key } = await makeAuthority();
    const profile = writeEnrollmentProfile({ ...base, roots: [certificate.raw] });
    const signed = await signEnrollmentProfile(
      profile,
      { certificate: certificate.raw, chain: [], key },
      noon,
    );

    expect(payloads(signed)[0]).toMatchObject({
      PayloadType: "com.apple.security.root",
      PayloadContent: certificate.raw,
    });
  });

  test("is not made for a wrong topic or a plain address", () => {
    expect(() => writeEnrollmentProfile({ ...base, topic: "com.example" })).toThrow("not an MDM topic");
    expect(() => writeEnrollmentProfile({ ...base, serverUrl: "http://mdm.example/" })).toThrow(
      "not an https address",
    );
  });
});
