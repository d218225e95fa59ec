import { describe, expect, test } from "vitest";
import type { ProfileContent } from "../core/granted.ts";
import { makeAuthority, makeIdentity, noon } from "./fixture.ts";
import { renderProfile } from "./profile.ts";
import { openProfile, readProfileFile } from "./profile-file.ts";
import { decryptEnvelope } from "./wire/cms-enveloped.ts";
import { signContent } from "./wire/cms-write.ts";
import { bytesAt, isDict, type PlistDict, Real } from "./wire/plist.ts";
import { readPlist } from "./wire/read-plist.ts";
import { writePlist } from "./wire/write-plist.ts";

const wifi: ProfileContent = {
  kind: "Profile",
  identifier: "com.acme.wifi",
  displayName: "Wi-Fi",
  uuid: "AAAAAAAA-0000-5000-8000-000000000001",
  scope: "device",
  removable: "never",
  signed: false,
  encrypt: "never",
  body: {
    type: "payloads",
    payloads: [
      {
        type: "com.apple.wifi.managed",
        name: "corp",
        content: { SSID_STR: "acme", Password: "${secret:wifi/psk}" },
      },
    ],
  },
};
const options = {
  now: noon,
  substitute: (text: string) => text.replaceAll("${secret:wifi/psk}", "p<&>]]>\r w"),
};

async function render(
  content: ProfileContent,
  more: Partial<Parameters<typeof renderProfile>[1]> = {},
): Promise<PlistDict> {
  const value = readPlist(await renderProfile(content, { ...options, ...more }));
  if (!isDict(value)) throw new Error("not a dictionary");
  return value;
}

function withContent(content: Readonly<Record<string, unknown>>): ProfileContent {
  return { ...wifi, body: { type: "payloads", payloads: [{ type: "com.x", name: "one", content }] } };
}

describe("composed", () => {
  test("identifiers and inner UUIDs follow names, the top UUID follows the content's", async () => {
    const first = await render(wifi);
    const changed = await render({
      ...wifi,
      uuid: "B",
      body: {
        type: "payloads",
        payloads: [{ type: "com.apple.wifi.managed", name: "corp", content: { SSID_STR: "other" } }],
      },
    });
    const inner = (profile: PlistDict) => (profile.PayloadContent as readonly PlistDict[])[0];

    expect(first).toMatchObject({
      PayloadType: "Configuration",
      PayloadIdentifier: "com.acme.wifi",
      PayloadUUID: wifi.uuid,
      PayloadScope: "System",
      PayloadRemovalDisallowed: true,
    });
    expect(inner(first)).toMatchObject({
      PayloadType: "com.apple.wifi.managed",
      PayloadIdentifier: "com.acme.wifi.corp",
    });
    expect(inner(changed)?.PayloadUUID).toBe(inner(first)?.PayloadUUID);
    expect(changed.PayloadUUID).toBe("B");
  });

  test("equal content gives equal bytes, in whatever order its keys came", async () => {
    const one = await renderProfile(withContent({ a: 1, b: { c: 1, d: 2 } }), options);
    const other = await renderProfile(withContent({ b: { d: 2, c: 1 }, a: 1 }), options);

    expect(one).toEqual(other);
  });

  test("a secret arrives exactly and can add no structure", async () => {
    const profile = await render(wifi);

    expect((profile.PayloadContent as readonly PlistDict[])[0]?.Password).toBe("p<&>]]>\r w");
  });

  test("data, dates and reals", async () => {
    const profile = await render(
      withContent({
        data: { $data: "AQID" },
        date: { $date: "2026-11-01T13:00:00+01:00" },
        real: { $real: "1.0" },
        half: 0.5,
        one: 1,
        two: { $data: "x", more: 1 },
      }),
    );

    expect((profile.PayloadContent as readonly PlistDict[])[0]).toMatchObject({
      data: Buffer.from([1, 2, 3]),
      date: new Date("2026-11-01T12:00:00Z"),
      real: new Real(1),
      half: new Real(0.5),
      one: 1,
      two: { $data: "x", more: 1 },
    });
  });

  test.each([
    ["bad base64", { a: { $data: "secret!" } }],
    ["a bad date", { a: { $date: "secret" } }],
    ["a null", { a: null }],
  ])("%s is refused without quoting it", async (_name, content) => {
    await expect(render(withContent(content))).rejects.toThrow(expect.objectContaining({ name: "Stalled" }));
    await expect(render(withContent(content))).rejects.not.toThrow(/secret/);
  });

  test("removable always, with a password, and in the user's scope", async () => {
    expect(await render({ ...wifi, removable: "always", scope: "user" })).toMatchObject({
      PayloadRemovalDisallowed: false,
      PayloadScope: "User",
    });
    const locked = await render({ ...wifi, removable: { password: "${secret:wifi/psk}" } });

    expect(locked).toMatchObject({ PayloadRemovalDisallowed: true, HasRemovalPasscode: true });
    expect((locked.PayloadContent as readonly PlistDict[])[1]).toMatchObject({
      PayloadType: "com.apple.profileRemovalPassword",
      RemovalPassword: "p<&>]]>\r w",
    });
  });

  test("the enrollment profile can never be replaced by a policy", async () => {
    await expect(render({ ...wifi, identifier: "reeve.enrollment" })).rejects.toThrow("must not replace");
  });
});

