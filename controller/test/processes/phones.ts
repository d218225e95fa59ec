import { join } from "node:path";
import type { AndroidEnrollmentView } from "../../loop/enrollment-views.ts";
import type { AndroidDevice } from "../../simulator/amapi/device/android-device.ts";
import { type Amapi, startAmapi } from "../../simulator/amapi/emulator.ts";
import { realWorld } from "../../simulator/world.ts";
import type { TestStores } from "../../store/test-stores.ts";
import type { Files } from "../manifests.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import { type House, openHouse } from "./house.ts";

/** Android devices with a Google of their own in real time, and daemons in processes that are killed. */
export interface Phones extends AsyncDisposable {
  readonly house: House;
  /** A new daemon, which kills itself at the Nth boundary that fits. */
  readonly start: (crash?: Crash) => Promise<DaemonProcess>;
  /** Google is gone at once, with whatever it was answering, and comes back with the state that it had. */
  readonly restartGoogle: () => Promise<void>;
  readonly devices: () => readonly AndroidDevice[];
  /** Devices of the company come out of their boxes and enroll with these tags. */
  readonly arrive: (count: number, tags: Readonly<Record<string, string>>) => Promise<readonly string[]>;
  /** How many requests of a method had their effect since this was asked last. */
  readonly committed: (method: string) => number;
}

export interface Crash {
  readonly at: number;
  readonly only: string;
}

const knobs = {
  syncAfterMs: 30,
  commandAfterMs: 30,
  reportAfterMs: 30,
  installMs: 50,
  uninstallMs: 50,
  quota: { requests: 1_000_000, perMs: 100_000 },
};
const entry = join(import.meta.dirname, "crashing-daemon.ts");

/** Opens them; the first daemon has written the policy that devices enroll with. */
export async function openPhones(stores: TestStores, files: Files): Promise<Phones> {
  await using opening = new AsyncDisposableStack();
  const world = realWorld();
  const options = { world, knobs, checksAnswers: false };
  let amapi: Amapi = await startAmapi(options);
  opening.defer(() => amapi.close());
  const enterprise = amapi.enterprise();
  const { rootUrl } = amapi;
  const android = { enterprise, emulatorUrl: rootUrl, readEvery: "1s", quota: "1000000" };
  const house = opening.use(await openHouse({ stores, files, settings: { android } }));
  const before = new Map<string, number>();
  const earlier = new Map<string, number>();

  const start: Phones["start"] = (crash) =>
    house.start({
      entry,
      ...(crash === undefined
        ? {}
        : { env: { REEVE_CRASH_AT: String(crash.at), REEVE_CRASH_ONLY: crash.only } }),
    });
  async function restartGoogle(): Promise<void> {
    for (const { method = "", committed } of amapi.requests.entries)
      if (committed) earlier.set(method, (earlier.get(method) ?? 0) + 1);
    const state = amapi.exportState();
    await amapi.close();
    amapi = await startAmapi({ ...options, state, port: Number(new URL(rootUrl).port) });
  }
  const open = opening.move();
  return {
    house,
    start,
    restartGoogle,
    devices: () => amapi.devices(),
    arrive: async (count, tags) => {
      const code = await tokenOf(house, tags);
      return Array.from({ length: count }, () => {
        const device = amapi.device({});
        const refused = device.enroll(code, "factory-reset");
        if (refused !== undefined) throw new Error(`${device.serial}: ${refused}`);
        return device.serial;
      });
    },
    committed: (method) => {
      const all = (earlier.get(method) ?? 0) + amapi.requests.count(method, "committed");
      const since = all - (before.get(method) ?? 0);
      before.set(method, all);
      return since;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** A token that reeve has made: it believes no other about whose a device is. */
async function tokenOf(house: House, tags: Readonly<Record<string, string>>): Promise<string> {
  const body = { tags, uses: "many" };
  const { qrCode } = await eventually("devices can enroll", () =>
    house.client().post<AndroidEnrollmentView>("/v1/enrollments/android", body),
  );
  return qrCode;
}
