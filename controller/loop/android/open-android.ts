import type { Google } from "../../android/google.ts";
import type { EnrollAndroidPorts } from "./enroll-android.ts";
import { management } from "./management.ts";
import { operations } from "./operations.ts";
import type { AndroidPorts } from "./ports.ts";
import { type AndroidLoop, createAndroidLoop } from "./round.ts";
import { tokenCalls } from "./token-calls.ts";

/** The enterprise whose devices are managed, and how Google is reached. */
export interface AndroidParts {
  readonly google: Google;
  /** Google's name of it: `enterprises/LC…`. */
  readonly enterprise: string;
  /** How often all devices are read, ms. */
  readonly readEveryMs: number;
}

/** What there is for an enterprise of Google's; undefined, all of it, where none is managed. */
export interface OpenAndroid {
  readonly android: AndroidLoop | undefined;
  /** Makes enrollment tokens. */
  readonly androidEnrollment: EnrollAndroidPorts | undefined;
}

/** The loop over the devices of an enterprise, and the way into it. */
export function openAndroid(
  parts: AndroidParts | undefined,
  ports: Omit<AndroidPorts, "google" | "operations">,
): OpenAndroid {
  if (parts === undefined) return { android: undefined, androidEnrollment: undefined };
  const google = management(parts.google, parts.enterprise);
  const { store, clock, policies } = ports;
  return {
    android: createAndroidLoop(
      { ...ports, google, operations: operations(parts.google) },
      { readEveryMs: parts.readEveryMs },
    ),
    androidEnrollment: { store, clock, policies, tokens: tokenCalls(parts.google, parts.enterprise) },
  };
}