describe("signed and encrypted", () => {
  test("signed on request, with the chain, around the same property list", async () => {
    const authority = await makeAuthority();
    const signer = { certificate: authority.certificate.raw, chain: [], key: authority.key };
    const signed = await renderProfile({ ...wifi, signed: true }, { ...options, signer });

    expect(signed[0]).toBe(0x30);
    expect(openProfile(signed)).toEqual({ plist: await render(wifi) });
    expect((await renderProfile(wifi, { ...options, signer }))[0]).toBe(0x3c);
  });

  test("a profile with a secret is closed to everyone but the device, when its certificate is known", async () => {
    const device = await makeIdentity(await makeAuthority());
    const encryptFor = device.der;

    const closed = await render({ ...wifi, encrypt: "auto" }, { encryptFor });

    expect(closed).toMatchObject({
      IsEncrypted: true,
      PayloadIdentifier: "com.acme.wifi",
      PayloadUUID: wifi.uuid,
    });
    expect(closed.PayloadContent).toBeUndefined();
    const holder = { certificate: { raw: device.der }, key: device.privateKey };
    const opened = decryptEnvelope(Buffer.from(bytesAt(closed, "EncryptedPayloadContent") ?? []), [holder]);
    expect(readPlist(opened)).toEqual((await render(wifi)).PayloadContent);
    expect((await render({ ...wifi, encrypt: "auto" })).IsEncrypted).toBeUndefined();
    expect(
      (await render({ ...withContent({ a: 1 }), encrypt: "auto" }, { encryptFor })).IsEncrypted,
    ).toBeUndefined();
    await expect(render({ ...wifi, encrypt: "always" })).rejects.toThrow("no certificate of the device");
  });
});

