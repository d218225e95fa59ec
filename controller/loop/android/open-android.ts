import { defaultQuota, type Quota } from "../../android/bucket.ts";
import type { Google } from "../../android/google.ts";
import type { EnrollAndroidPorts } from "./enroll-android.ts";
import { type AndroidEvents, createEvents } from "./events.ts";
import { keepPlaces } from "./lost-places.ts";
import { management } from "./management.ts";
import { operations } from "./operations.ts";
import type { AndroidPorts } from "./ports.ts";
import { createPushedEvents, type PushedEvents, type PushSettings, pushTarget } from "./pushed-events.ts";
import { type AndroidLoop, createAndroidLoop } from "./round.ts";
import { subscriptionOf } from "./subscribe.ts";
import { tokenCalls } from "./token-calls.ts";

/** The enterprise whose devices are managed, and how Google is reached. */
export interface AndroidParts {
  readonly google: Google;
  /** Google's name of it: `enterprises/LC…`. */
  readonly enterprise: string;
  /** How often all devices are read, ms. */
  readonly readEveryMs: number;
  /** How many calls Google allows, for saying how long something takes. */
  readonly quota?: Quota;
  /** The Google Cloud project in which events are subscribed to; absent, none are. */
  readonly project?: string | undefined;
  /** Events are pushed to the device plane; absent, they are fetched. */
  readonly push?: PushSettings | undefined;
}

/** What there is for an enterprise of Google's; undefined, all of it, where none is managed. */
export interface OpenAndroid {
  readonly android: AndroidLoop | undefined;
  /** Makes enrollment tokens. */
  readonly androidEnrollment: EnrollAndroidPorts | undefined;
  /** Absent without a project to subscribe in. */
  readonly androidEvents: AndroidEvents | undefined;
  /** Absent where events are fetched. */
  readonly androidPushed: PushedEvents | undefined;
}

/** The loop over the devices of an enterprise, and the way into it. */
export function openAndroid(
  parts: AndroidParts | undefined,
  ports: Omit<AndroidPorts, "google" | "operations" | "tokens" | "enterprise"> & {
    readonly publicUrl: () => string;
  },
): OpenAndroid {
  if (parts === undefined) return nothing;
  const { google, enterprise, project, push } = parts;
  const { store, clock, policies } = ports;
  const options = { readEveryMs: parts.readEveryMs, quota: parts.quota ?? defaultQuota };
  const tokens = tokenCalls(google, enterprise);
  const calls = {
    google: management(google, enterprise),
    operations: operations(google),
    tokens,
    enterprise,
  };
  const android = createAndroidLoop({ ...ports, ...calls }, options);
  return {
    android,
    androidEnrollment: { store, clock, policies, tokens, enterprise },
    androidEvents:
      project === undefined
        ? undefined
        : createEvents({
            google,
            clock,
            names: subscriptionOf(enterprise, project),
            push: push && (() => pushTarget(ports, push)),
            hint: android.hint,
            keepPlaces: (places) => keepPlaces({ store, clock }, places),
          }),
    androidPushed:
      project === undefined || push === undefined
        ? undefined
        : createPushedEvents({ ...ports, enterprise }, push),
  };
}

const nothing: OpenAndroid = {
  android: undefined,
  androidEnrollment: undefined,
  androidEvents: undefined,
  androidPushed: undefined,
};
