import {
  androidmanagement,
  type androidmanagement_v1,
  auth,
} from "googleapis/build/src/apis/androidmanagement/index.js";
import { type Google, google } from "../android/google.ts";
import { throttle } from "../android/throttle.ts";
import { enrollmentData } from "../loop/android/enrollment-data.ts";
import type { PushSettings } from "../loop/android/pushed-events.ts";
import { enrollmentPolicy } from "../loop/android/sync-policies.ts";
import { viewDevices } from "../loop/view-devices.ts";
import type { DevicesView, DeviceView } from "../loop/views.ts";
import type { AndroidDevice } from "../simulator/amapi/device/android-device.ts";
import { type Amapi, type AmapiOptions, startAmapi } from "../simulator/amapi/emulator.ts";
import type { Arrival } from "../simulator/amapi/google/enroll.ts";
import type { NewMachine } from "../simulator/amapi/new-machine.ts";
import { virtualWorld } from "../simulator/world.ts";
import { newTokenId, rememberToken, tokenMade } from "../store/android-tokens.ts";
import { type Installation, type InstallationOptions, install } from "./installation.ts";

/** A whole reeve with an emulated enterprise of Google's, reached by the client of production over real HTTP. */
export interface AndroidHouse extends Omit<Installation, "content" | "replace"> {
  /** The emulator that runs now, or that ran last. */
  readonly amapi: Amapi;
  readonly enterprise: string;
  /** Google's client, for looking over reeve's shoulder. */
  readonly am: androidmanagement_v1.Androidmanagement;
  /** Devices that come out of their boxes and enroll. */
  readonly arrive: (devices: readonly NewMachine[], how?: HowArrived) => Promise<readonly AndroidDevice[]>;
  /** How reeve sees all devices. */
  readonly list: () => Promise<DevicesView>;
  /** How reeve sees a device. */
  readonly view: (serial: string) => Promise<DeviceView>;
  /**
   * Reeve begins anew over its store, or with other parts; of the one before nothing runs on, when its client of
   * Google's is dead.
   */
  readonly restart: (parts?: InstallationOptions["parts"]) => Promise<void>;
  /** Google is gone, with whatever it was answering, and its devices with it. */
  readonly stopGoogle: () => Promise<void>;
  /** Google is back under its address, with the state that it had. */
  readonly startGoogle: () => Promise<void>;
}

/** How devices are managed, and what their enrollment asserts. */
export interface HowArrived {
  readonly usage?: Usage;
  readonly arrival?: Arrival;
  readonly facts?: Readonly<Record<string, string>>;
  /** The token is one that reeve does not remember; what goes with it was copied from one of reeve's. */
  readonly foreign?: boolean;
  /** These enroll once more, and no new ones. */
  readonly again?: readonly AndroidDevice[];
}
type Usage = "PERSONAL_USAGE_ALLOWED" | "PERSONAL_USAGE_DISALLOWED" | "PERSONAL_USAGE_DISALLOWED_USERLESS";

export const workProfile: HowArrived = { usage: "PERSONAL_USAGE_ALLOWED", arrival: "in-settings" };

export interface AndroidHouseOptions extends Omit<InstallationOptions, "world" | "devices"> {
  readonly devices?: InstallationOptions["devices"];
  readonly knobs?: AmapiOptions["knobs"];
  /** The emulator may have to complain about what this test does. */
  readonly complains?: boolean;
  readonly readEveryMs?: number;
  /** Stands between reeve and its client of Google's. */
  readonly between?: (google: Google) => Google;
  /** Events are subscribed to in this project; nothing takes them by itself. */
  readonly project?: string;
  /** Events are pushed to the device plane. */
  readonly push?: PushSettings;
}

/** Opens it with an enterprise that has no devices yet, settled once: the policy for enrollments is there. */
export async function androidHouse(options: AndroidHouseOptions): Promise<AndroidHouse> {
  const world = virtualWorld();
  const emulated = { world, ...(options.knobs === undefined ? {} : { knobs: options.knobs }) };
  let amapi = await startAmapi(emulated);
  const { rootUrl } = amapi;
  const enterprise = amapi.enterprise();
  const complaints = new Set<readonly string[]>([amapi.complaints]);
  const between = options.between ?? ((client: Google) => client);
  const androidParts = () => ({
    google: between(
      google({
        access: { type: "emulator", rootUrl },
        throttle: throttle({
          quota: { calls: 1_000, perMs: 100_000 },
          clock: world.now,
          // Who waits for the quota lets time pass: nothing else does, in a round.
          wait: (ms) => world.advance(ms),
        }),
      }),
    ),
    enterprise,
    readEveryMs: options.readEveryMs ?? 60_000,
    project: options.project,
    push: options.push,
  });
  const house = await install({
    ...options,
    devices: options.devices ?? [],
    world,
    parts: { ...options.parts, android: androidParts() },
  });
  const token = new auth.OAuth2();
  token.setCredentials({ access_token: "test" });
  const am = androidmanagement({ version: "v1", rootUrl, retry: false, auth: token });
  await house.settle();

  async function arrive(
    machines: readonly NewMachine[],
    how: HowArrived = {},
  ): Promise<readonly AndroidDevice[]> {
    const { usage = "PERSONAL_USAGE_DISALLOWED", arrival = "factory-reset", facts = {} } = how;
    const id = newTokenId();
    const made = await am.enterprises.enrollmentTokens.create({
      parent: enterprise,
      requestBody: {
        policyName: `${enterprise}/policies/${enrollmentPolicy}`,
        allowPersonalUsage: usage,
        additionalData: enrollmentData({ sealer: house.store.sealer, enterprise }, { id, facts }),
      },
    });
    if (how.foreign !== true) {
      await rememberToken(house.store, {
        id,
        label: "",
        oneTime: false,
        usage,
        link: undefined,
        expiresAt: world.now() + 3_600_000,
        by: "it-duty",
        createdAt: world.now(),
      });
      await tokenMade(house.store, id, String(made.data.name));
    }
    const arrived = how.again ?? machines.map((one) => amapi.device(one));
    for (const device of arrived) {
      const refused = device.enroll(String(made.data.qrCode), arrival);
      if (refused !== undefined) throw new Error(`${device.serial}: ${refused}`);
    }
    await house.pass(120_000, 30_000);
    return arrived;
  }

  const list = () => viewDevices(house.looking, { limit: 10_000 }, { enrollment: "all" });
  const { store, fleet, device, commit, enroll, settle, pass, push, transport, looking } = house;
  return {
    get controller() {
      return house.controller;
    },
    store,
    world,
    fleet,
    device,
    commit,
    enroll,
    settle,
    pass,
    push,
    transport,
    looking,
    get amapi() {
      return amapi;
    },
    enterprise,
    am,
    arrive,
    list,
    view: async (serial) => {
      const { devices } = await list();
      const found = devices.filter((one) => one.serial === serial);
      if (found[0] === undefined || found.length > 1)
        throw new Error(`${found.length} devices are ${serial}`);
      return found[0];
    },
    restart: (parts) => house.replace({ ...parts, android: androidParts() }),
    stopGoogle: () => amapi.close(),
    startGoogle: async () => {
      const state = amapi.exportState();
      amapi = await startAmapi({ ...emulated, state, port: Number(new URL(rootUrl).port) });
      complaints.add(amapi.complaints);
    },
    [Symbol.asyncDispose]: async () => {
      await house[Symbol.asyncDispose]();
      await amapi.close();
      const complained = [...complaints].flat();
      if (options.complains !== true && complained.length > 0)
        throw new Error(`the emulator complains:\n${complained.join("\n")}`);
    },
  };
}
