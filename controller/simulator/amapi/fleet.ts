import type { AndroidDevice } from "./device/android-device.ts";
import type { Amapi } from "./emulator.ts";
import type { Arrival } from "./google/enroll.ts";
import type { NewMachine } from "./new-machine.ts";

/** How a member of a fleet is to be managed: what its token must allow, and how it must arrive. */
export const HOW = {
  "fully-managed": { allowPersonalUsage: "PERSONAL_USAGE_DISALLOWED", arrival: "factory-reset" },
  dedicated: { allowPersonalUsage: "PERSONAL_USAGE_DISALLOWED_USERLESS", arrival: "factory-reset" },
  "company-work-profile": { allowPersonalUsage: "PERSONAL_USAGE_ALLOWED", arrival: "factory-reset" },
  "work-profile": { allowPersonalUsage: "PERSONAL_USAGE_ALLOWED", arrival: "in-settings" },
} as const satisfies Readonly<Record<string, { allowPersonalUsage: string; arrival: Arrival }>>;

export type FleetMode = keyof typeof HOW;
export type AndroidMember = NewMachine & { readonly serial: string; readonly mode: FleetMode };

type Kind = Omit<AndroidMember, "serial"> & { readonly word: string };

const MIXTURE: readonly Kind[] = [
  { word: "PHONE", mode: "fully-managed", brand: "Google", model: "Pixel 9", android: 16 },
  {
    word: "TABLET",
    mode: "dedicated",
    brand: "Samsung",
    model: "Galaxy Tab Active5",
    android: 14,
    eid: null,
  },
  { word: "COPE", mode: "company-work-profile", brand: "Samsung", model: "Galaxy S24", android: 15 },
  { word: "BYOD", mode: "work-profile", brand: "Google", model: "Pixel 7", android: 15 },
  { word: "SCANNER", mode: "dedicated", brand: "Zebra", model: "TC22", android: 13, eid: null },
];

/** So many devices of all modes, with serial numbers `SIM-PHONE-00001` and so on. */
export function androidMembers(count: number): readonly AndroidMember[] {
  return Array.from({ length: count }, (_, index) => {
    const { word, ...kind } = MIXTURE[index % MIXTURE.length] as Kind;
    return { ...kind, serial: `SIM-${word}-${String(index + 1).padStart(5, "0")}` };
  });
}

/** The Android devices of the demo, one managed in each way: serial numbers `SIM-ANDROID-01` and so on. */
export function demoAndroids(): readonly AndroidMember[] {
  return DEMO.map((one, index) => {
    const { word: _, ...kind } = MIXTURE[one] as Kind;
    return { ...kind, serial: `SIM-ANDROID-${String(index + 1).padStart(2, "0")}` };
  });
}

/** A phone, one with a work profile, a scanner, and somebody's own phone: places in the mixture. */
const DEMO = [0, 2, 4, 3];

/**
 * All members have enrolled with the codes that they are given, in order; they fetch their policies as the clock
 * goes on. Throws when one is refused.
 */
export function enrollFleet(
  amapi: Amapi,
  members: readonly AndroidMember[],
  codeFor: (member: AndroidMember) => string,
): readonly AndroidDevice[] {
  return members.map((member) => {
    const device = amapi.device(member);
    const refused = device.enroll(codeFor(member), HOW[member.mode].arrival);
    if (refused !== undefined) throw new Error(`${member.serial}: ${refused}`);
    return device;
  });
}
