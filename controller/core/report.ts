import type { Json } from "./canonical.ts";
import type { Facts } from "./facts.ts";
import type { Section } from "./granted.ts";
import type { AppState, DeclarationStatus } from "./observed.ts";

/** What a device said on the command channel, translated from its platform's protocol. */
export type Report =
  | { readonly type: "idle" }
  | { readonly type: "result"; readonly commandId: string; readonly outcome: Outcome };

export type Outcome =
  | {
      readonly status: "acknowledged";
      readonly observation?: Observation;
      readonly note?: string;
      readonly kept?: readonly Kept[];
    }
  | { readonly status: "failed"; readonly errors: readonly DeviceError[] }
  | { readonly status: "notNow" };

/** What is kept sealed of a device, and read by persons with a reason only. */
export const keptKinds = [
  "unlock-pin",
  "bypass-code",
  "recovery-key",
  "recovery-lock",
  "firmware-password",
  "admin-password",
  "location",
  "eid",
] as const;
export type KeptKind = (typeof keptKinds)[number];

/** A value that goes sealed into the store in the transaction of its report or command, and nowhere else. */
export interface Kept {
  readonly kind: KeptKind;
  /** Empty: it was taken away from the device. Absent: what was kept is forgotten. */
  readonly value?: string | Uint8Array;
  /** The command that set it, or `latest`; a value that the device reports is known by itself. */
  readonly source?: string;
}

/** One link of Apple's ErrorChain, or Google's error. Codes are not stable between OS versions. */
export interface DeviceError {
  readonly domain: string;
  readonly code: number;
  readonly text: string;
}

/** One section of what the device reports about itself. */
export interface Observation {
  readonly section: Section;
  /** Facts for selectors; only those that this report contains. */
  readonly facts?: Facts;
  /** Whether it stands in Setup Assistant. */
  readonly awaiting?: boolean;
  readonly profiles?: Readonly<Record<string, string>>;
  readonly apps?: Readonly<Record<string, AppState>>;
  readonly books?: Readonly<Record<string, AppState>>;
  /** All apps on the device, by bundle id. */
  readonly installed?: readonly string[];
  /** Those of them that have an update in the store. */
  readonly offered?: readonly string[];
  readonly declarations?: Readonly<Record<string, DeclarationStatus>>;
  readonly supports?: readonly string[];
  /** `detail` is no whole section: its entries take the places of earlier ones, and these names go. */
  readonly patch?: { readonly gone: readonly string[] };
  /** Apps that show their configuration or attributes as declared, and those that show others; by bundle id. */
  readonly configured?: Readonly<Record<string, boolean>>;
  /** Everything else, for people: kept per device, shown by `devices show`, never planned on. */
  readonly detail: Json;
}
