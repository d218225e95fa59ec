import {
  androidmanagement,
  type androidmanagement_v1,
  auth,
} from "googleapis/build/src/apis/androidmanagement/index.js";
import { pubsub, type pubsub_v1 } from "googleapis/build/src/apis/pubsub/index.js";
import { afterEach, expect } from "vitest";
import { type VirtualWorld, virtualWorld } from "../world.ts";
import type { AndroidDevice } from "./device/android-device.ts";
import { type Amapi, type AmapiOptions, startAmapi } from "./emulator.ts";
import type { Arrival } from "./google/enroll.ts";
import type { NewMachine } from "./new-machine.ts";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

type Google = { readonly am: androidmanagement_v1.Androidmanagement; readonly ps: pubsub_v1.Pubsub };

export type Bed = Google & {
  readonly world: VirtualWorld;
  readonly amapi: Amapi;
  readonly enterprise: string;
  /** A policy by its id; the full name of it. */
  policy(id: string, body: androidmanagement_v1.Schema$Policy): Promise<string>;
  /** A device that has enrolled with a token of its own for a policy. */
  enrolled(options?: NewMachine & Enrolling): Promise<AndroidDevice>;
  record(device: AndroidDevice): Promise<androidmanagement_v1.Schema$Device>;
  /** Issues a command and lets the device do it; the operation as it is then. */
  command(
    device: AndroidDevice,
    command: androidmanagement_v1.Schema$Command,
  ): Promise<androidmanagement_v1.Schema$Operation>;
};

export type Enrolling = { readonly policy?: string; readonly usage?: Usage; readonly arrival?: Arrival };
type Usage = "PERSONAL_USAGE_ALLOWED" | "PERSONAL_USAGE_DISALLOWED" | "PERSONAL_USAGE_DISALLOWED_USERLESS";

/** How a device enrolls to be managed so. */
export const FULLY_MANAGED: Enrolling = { usage: "PERSONAL_USAGE_DISALLOWED", arrival: "factory-reset" };
export const WORK_PROFILE: Enrolling = { usage: "PERSONAL_USAGE_ALLOWED", arrival: "in-settings" };
export const COMPANY_WORK_PROFILE: Enrolling = { usage: "PERSONAL_USAGE_ALLOWED", arrival: "factory-reset" };

const open: Amapi[] = [];
/** What a test expects the emulator to have to complain about. */
const expected = new WeakSet<Amapi>();

afterEach(async () => {
  const all = open.splice(0);
  for (const amapi of all) await amapi.close();
  for (const amapi of all) if (!expected.has(amapi)) expect(amapi.complaints).toEqual([]);
});

/** The clients of production, at the address of an emulator. They never repeat a request by themselves. */
export function clientsOf(rootUrl: string, token = "emulated"): Google {
  const client = new auth.OAuth2();
  client.setCredentials({ access_token: token });
  // Each client takes the version out of its options, so that they cannot share them.
  const options = () => ({ version: "v1", auth: client, rootUrl, retry: false }) as const;
  return { am: androidmanagement(options()), ps: pubsub(options()) };
}

/** An emulator on a virtual clock with one enterprise, closed after the test, which has to be in order. */
export async function bed(options: Partial<AmapiOptions> & { complains?: boolean } = {}): Promise<Bed> {
  const { complains, ...rest } = options;
  const world = (rest.world ?? virtualWorld()) as VirtualWorld;
  const amapi = await startAmapi({ ...rest, world });
  open.push(amapi);
  if (complains === true) expected.add(amapi);
  const google = clientsOf(amapi.rootUrl);
  const enterprise = [...amapi.kept.enterprises.keys()][0] ?? amapi.enterprise();
  const { devices, policies, enrollmentTokens } = google.am.enterprises;
  return {
    ...google,
    world,
    amapi,
    enterprise,
    async policy(id, requestBody) {
      const name = `${enterprise}/policies/${id}`;
      await policies.patch({ name, requestBody });
      return name;
    },
    async enrolled({
      policy,
      usage = "PERSONAL_USAGE_DISALLOWED",
      arrival = "factory-reset",
      ...machine
    } = {}) {
      const requestBody = {
        allowPersonalUsage: usage,
        ...(policy === undefined ? {} : { policyName: policy }),
      };
      const token = await enrollmentTokens.create({ parent: enterprise, requestBody });
      const device = amapi.device(machine);
      expect(device.enroll(String(token.data.qrCode), arrival)).toBeUndefined();
      await world.advance(MINUTE);
      return device;
    },
    record: async (device) =>
      (await devices.get({ name: device.name ?? device.machine.names.at(-1) ?? "" })).data,
    async command(device, requestBody) {
      const { data } = await devices.issueCommand({ name: device.name ?? "", requestBody });
      await world.advance(MINUTE);
      return (await devices.operations.get({ name: data.name ?? "" })).data;
    },
  };
}

/** What Google's error says: `400 INVALID_ARGUMENT text`. */
export async function errorOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    const { response } = error as {
      response?: { status: number; data: { error?: { status: string; message: string } } };
    };
    if (response === undefined) return `no answer`;
    return `${response.status} ${response.data.error?.status} ${response.data.error?.message}`;
  }
  return "no error";
}
