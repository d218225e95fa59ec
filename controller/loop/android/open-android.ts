import type { Google } from "../../android/google.ts";
import { management } from "./management.ts";
import type { AndroidPorts } from "./ports.ts";
import { type AndroidLoop, createAndroidLoop } from "./round.ts";

/** The enterprise whose devices are managed, and how Google is reached. */
export interface AndroidParts {
  readonly google: Google;
  /** Google's name of it: `enterprises/LC…`. */
  readonly enterprise: string;
  /** How often all devices are read, ms. */
  readonly readEveryMs: number;
}

/** The loop over the devices of an enterprise; undefined where none is managed. */
export function openAndroid(
  parts: AndroidParts | undefined,
  ports: Omit<AndroidPorts, "google">,
): AndroidLoop | undefined {
  if (parts === undefined) return undefined;
  const google = management(parts.google, parts.enterprise);
  return createAndroidLoop({ ...ports, google }, { readEveryMs: parts.readEveryMs });
}
