import { cleanText } from "../core/clean-text.ts";
import type { Verb } from "../core/intent.ts";
import type { DeviceError, Kept } from "../core/report.ts";
import { recoveryKeyIn } from "./file-vault.ts";
import type { Registrar } from "./identity.ts";
import { settingErrors } from "./setting-errors.ts";
import { bytesAt, dictAt, type PlistDict, Real, textAt } from "./wire/plist.ts";

/** What the acknowledgement of an act says besides yes. With errors it was no yes. */
export interface ActResult {
  readonly errors?: readonly DeviceError[];
  readonly note?: string;
  readonly kept?: readonly Kept[];
}

/** The result of an acknowledged act, read with its verb in mind (responsekeys of Apple's schema). */
export function actResult(verb: Verb, body: PlistDict, recipients: readonly Registrar[]): ActResult {
  switch (verb) {
    case "settings":
      return settingsResult(body);
    case "locate":
      return place(body);
    case "endLostMode":
      return { kept: [{ kind: "location", source: "latest" }] };
    case "rotateFileVaultKey":
      return newRecoveryKey(body, recipients);
    case "setFirmwarePassword":
      return answered(dictAt(body, "SetFirmwarePassword")?.PasswordChanged, "the password was not changed");
    case "verifyFirmwarePassword":
      return answered(
        dictAt(body, "VerifyFirmwarePassword")?.PasswordVerified,
        "the password is another one",
      );
    case "verifyRecoveryLock":
      return answered(body.PasswordVerified, "the password is another one");
    case "startMirroring":
      return noted(textAt(body, "MirroringResult"));
    default:
      return {};
  }
}

function settingsResult(body: PlistDict): ActResult {
  const errors = settingErrors(body);
  return errors.length === 0 ? {} : { errors: errors.slice(0, 10) };
}

/** Where it is, as personal data: sealed, until Lost Mode ends. A negative accuracy is none (Apple: DeviceLocation). */
function place(body: PlistDict): ActResult {
  const latitude = numberAt(body, "Latitude");
  const longitude = numberAt(body, "Longitude");
  if (latitude === undefined || longitude === undefined) return {};
  const accuracy = numberAt(body, "HorizontalAccuracy") ?? -1;
  const time = textAt(body, "Timestamp");
  const value = {
    latitude,
    longitude,
    ...(accuracy < 0 ? {} : { withinMeters: Math.round(accuracy) }),
    ...(time === undefined ? {} : { at: cleanText(time, 64) }),
  };
  return {
    note: "located: `reeve devices show` has the place",
    kept: [{ kind: "location", value: JSON.stringify(value), source: "latest" }],
  };
}

function newRecoveryKey(body: PlistDict, recipients: readonly Registrar[]): ActResult {
  const result = dictAt(body, "RotateResult");
  const envelope = result === undefined ? undefined : bytesAt(result, "EncryptedNewRecoveryKey");
  if (envelope === undefined) return { note: "the device did not send the new key: ask for security" };
  return { note: "the new key is kept", kept: [recoveryKeyIn(envelope, recipients)] };
}

function answered(answer: unknown, otherwise: string): ActResult {
  return answer === true ? {} : { errors: [{ domain: "device", code: 0, text: otherwise }] };
}

function noted(text: string | undefined): ActResult {
  return text === undefined ? {} : { note: cleanText(text, 128) };
}

function numberAt(body: PlistDict, key: string): number | undefined {
  const value = body[key];
  const number = value instanceof Real ? value.value : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
