import { setTimeout as sleep } from "node:timers/promises";
import type { GoogleAccess } from "../android/access.ts";
import { type Google, google } from "../android/google.ts";
import { throttle } from "../android/throttle.ts";
import type { Config } from "../config.ts";
import type { AndroidParts } from "../loop/android/open-android.ts";
import type { AndroidLoop } from "../loop/android/round.ts";

/** The enterprise of Google's that is managed, as configured; undefined without one. Throws UserError for no key. */
export function androidParts(config: Config): AndroidParts | undefined {
  const { enterprise, project, readEvery } = config.android;
  if (enterprise === undefined) return undefined;
  return { google: configuredGoogle(config), enterprise, project, readEveryMs: readEvery };
}

/** Calls to Google, as configured. Nothing is opened before the first. Throws UserError for a key that is none. */
export function configuredGoogle({ android }: Pick<Config, "android">): Google {
  return google({
    access: accessOf(android),
    throttle: throttle({
      quota: { calls: android.quota, perMs: 100_000 },
      clock: Date.now,
      wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    }),
  });
}

function accessOf({ serviceAccount, emulatorUrl }: Config["android"]): GoogleAccess {
  if (emulatorUrl !== undefined) return { type: "emulator", rootUrl: emulatorUrl, key: serviceAccount };
  return serviceAccount === undefined ? { type: "host" } : { type: "service-account", key: serviceAccount };
}

/** Why Android devices are not given what is granted to them, for `reeve status`. */
export function androidWarnings(
  android: Pick<AndroidLoop, "faults"> | undefined,
): readonly { readonly message: string; readonly hint: string }[] {
  return (android?.faults() ?? []).map((fault) => ({
    message: `Android devices are not given what is granted to them: ${fault}`,
    hint: "mend what it names; it is tried again by itself",
  }));
}
