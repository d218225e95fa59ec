import type { AndroidCommand, AndroidKind } from "../core/android-acts.ts";
import type { JsonObject } from "./json-object.ts";

/** What a command says besides its type. */
export interface CommandWish {
  readonly type: AndroidCommand;
  readonly kind: AndroidKind;
  /** As the manifest has them, with secrets put in. */
  readonly parameters: JsonObject;
  /** How long Google keeps it for a device that is away, ms. */
  readonly forMs: number;
}

/** The body of `devices.issueCommand` (Android Management API, `Command`). It may hold a new password. */
export function commandBody(wish: CommandWish): JsonObject {
  const duration = `${Math.max(1, Math.floor(wish.forMs / 1_000))}s`;
  return { type: wish.type, duration, ...parts[wish.type](wish) };
}

const parts: Readonly<Record<AndroidCommand, (wish: CommandWish) => JsonObject>> = {
  LOCK: () => ({}),
  REBOOT: () => ({}),
  RELINQUISH_OWNERSHIP: () => ({}),
  STOP_LOST_MODE: () => ({ stopLostModeParams: {} }),
  CLEAR_APP_DATA: ({ parameters }) => ({ clearAppsDataParams: { packageNames: parameters.packages } }),
  START_LOST_MODE: ({ parameters }) => ({
    startLostModeParams: withoutAbsent({
      lostMessage: userFacing(parameters.message),
      lostPhoneNumber: userFacing(parameters.phoneNumber),
      lostOrganization: userFacing(parameters.footnote),
    }),
  }),
  ADD_ESIM: ({ parameters: { activationCode, activate }, kind }) => {
    const isActive = activate ?? kind !== "personalWorkProfile";
    return {
      addEsimParams: { activationCode, activationState: isActive ? "ACTIVATED" : "NOT_ACTIVATED" },
    };
  },
  REMOVE_ESIM: ({ parameters }) => ({ removeEsimParams: { iccId: parameters.iccId } }),
  REQUEST_DEVICE_INFO: () => ({ requestDeviceInfoParams: { deviceInfo: "EID" } }),
  RESET_PASSWORD: ({ parameters }) => {
    const { newPassword, requireEntry, doNotAskCredentialsOnBoot, lockNow } = parameters;
    const resetPasswordFlags = flags({
      REQUIRE_ENTRY: requireEntry === true,
      DO_NOT_ASK_CREDENTIALS_ON_BOOT: doNotAskCredentialsOnBoot === true,
      LOCK_NOW: lockNow === true,
    });
    // An empty one takes the password away.
    return { newPassword: newPassword ?? "", resetPasswordFlags };
  },
  // Google refuses it without parameters, though it calls them optional.
  WIPE: ({ parameters, kind }) => ({ wipeParams: wipeParams(parameters, kind) }),
};

function wipeParams(parameters: JsonObject, kind: AndroidKind): JsonObject {
  // Only the work profile goes; its user is told, whether somebody said why or not.
  if (kind === "personalWorkProfile")
    return {
      wipeReason: userFacing(parameters.message) ?? farewell,
      // Of these the company's alone go.
      wipeDataFlags: flags({ WIPE_ESIMS: parameters.keepEsim !== true }),
    };
  const wipeDataFlags = flags({
    PRESERVE_RESET_PROTECTION_DATA: parameters.keepResetProtection === true,
    WIPE_EXTERNAL_STORAGE: parameters.wipeExternalStorage === true,
    WIPE_ESIMS: parameters.keepEsim !== true,
  });
  return { wipeDataFlags };
}

const farewell = { defaultMessage: "Your organization has ended the management of this work profile." };

function flags(all: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(all).filter((name) => all[name] === true);
}

/** A text for people (`UserFacingMessage`), in one language. */
function userFacing(text: unknown): JsonObject | undefined {
  return typeof text === "string" && text !== "" ? { defaultMessage: text } : undefined;
}

function withoutAbsent(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