describe("from a file", () => {
  const file = writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: "com.acme.file",
    PayloadUUID: "TOP",
    PayloadDisplayName: "File",
    PayloadRemovalDisallowed: true,
    PayloadContent: [
      {
        PayloadType: "com.x",
        PayloadIdentifier: "i",
        PayloadUUID: "INNER",
        PayloadVersion: 1,
        ratio: new Real(1),
        psk: "${secret:wifi/psk}",
      },
    ],
  });
  const content = (bytes: Uint8Array, verbatim = false): ProfileContent => ({
    ...wifi,
    identifier: "com.acme.file",
    body: { type: "file", bytes: Buffer.from(bytes).toString("base64"), verbatim },
  });

  test("keeps everything but the top UUID, and gets its secrets", async () => {
    const profile = await render(content(file));

    expect(profile).toMatchObject({ PayloadUUID: wifi.uuid, PayloadIdentifier: "com.acme.file" });
    expect((profile.PayloadContent as readonly PlistDict[])[0]).toMatchObject({
      PayloadUUID: "INNER",
      ratio: new Real(1),
      psk: "p<&>]]>\r w",
    });
  });

  test("asks for secrets however it spells them, and stays what it was checked as", async () => {
    const sly = file
      .toString("utf8")
      .replace("${secret:wifi/psk}", "&#x24;&#123;secret:wifi/psk}")
      .replace("com.x", "com.apple.${device.alias}");
    expect(readProfileFile(Buffer.from(sly))).toMatchObject({ secrets: ["wifi/psk"] });

    const profile = await render(content(Buffer.from(sly)));
    expect((profile.PayloadContent as readonly PlistDict[])[0]).toMatchObject({
      PayloadType: "com.apple.${device.alias}",
      psk: "p<&>]]>\r w",
    });
  });

  test("that came encrypted keeps what nobody here can see, also where encryption is asked for", async () => {
    const { PayloadContent: _open, ...rest } = readPlist(file) as PlistDict;
    const sealed = { ...rest, IsEncrypted: true, EncryptedPayloadContent: Buffer.from("sealed") };
    const device = await makeIdentity(await makeAuthority());

    const profile = await render(
      { ...content(writePlist(sealed)), encrypt: "always" },
      { encryptFor: device.der },
    );

    expect(profile).toEqual({ ...sealed, PayloadUUID: wifi.uuid });
  });

  test("verbatim changes no byte", async () => {
    expect(await renderProfile({ ...content(file, true), signed: true }, options)).toEqual(file);
  });

  test.each([false, true])(
    "with another identifier than was planned with is refused; verbatim: %s",
    async (verbatim) => {
      await expect(render({ ...content(file, verbatim), identifier: "com.acme.other" })).rejects.toThrow(
        "expected com.acme.other",
      );
    },
  );

  test("tells about itself, plain or signed", async () => {
    const authority = await makeAuthority();
    const signer = { certificate: authority.certificate.raw, chain: [], key: authority.key };
    const summary = {
      identifier: "com.acme.file",
      uuid: "TOP",
      displayName: "File",
      payloadTypes: ["com.x"],
      removalDisallowed: true,
      secrets: ["wifi/psk"],
    };

    expect(readProfileFile(file)).toMatchObject(summary);
    expect(readProfileFile(await signContent(file, signer, { now: noon }))).toMatchObject(summary);
  });

  test.each([
    ["garbage", Buffer.from("hello"), "not a property list"],
    ["an array", writePlist(["x"]), "not a dictionary"],
    ["another type", writePlist({ PayloadType: "x" }), "PayloadType is not Configuration"],
    [
      "no identifier",
      writePlist({ PayloadType: "Configuration", PayloadUUID: "x" }),
      "PayloadIdentifier is missing",
    ],
    [
      "no payloads",
      writePlist({ PayloadType: "Configuration", PayloadUUID: "x", PayloadIdentifier: "y" }),
      "PayloadContent is missing",
    ],
    [
      "a nameless payload",
      writePlist({
        PayloadType: "Configuration",
        PayloadUUID: "x",
        PayloadIdentifier: "y",
        PayloadContent: [{}],
      }),
      "payload 1 has no PayloadType",
    ],
    ["a broken signature", Buffer.from([0x30, 0x03, 0x02, 0x01, 0x00]), "signature:"],
  ])("%s is explained", (_name, bytes, message) => {
    expect(readProfileFile(bytes)).toEqual({ error: expect.stringContaining(message) });
  });

  test("a signed file whose content was changed is refused", async () => {
    const authority = await makeAuthority();
    const signer = { certificate: authority.certificate.raw, chain: [], key: authority.key };
    const signed = await signContent(file, signer, { now: noon });
    signed[signed.indexOf("com.acme.file")] = 0x64;

    expect(readProfileFile(signed)).toEqual({ error: "signature: wrong content" });
  });

  test("a signer whose key cannot be read is said to be one", async () => {
    const signer = await makeIdentity(await makeAuthority());
    const signed = await signContent(
      file,
      { certificate: signer.der, chain: [], key: signer.privateKey },
      { now: noon },
    );
    // rsaEncryption becomes an algorithm that nobody knows.
    const algorithm = Buffer.from("2a864886f70d010101", "hex");
    signed[signed.indexOf(algorithm) + 2] = 0;

    expect(readProfileFile(signed)).toEqual({ error: "signature: the certificate's key cannot be read" });
  });
});

describe("for many devices", () => {
  const modelIn = (profile: PlistDict) => (profile.PayloadContent as readonly PlistDict[])[0]?.Model;
  const plain: ProfileContent = { ...withContent({ forcePIN: true }), signed: true };

  test("what is the same for all is signed once an hour", async () => {
    const authority = await makeAuthority();
    const { der: certificate, privateKey: key } = await makeIdentity(authority);
    const signer = { certificate, key, chain: [] };
    const first = await renderProfile(plain, { ...options, signer });

    expect(await renderProfile(plain, { ...options, signer, now: noon + 60_000 })).toBe(first);
    const later = await renderProfile(plain, { ...options, signer, now: noon + 3_600_000 });
    expect(later.equals(first)).toBe(false);
  });

  test("what one device is sent never reaches another, however its values look", async () => {
    const own = withContent({ Model: "${device.model}" });
    const sly = { ...options, substitute: (text: string) => text };
    const other = { ...options, substitute: (text: string) => text.replace("${device.model}", "iPad") };

    expect(modelIn(await render(own, sly))).toBe("${device.model}");
    expect(modelIn(await render(own, other))).toBe("iPad");
    expect(modelIn(await render(own, sly))).toBe("${device.model}");
  });
});
