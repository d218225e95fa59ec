import type { Facts, Platform } from "./facts.ts";
import type { FrozenTarget } from "./freeze.ts";
import type { DeprovisionSpec } from "./generated/manifest.ts";

/** What the record of a device is called after a Deprovision. */
export const recordStates = ["in-repair", "in-stock", "retired", "lost"] as const;
export type RecordState = (typeof recordStates)[number];

/** Where a device is entered that comes back by itself after it was erased. */
export const releasePortals = ["apple-business", "zero-touch", "knox"] as const;
export type ReleasePortal = (typeof releasePortals)[number];

/** What a Deprovision asks for, as far as it decides what becomes of the record. */
export type Ending = Pick<DeprovisionSpec, "state" | "recordAs" | "reenrollGroup">;

/** A device that is deprovisioned. */
export interface Departing {
  readonly ownership: "company" | "personal";
  readonly platform: Platform | undefined;
  /** It is on a list of Apple Business or School Manager, or enrolled by it. */
  readonly listed: boolean;
  /** Who made it, by its own word; undefined while nobody knows. */
  readonly maker: string | undefined;
}

/** What becomes of a device once it has carried out its part: frozen, and therefore approved, with the act. */
export interface Afterwards {
  readonly record: RecordState;
  readonly mayEnroll: boolean;
  readonly reenrollGroup?: string;
  /** Its personal records are erased after 90 days. */
  readonly erased: boolean;
  readonly releases: readonly ReleasePortal[];
  readonly ownership: Departing["ownership"];
  readonly platform?: Platform;
}

/**
 * What becomes of a device by the state that it is deprovisioned into. Only `state: retired` refuses another enrollment,
 * is released from portals and erased; a record that is called `retired` by other ways does not.
 */
export function afterwardsOf(ending: Ending, device: Departing): Afterwards {
  const { state, reenrollGroup } = ending;
  const { ownership, platform } = device;
  const retires = state === "retired";
  return {
    record: recordOf(ending, ownership),
    mayEnroll: !retires,
    ...(reenrollGroup === undefined || retires ? {} : { reenrollGroup }),
    erased: retires,
    releases: retires ? portalsOf(device) : [],
    ownership,
    ...(platform === undefined ? {} : { platform }),
  };
}

function recordOf({ state, recordAs }: Ending, ownership: Departing["ownership"]): RecordState {
  if (state === "in-repair" || state === "retired") return state;
  if (state === "other" && recordAs !== undefined) return recordAs;
  return ownership === "company" ? "in-stock" : "retired";
}

/**
 * The portals that bring a device back when it starts anew. Those of Android can be asked by nobody: what is not known
 * to stand elsewhere is named. A personal device is entered in none of them.
 */
function portalsOf({ ownership, platform, listed, maker }: Departing): readonly ReleasePortal[] {
  if (platform !== "android") return listed ? ["apple-business"] : [];
  if (ownership === "personal") return [];
  const isSamsung = maker === undefined || maker.toLowerCase().includes("samsung");
  return isSamsung ? ["zero-touch", "knox"] : ["zero-touch"];
}

/** What is known of a device beside its facts. */
export type Entered = (device: string) => { readonly listed: boolean; readonly maker: string | undefined };

/** The parameters of one target: those of its act, and of a Deprovision what becomes of the device. */
export function parametersOf(
  parameters: Readonly<Record<string, unknown>>,
  facts: Facts,
  { device }: Pick<FrozenTarget, "device">,
  entered: Entered,
): Readonly<Record<string, unknown>> {
  const ending = endingIn(parameters);
  const ownership = facts.ownership?.value;
  if (ending === undefined || (ownership !== "company" && ownership !== "personal")) return parameters;
  const platform = facts.platform?.value as Platform | undefined;
  const { listed, maker } = entered(device);
  const automated = facts.enrollment?.value === "automated" && facts.enrollment.source === "asserted";
  const departing = { ownership, platform, listed: listed || automated, maker } as const;
  return { ...parameters, afterwards: afterwardsOf(ending, departing) };
}

const states: ReadonlySet<unknown> = new Set(["in-repair", "employee-left", "retired", "other"]);

/** Operations have no `state`. */
export function endingIn(parameters: Readonly<Record<string, unknown>>): Ending | undefined {
  return states.has(parameters.state) ? (parameters as unknown as Ending) : undefined;
}

/** The portals by the names that people know. */
export const portalNames: Readonly<Record<ReleasePortal, string>> = {
  "apple-business": "Apple Business Manager",
  "zero-touch": "zero-touch",
  knox: "Knox Mobile Enrollment",
};
