import { expect, test } from "vitest";
import { cleanText, secretsIn, withoutSecrets } from "./redact.ts";

const operation = {
  name: "enterprises/e/devices/d/operations/1",
  done: true,
  metadata: { "@type": "type.googleapis.com/x.Command", type: "RESET_PASSWORD", newPassword: "hunter2" },
};

test("an operation repeats the new passcode, and what is kept of it does not", () => {
  expect(withoutSecrets(operation)).toEqual({
    ...operation,
    metadata: { ...operation.metadata, newPassword: "[secret]" },
  });
  expect(operation.metadata.newPassword).toBe("hunter2");
  expect(secretsIn(operation)).toEqual(["hunter2"]);
});

test("a cleared passcode is shown as such", () => {
  expect(withoutSecrets({ newPassword: "" })).toEqual({ newPassword: "" });
});

test("tokens, codes and passwords of networks", () => {
  const token = { name: "enterprises/e/enrollmentTokens/t", value: "ABC", qrCode: "{}", oneTimeOnly: true };
  expect(withoutSecrets([token])).toEqual([{ ...token, value: "[secret]", qrCode: "[secret]" }]);
  const wifi = { WiFi: { SSID: "Acme", Passphrase: "p1", EAP: { Password: "p2", Identity: "me" } } };
  expect(secretsIn({ openNetworkConfiguration: { NetworkConfigurations: [wifi] } })).toEqual(["p1", "p2"]);
  expect(secretsIn({ addEsimParams: { activationCode: "LPA:1$x" } })).toEqual(["LPA:1$x"]);
  expect(withoutSecrets({ name: "enterprises/e/policies/p", value: "shown" })).toMatchObject({
    value: "shown",
  });
});

test("texts of Google's for people", () => {
  expect(cleanText('bad "abcd" and abc\n\u0000x', ["abc", "abcd", ""])).toBe('bad "[secret]" and [secret] x');
  expect(cleanText("x".repeat(600))).toHaveLength(500);
});
