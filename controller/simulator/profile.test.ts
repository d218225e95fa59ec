import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sealFor } from "./cms.ts";
import { readPlist, real, writePlist } from "./plist.ts";
import type { ScriptedServer } from "./scripted-server.ts";
import { profileOf, restrictionsProfile, testBed } from "./test-bed.ts";

const directory = mkdtempSync(join(tmpdir(), "profile-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Signed by openssl with the server's own authority, as an MDM server signs its profiles. */
function signedByOpenssl(server: ScriptedServer, content: Buffer): Buffer {
  const path = (name: string) => join(directory, name);
  writeFileSync(path("ca.pem"), server.caPem);
  writeFileSync(path("ca.key"), server.caKeyPem);
  writeFileSync(path("content"), content);
  const keys = ["-signer", path("ca.pem"), "-inkey", path("ca.key")];
  return execFileSync("openssl", [
    "cms",
    "-sign",
    "-nodetach",
    "-binary",
    "-outform",
    "DER",
    "-in",
    path("content"),
    ...keys,
  ]);
}

test("a profile signed by the authority of the enrollment is unpacked, and its signer is listed", async () => {
  const { server, ask, device } = await testBed();

  await ask({
    RequestType: "InstallProfile",
    Payload: signedByOpenssl(server, restrictionsProfile("a", "1")),
  });
  const [listed] = await ask({ RequestType: "ProfileList" });

  expect(device.snapshot().profiles.a).toMatchObject({ signature: "verified", uuid: "1" });
  expect(
    (listed?.ProfileList as Record<string, unknown>[] | undefined)?.[1]?.SignerCertificates,
  ).toHaveLength(1);
});

test("a signature that is wrong is refused, and with anchors one by a stranger too", async () => {
  const { server, ask, device } = await testBed();
  const signed = signedByOpenssl(server, restrictionsProfile("a", "1"));
  const stranger = await testBed({ anchors: [selfSigned()] }).catch((error: Error) => error.message);
  signed[signed.indexOf("applicationaccess")] = 0x41;

  const [result] = await ask({ RequestType: "InstallProfile", Payload: signed });

  expect(result?.ErrorChain).toMatchObject([
    {},
    { USEnglishDescription: "the CMS digest does not match the content" },
  ]);
  expect(device.snapshot().profiles.a).toBeUndefined();
  // An unsigned enrollment profile is allowed; strictness is about signatures that are there.
  expect(stranger).toMatchObject({ server: expect.anything() });
  const strict = stranger as Awaited<ReturnType<typeof testBed>>;
  const foreign = signedByOpenssl(strict.server, restrictionsProfile("a", "1"));
  const [refusal] = await strict.ask({ RequestType: "InstallProfile", Payload: foreign });
  expect(refusal?.ErrorChain).toMatchObject([
    {},
    { USEnglishDescription: "the signer of the profile is not trusted" },
  ]);
});

test("an encrypted profile opens for the device that it was made for only", async () => {
  const one = await testBed();
  const other = await testBed({ serial: "SIM-2" });
  const certificate = new X509Certificate(one.device.secrets()?.certificate as Buffer);
  const plain = readPlist(restrictionsProfile("a", "1")) as { PayloadContent: never };
  const sealed = sealFor(writePlist(plain.PayloadContent), certificate, "aes-128-cbc");
  const Payload = profileOf("a", "1", [], { EncryptedPayloadContent: sealed, IsEncrypted: true });

  const [accepted] = await one.ask({ RequestType: "InstallProfile", Payload });
  const [refused] = await other.ask({ RequestType: "InstallProfile", Payload });

  expect([accepted?.Status, refused?.Status]).toEqual(["Acknowledged", "Error"]);
  expect(one.device.snapshot().profiles.a).toMatchObject({
    encrypted: true,
    payloads: [{ PayloadType: "com.apple.applicationaccess" }],
  });
});

test.each([
  ["no PayloadUUID", profileOf("a", "", []), "the profile has no PayloadUUID"],
  ["another PayloadType", profileOf("a", "1", [], { PayloadType: "Profile" }), "PayloadType is Profile"],
  [
    "a UUID twice",
    profileOf("a", "1", [
      { PayloadType: "x", PayloadUUID: "u" },
      { PayloadType: "y", PayloadUUID: "u" },
    ]),
    "payload 1: its PayloadUUID is used twice",
  ],
  [
    "the UUID of the profile in a payload",
    profileOf("a", "1", [{ PayloadType: "x", PayloadUUID: "1" }]),
    "payload 0: its PayloadUUID is used twice",
  ],
  [
    "an identifier twice",
    profileOf("a", "1", [
      { PayloadType: "x", PayloadIdentifier: "i" },
      { PayloadType: "y", PayloadIdentifier: "i" },
    ]),
    "payload 1: its PayloadIdentifier is used twice",
  ],
  ["nothing in it", profileOf("a", "1", []), "the profile is empty"],
  [
    "a version that is a real number",
    profileOf("a", "1", [{ PayloadType: "x" }], { PayloadVersion: real(1) }),
    "the profile: PayloadVersion is no integer",
  ],
  [
    "another version in a payload",
    profileOf("a", "1", [{ PayloadType: "x", PayloadVersion: 2 }]),
    "payload 0: PayloadVersion is not 1",
  ],
  [
    "a flag that is a text",
    profileOf("a", "1", [{ PayloadType: "x" }], { PayloadRemovalDisallowed: "yes" }),
    "PayloadRemovalDisallowed is not a boolean",
  ],
  [
    "a certificate that it does not bring",
    profileOf("a", "1", [{ PayloadType: "com.apple.wifi.managed", PayloadCertificateUUID: "elsewhere" }]),
    "com.apple.wifi.managed: PayloadCertificateUUID names no payload",
  ],
  ["a payload without type", profileOf("a", "1", [{}]), "payload 0 has no PayloadType"],
  [
    "a payload for supervised devices",
    profileOf("a", "1", [{ PayloadType: "com.apple.app.lock" }]),
    "com.apple.app.lock needs supervision",
  ],
])("a profile with %s is refused", async (_, Payload, reason) => {
  const { ask } = await testBed({ supervised: false });

  const [result] = await ask({ RequestType: "InstallProfile", Payload });

  expect(result?.ErrorChain).toMatchObject([{ ErrorCode: 4001 }, { USEnglishDescription: reason }]);
});

function selfSigned(): string {
  const key = join(directory, "other.key");
  const subject = ["-subj", "/CN=Another authority", "-days", "30"];
  return execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, ...subject],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
}
