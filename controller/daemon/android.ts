import { setTimeout as sleep } from "node:timers/promises";
import type { GoogleAccess } from "../android/access.ts";
import type { Quota } from "../android/bucket.ts";
import { type Google, google } from "../android/google.ts";
import { type Supply, sharedSupply } from "../android/supply.ts";
import { throttle } from "../android/throttle.ts";
import type { Config } from "../config.ts";
import type { AndroidParts } from "../loop/android/open-android.ts";
import type { AndroidLoop } from "../loop/android/round.ts";
import type { Store } from "../store/open.ts";
import { closeQuota, drawCalls } from "../store/shared-quota.ts";

/**
 * The enterprise of Google's that is managed, as configured; undefined without one. All replicas on a server share the
 * quota. Throws UserError for no key.
 */
export function androidParts(config: Config, store?: Store): AndroidParts | undefined {
  const { enterprise, project, readEvery, push } = config.android;
  if (enterprise === undefined) return undefined;
  const shared = store?.kind === "server" ? store : undefined;
  const { serviceAccount, audience, keysUrl } = push;
  return {
    google: configuredGoogle(config, shared),
    enterprise,
    project,
    readEveryMs: readEvery,
    quota: quotaOf(config),
    push: serviceAccount === undefined ? undefined : { serviceAccount, audience, keysUrl },
  };
}

/**
 * Calls to Google, as configured, within a quota that others on this store share. Nothing is opened before the first.
 * Throws UserError for a key that is none.
 */
export function configuredGoogle(config: Pick<Config, "android">, shared?: Store): Google {
  const quota = quotaOf(config);
  return google({
    access: accessOf(config.android),
    throttle: throttle({
      quota,
      clock: Date.now,
      wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
      ...(shared === undefined ? {} : { supply: supplyOf(shared, quota) }),
    }),
  });
}

function quotaOf({ android }: Pick<Config, "android">): Quota {
  return { calls: android.quota, perMs: 100_000 };
}

/** The calls of one of many replicas. */
export function supplyOf(store: Store, quota: Quota): Supply {
  const named = { name: "google", ...quota };
  return sharedSupply(quota, {
    draw: (wish) => drawCalls(store, named, wish),
    close: (forMs) => closeQuota(store, named, forMs),
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
