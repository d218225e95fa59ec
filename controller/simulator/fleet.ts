import type { PushGateway } from "./apns.ts";
import { type AppleDevice, type AppleDeviceOptions, appleDevice } from "./apple-device.ts";
import { type Catalogue, catalogue } from "./catalogue.ts";
import type { EnrollResult } from "./enroll.ts";
import type { Moods } from "./faults.ts";
import type { ApplePlatform } from "./hardware.ts";
import { type KeyPool, keyPool } from "./keys.ts";
import { seeded } from "./random.ts";
import type { Transport } from "./transport.ts";
import { realWorld, type World } from "./world.ts";

/** One device of a fleet; what is left out is drawn from the seed. */
export type Member = Pick<AppleDeviceOptions, "serial" | "platform"> &
  Partial<
    Omit<AppleDeviceOptions, "serial" | "platform" | "transport" | "world" | "push" | "keys" | "random">
  >;

export type FleetOptions = {
  /** The devices; or how many, in the mixture of the demo; or nothing for those of the demo. */
  readonly devices?: readonly Member[] | number;
  readonly seed?: string;
  readonly world?: World;
  readonly transport: Transport;
  readonly push?: PushGateway;
  readonly keys?: KeyPool;
  readonly catalogue?: Catalogue;
  readonly anchors?: readonly (string | Buffer)[];
  readonly moods?: Moods;
};

/** An enrollment profile for all, or one for each device: bytes, or the address of the profile. */
export type ProfileSource = Buffer | string | ((device: AppleDevice) => Promise<Buffer | string>);

export type Fleet = {
  readonly devices: readonly AppleDevice[];
  /** By serial or by name. Throws when there is none. */
  device(nameOrSerial: string): AppleDevice;
  /** Enrolls all, some at a time, in order. The results by serial. */
  enrollAll(
    profile: ProfileSource,
    options?: { readonly concurrency?: number },
  ): Promise<ReadonlyMap<string, EnrollResult>>;
  /** All violations of the protocol that the devices saw: `serial: rule: detail`. */
  violations(): string[];
  /** Cancels what the devices still plan. */
  stop(): void;
};

const KINDS: readonly (readonly [platform: ApplePlatform, word: string, count: number])[] = [
  ["ios", "IPHONE", 10],
  ["ipados", "IPAD", 8],
  ["macos", "MAC", 6],
  ["tvos", "ATV", 2],
];
const UNSUPERVISED = new Set(["IPHONE-08", "IPHONE-09", "IPHONE-10"]);

/** The Apple devices of the demo: serials `SIM-IPHONE-01` and so on, names without `SIM-`. */
export function demoMembers(): Member[] {
  return KINDS.flatMap(([platform, word, count]) =>
    Array.from({ length: count }, (_, index) => {
      const name = `${word}-${String(index + 1).padStart(2, "0")}`;
      return member(platform, name, !UNSUPERVISED.has(name));
    }),
  );
}

/** `count` devices in the mixture of the demo, numbered with five digits. */
export function manyMembers(count: number): Member[] {
  const total = KINDS.reduce((sum, [, , share]) => sum + share, 0);
  const pattern = KINDS.flatMap(([platform, word, share]) =>
    Array.from({ length: share }, () => ({ platform, word })),
  );
  return Array.from({ length: count }, (_, index) => {
    const { platform, word } = pattern[index % total] as { platform: ApplePlatform; word: string };
    return member(platform, `${word}-${String(index + 1).padStart(5, "0")}`, true);
  });
}

/** Builds a fleet. The same seed gives the same devices, which then behave the same in a virtual world. */
export function fleet(options: FleetOptions): Fleet {
  const world = options.world ?? realWorld();
  const keys = options.keys ?? keyPool();
  const shop = options.catalogue ?? catalogue();
  const seed = options.seed ?? "reeve";
  const members = membersOf(options.devices);
  const devices = members.map((one) =>
    appleDevice({
      catalogue: shop,
      ...(options.anchors !== undefined ? { anchors: options.anchors } : {}),
      ...(options.moods !== undefined ? { moods: options.moods } : {}),
      ...one,
      world,
      keys,
      random: seeded(seed, one.serial),
      transport: options.transport,
      ...(options.push !== undefined ? { push: options.push } : {}),
    }),
  );
  const byName = new Map(
    devices.flatMap((one) => [[one.serial, one] as const, [one.snapshot().name, one] as const]),
  );

  async function enrollAll(
    profile: ProfileSource,
    how: { readonly concurrency?: number } = {},
  ): Promise<ReadonlyMap<string, EnrollResult>> {
    const results = new Map<string, EnrollResult>();
    const waiting = [...devices];
    async function work(): Promise<void> {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const source = typeof profile === "function" ? await profile(next) : profile;
        results.set(next.serial, await next.enroll(source));
      }
    }
    await Promise.all(Array.from({ length: how.concurrency ?? 1 }, work));
    return results;
  }
  return {
    devices,
    device: (name) => {
      const found = byName.get(name);
      if (found === undefined) throw new Error(`there is no device ${name} in the fleet`);
      return found;
    },
    enrollAll,
    violations: () =>
      devices.flatMap((one) =>
        one.ledger.of("violation").map((v) => `${one.serial}: ${v.rule}: ${v.detail}`),
      ),
    stop: () => world.stop(),
  };
}

function member(platform: ApplePlatform, name: string, supervised: boolean): Member {
  return {
    serial: `SIM-${name}`,
    name,
    platform,
    supervised,
    user: { prompts: "accept", promptMs: [500, 2_500] },
  };
}

function membersOf(devices: FleetOptions["devices"]): readonly Member[] {
  if (devices === undefined) return demoMembers();
  return typeof devices === "number" ? manyMembers(devices) : devices;
}
