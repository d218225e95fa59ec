import { describe, expect, test } from "vitest";
import { renderAppleSettings } from "./apple-settings.ts";
import type { Settings } from "./generated/manifest.ts";
import { payloadUuid } from "./payload-uuid.ts";

const render = (settings: Settings) =>
  renderAppleSettings(
    settings,
    (path) => (path === "root.der" ? Buffer.from("DER") : undefined),
    "com.acme.net",
  );

describe("settings on Apple devices", () => {
  test("a passcode becomes a passcode policy in Apple's units: whole days and minutes", () => {
    const { payloads } = render({ passcode: { minLength: 8, maxAge: "90d", autoLock: "5m", history: 5 } });

    expect(payloads).toEqual([
      {
        type: "com.apple.mobiledevice.passwordpolicy",
        name: "passcode",
        content: { forcePIN: true, minLength: 8, maxPINAgeInDays: 90, maxInactivity: 5, pinHistory: 5 },
      },
    ]);
  });

  test("each network is a payload of its own, its password still a template", () => {
    const { payloads } = render({
      wifi: [
        { ssid: "Corp", password: "${secret:wifi/psk}", randomMac: false },
        { ssid: "Guest", security: "none" },
      ],
    });

    expect(
      payloads.map((payload) => [payload.name, payload.content.SSID_STR, payload.content.EncryptionType]),
    ).toEqual([
      ["wifi-0", "Corp", "WPA2"],
      ["wifi-1", "Guest", "None"],
    ]);
    expect(payloads[0]?.content).toMatchObject({
      Password: "${secret:wifi/psk}",
      DisableAssociationMACRandomization: true,
    });
  });

  test("restrictions keep their sense where Apple's key is turned round", () => {
    const { payloads } = render({
      restrictions: { allowCamera: false, allowDateTimeChanges: false, allowUsbData: true },
    });

    expect(payloads[0]?.content).toEqual({
      allowCamera: false,
      forceAutomaticDateAndTime: true,
      allowUSBRestrictedMode: false,
    });
  });

  test("a certificate's file becomes data", () => {
    const { payloads } = render({ certificates: [{ name: "root", file: "root.der" }] });

    expect(payloads[0]).toMatchObject({
      type: "com.apple.security.root",
      content: { PayloadContent: { $data: "REVS" } },
    });
  });

  test("an 802.1X network names its identity and what it trusts by the UUIDs of their payloads", () => {
    const { payloads } = render({
      wifi: [
        {
          ssid: "Corp",
          security: "enterprise",
          eap: {
            types: ["TLS", "PEAP"],
            username: "${owner.email}",
            identity: "device",
            trustedCertificates: ["root"],
            trustedServers: ["radius.acme.example"],
          },
        },
      ],
      certificates: [
        { name: "device", type: "identity", content: "${secret:device/p12}" },
        { name: "root", file: "root.der" },
      ],
    });

    expect(payloads[0]?.content).toEqual({
      SSID_STR: "Corp",
      EncryptionType: "WPA2",
      HIDDEN_NETWORK: false,
      AutoJoin: true,
      PayloadCertificateUUID: payloadUuid("com.acme.net", {
        type: "com.apple.security.pkcs12",
        name: "device",
      }),
      EAPClientConfiguration: {
        AcceptEAPTypes: [13, 25],
        UserName: "${owner.email}",
        PayloadCertificateAnchorUUID: [
          payloadUuid("com.acme.net", { type: "com.apple.security.root", name: "root" }),
        ],
        TLSTrustedServerNames: ["radius.acme.example"],
      },
    });
  });
});
