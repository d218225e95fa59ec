import type { ApplePlatform } from "./hardware.ts";
import type { Random } from "./random.ts";

/** An entry of an ErrorChain, in Apple's words. */
export type ErrorItem = { readonly code: number; readonly domain: string; readonly description: string };

type Scope = {
  /** Only for this RequestType; without it for every command. */
  readonly requestType?: string;
  /** How often; once when left out. */
  readonly times?: number;
};

/** Something that goes wrong with a command, or its result. */
export type Fault =
  /** Executed, but the result never leaves. The device then forgets it, or sends it when it comes back. */
  | (Scope & { readonly kind: "lose-reply"; readonly next: "idle" | "repeat"; readonly reconnectMs?: number })
  /** The result arrives, the server's answer does not: the device sends the result again. */
  | (Scope & { readonly kind: "lose-answer"; readonly reconnectMs?: number })
  /** The result is sent twice on the same connection. */
  | (Scope & { readonly kind: "duplicate" })
  /** Answered NotNow, until a moment (epoch ms) or until the faults are cleared. */
  | (Scope & { readonly kind: "not-now"; readonly until?: number })
  | (Scope & { readonly kind: "error"; readonly subject?: string; readonly chain?: readonly ErrorItem[] })
  /** Settings is acknowledged, and one of them is refused with this text. */
  | (Scope & { readonly kind: "refuse-setting"; readonly text: string })
  /** Whatever else is installed, the profile with this identifier is not. */
  | (Scope & { readonly kind: "refuse-profile"; readonly subject: string })
  | (Scope & { readonly kind: "format-error" })
  | (Scope & { readonly kind: "slow"; readonly ms: number });

export type FaultKind = Fault["kind"];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;
/** How likely each fault is for one command, from 0 to 1. */
export type Moods = Partial<Readonly<Record<FaultKind, number>>>;

export type Faults = {
  /** Arms a fault. Those armed first are used first. */
  add(fault: Fault): void;
  /** Disarms all faults of a kind, or all. */
  clear(kind?: FaultKind): void;
  /** Disarms all faults, and nothing happens by chance any more. */
  calm(): void;
  /** The fault of this kind that hits the command now, if any; it is used up by one. */
  take<K extends FaultKind>(kind: K, requestType: string, subject?: string): FaultOf<K> | undefined;
  /** When NotNow ends for everything (epoch ms), or undefined when nothing says when. */
  notNowUntil(): number | undefined;
};

// Apple: a device answers these whatever its state. A Mac in Power Nap answers less.
const ALWAYS_NOW = new Set([
  "DeviceInformation",
  "ProfileList",
  "DeviceLock",
  "EraseDevice",
  "ClearPasscode",
  "ProvisioningProfileList",
  "InstalledApplicationList",
  "Restrictions",
]);
const ALWAYS_NOW_ON_MACS = new Set(["DeviceLock", "EraseDevice", "RestartDevice", "ShutDownDevice"]);

type Armed = { readonly fault: Fault; left: number };

/** Faults that a script arms, and those that a mood brings about by chance. */
export function openFaults(
  now: () => number,
  random: Random,
  moods: Moods = {},
  platform: ApplePlatform = "ios",
): Faults {
  const alwaysNow = platform === "macos" ? ALWAYS_NOW_ON_MACS : ALWAYS_NOW;
  let armed: Armed[] = [];
  let mood = moods;
  let moodyUntil: number | undefined;

  function hits({ fault, left }: Armed, kind: FaultKind, requestType: string, subject?: string): boolean {
    if (fault.kind !== kind || left <= 0) return false;
    if (fault.requestType !== undefined && fault.requestType !== requestType) return false;
    if ("subject" in fault && fault.subject !== undefined && fault.subject !== subject) return false;
    if (fault.kind !== "not-now") return true;
    if (alwaysNow.has(requestType)) return false;
    return fault.until === undefined || now() < fault.until;
  }
  function take<K extends FaultKind>(kind: K, requestType: string, subject?: string): FaultOf<K> | undefined {
    const found = armed.find((one) => hits(one, kind, requestType, subject));
    if (found === undefined) return byMood(kind, requestType) as FaultOf<K> | undefined;
    found.left--;
    armed = armed.filter((one) => one.left > 0);
    return found.fault as FaultOf<K>;
  }
  function byMood(kind: FaultKind, requestType: string): Fault | undefined {
    const chance = mood[kind];
    if (chance === undefined || random.next() >= chance) return undefined;
    if (kind !== "not-now") return moody(kind, random);
    if (alwaysNow.has(requestType)) return undefined;
    moodyUntil = now() + random.between(5_000, 60_000);
    return { kind: "not-now", until: moodyUntil };
  }
  function notNowUntil(): number | undefined {
    const until = armed.flatMap(({ fault }) => (fault.kind === "not-now" ? [fault.until] : []));
    const known = [...until, moodyUntil].filter((at) => at !== undefined && at > now()) as number[];
    return until.includes(undefined) || known.length === 0 ? undefined : Math.max(...known);
  }
  return {
    add: (fault) =>
      void armed.push({ fault, left: fault.times ?? (fault.kind === "not-now" ? Infinity : 1) }),
    clear: (kind) => {
      armed = kind === undefined ? [] : armed.filter(({ fault }) => fault.kind !== kind);
      moodyUntil = undefined;
    },
    calm: () => {
      armed = [];
      mood = {};
      moodyUntil = undefined;
    },
    take,
    notNowUntil,
  };
}

function moody(kind: Exclude<FaultKind, "not-now">, random: Random): Fault {
  if (kind === "refuse-profile") return { kind, subject: "" };
  if (kind === "refuse-setting") return { kind, text: "not now" };
  if (kind === "slow") return { kind, ms: random.between(200, 5_000) };
  if (kind === "lose-reply") return { kind, next: random.next() < 0.5 ? "idle" : "repeat" };
  return { kind };
}
