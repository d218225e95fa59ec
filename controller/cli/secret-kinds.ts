import { keptKinds } from "../core/report.ts";

/** What is kept of devices and can be shown by its name; where a device is, `devices show` says. */
export const secretKinds = keptKinds.filter((kind) => kind !== "location");
export type SecretKind = (typeof secretKinds)[number];
