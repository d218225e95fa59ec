import { describe, expect, test } from "vitest";
import { renderAppleSettings } from "./apple-settings.ts";
import type { Settings } from "./generated/manifest.ts";

const render = (settings: Settings) =>
  renderAppleSettings(settings, (path) => (path === "root.der" ? Buffer.from("DER") : undefined));

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

  test("what no payload can say is told, not dropped", () => {
    const { inexpressible } = render({
      wifi: [{ ssid: "Corp", security: "enterprise" }],
      osUpdate: { automatic: true },
    });

    expect(inexpressible.map((one) => one.path)).toEqual(["wifi.0.eap", "osUpdate"]);
  });
});
