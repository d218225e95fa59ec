import type { CompiledAct } from "./compiled.ts";
import type { Facts } from "./facts.ts";
import type { Verb } from "./intent.ts";
import { endsEpoch, isDestructive, isDisruptive } from "./intent.ts";

/** A device that an act's target contains at the moment of freezing. */
export interface TargetedDevice {
  readonly device: string;
  readonly epoch: number;
  readonly facts: Facts;
  /** It is in Lost Mode, by the last act of this enrollment that began or ended it. */
  readonly lost?: boolean;
  /** It is not managed any more: its record is all that changes, and nothing is sent. */
  readonly away?: boolean;
}

/** What an act will do on one device, once and in this epoch only. */
export interface FrozenTarget {
  readonly device: string;
  readonly epoch: number;
  readonly verb: Verb;
  readonly destructive: boolean;
}

export interface Freeze {
  readonly status: "held" | "ready" | "refused";
  readonly targets: readonly FrozenTarget[];
  /** Why something that destroys nothing is held. */
  readonly because?: string;
  /** Why it is refused, in whole or for single devices. */
  readonly refusals: readonly { readonly device?: string; readonly reason: string }[];
}

/** Devices that may be disrupted without an approval in a sliding window, and how many of them still may. */
export interface DisruptionRoom {
  readonly most: number;
  readonly left: number;
  readonly windowMs: number;
}

/** Why a platform cannot carry out an act on a device with these facts, or undefined. */
export type RefusalOf = (
  verb: Verb,
  parameters: CompiledAct["parameters"],
  facts: Facts,
) => string | undefined;

/** Acts on more devices than this say how many they mean, whatever they do: a lock of everybody is a wish to spell out. */
const mostUncounted = 10;

/**
 * Resolves an act's target for good: devices that join later are never hit. An act that names another number
 * of devices than it hits is refused whole; unknown ownership refuses a wipe. Held is what destroys, what disrupts
 * more devices than `room` has left, and a lock with a PIN: whoever does not know the PIN cannot use that Mac again.
 */
export function freeze(
  act: CompiledAct,
  devices: readonly TargetedDevice[],
  now: number,
  room: DisruptionRoom,
  refusalOf: RefusalOf = () => undefined,
): Freeze {
  const refused = (reason: string): Freeze => ({ status: "refused", targets: [], refusals: [{ reason }] });
  const whole = refusalOfWhole(act, devices, now);
  if (whole !== undefined) return refused(whole);
  const targets: FrozenTarget[] = [];
  const refusals: { device: string; reason: string }[] = [];
  for (const one of devices) {
    const verb = verbFor(act, one.facts);
    const reason = refusalOfOne(verb, act, one, refusalOf);
    if (reason !== undefined) refusals.push({ device: one.device, reason });
    else if (typeof verb === "string") targets.push({ ...pick(one), verb, destructive: destroys(verb) });
  }
  const destructive = targets.some((target) => target.destructive);
  if (destructive && act.expectedDevices === undefined)
    return refused("destructive, and expectedDevices is missing");
  // Approving says yes to all that the act names: one that would hit fewer devices is another act.
  if (destructive && refusals.length > 0) return { status: "refused", targets: [], refusals };
  const because = destructive ? undefined : holdReason(act, targets, room);
  return {
    status: targets.length === 0 ? "refused" : destructive || because !== undefined ? "held" : "ready",
    targets: targets.sort(byDevice),
    refusals,
    ...(because === undefined ? {} : { because }),
  };
}

function refusalOfOne(
  verb: ReturnType<typeof verbFor>,
  act: CompiledAct,
  device: TargetedDevice,
  refusalOf: RefusalOf,
): string | undefined {
  if (typeof verb !== "string") return verb.refused;
  if (device.away === true) return undefined;
  const lost = device.lost === true ? lostRefusal(verb, act.parameters) : undefined;
  return lost ?? refusalOf(verb, act.parameters, device.facts);
}

/**
 * Why an act must not happen to a device in Lost Mode, or undefined: what is erased or not managed any more cannot be
 * located. Asked before the act is frozen, and again before its command leaves.
 */
export function lostRefusal(verb: Verb, parameters: CompiledAct["parameters"]): string | undefined {
  if (!endsEpoch(verb) || parameters.evenIfLost === true) return undefined;
  return "it is in Lost Mode: end that first, or say evenIfLost: true";
}

function refusalOfWhole(
  act: CompiledAct,
  devices: readonly TargetedDevice[],
  now: number,
): string | undefined {
  if (act.expiresAt <= now) return "it had expired before it was first seen";
  if (devices.length === 0) return "its target contains no enrolled device, and who enrolls later is not hit";
  if (act.parameters.delivery === "untilAcknowledged" && devices.length > 1)
    return `untilAcknowledged is for one device, and it would hit ${devices.length}`;
  if (act.expectedDevices !== undefined && act.expectedDevices !== devices.length)
    return `expected ${act.expectedDevices} devices, found ${devices.length}`;
  if (act.expectedDevices === undefined && act.verb !== "audit" && devices.length > mostUncounted)
    return `it would hit ${devices.length} devices, and expectedDevices is missing`;
  return undefined;
}

function holdReason(
  act: CompiledAct,
  targets: readonly FrozenTarget[],
  { most, left, windowMs }: DisruptionRoom,
): string | undefined {
  const locks = targets.some((target) => target.verb === "lock");
  if (locks && "pin" in act.parameters) return "it locks with a PIN";
  if (act.verb === "setFirmwarePassword") return "it sets a firmware password";
  const disrupted = targets.filter((target) => isDisruptive(target.verb)).length;
  if (disrupted <= left) return undefined;
  const used = left === most ? "" : `, ${most - left} ${most - left === 1 ? "is" : "are"} used up`;
  const within = windowMs === 3_600_000 ? "an hour" : `in ${Math.floor(windowMs / 60_000)} minutes`;
  return `${devicesText(most)} ${within} may be disrupted without an approval${used}, and it disrupts ${devicesText(disrupted)}`;
}

function devicesText(count: number): string {
  return `${count} device${count === 1 ? "" : "s"}`;
}

function destroys(verb: Verb): boolean {
  return isDestructive({ type: "act", act: "", verb });
}

function verbFor(act: CompiledAct, facts: Facts): Verb | { readonly refused: string } {
  if (typeof act.verb === "string") return act.verb;
  const ownership = facts.ownership;
  if (ownership?.value !== "company" && ownership?.value !== "personal")
    return { refused: "its ownership is unknown: declare it in a Device manifest" };
  if (ownership.source !== "asserted")
    return { refused: "its ownership is only reported by the device itself" };
  return act.verb[ownership.value] ?? { refused: "a personal device is never wiped whole" };
}

function pick({ device, epoch }: TargetedDevice): Pick<FrozenTarget, "device" | "epoch"> {
  return { device, epoch };
}

function byDevice(a: FrozenTarget, b: FrozenTarget): number {
  return a.device < b.device ? -1 : 1;
}
