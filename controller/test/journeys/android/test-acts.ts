import { approveHold } from "../../../loop/control.ts";
import { viewHolds } from "../../../loop/view-holds.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { targetsOfActs } from "../../../store/act-targets.ts";
import { listEvents } from "../../../store/events.ts";
import { listActs } from "../../../store/test-acts.ts";
import { pglite } from "../../../store/test-stores.ts";
import {
  type AndroidHouse,
  type AndroidHouseOptions,
  androidHouse,
  type HowArrived,
} from "../../android-house.ts";
import { type Files, operation, organization, policy } from "../../manifests.ts";

export const minute = 60_000;
export const hour = 60 * minute;
/** The value of the secret that acts of the name `password` may use. */
export const canary = "Canary-Pass-4711";

const secret = `apiVersion: reeve/v1
kind: Secret
metadata: {name: unlock}
spec: {provider: env, keys: {password: REEVE_SECRET_UNLOCK}, allow: [Operation/password]}
`;
const base: Files = {
  "org.yaml": organization,
  "camera.yaml":
    "apiVersion: reeve/v1\nkind: Profile\nmetadata: {name: camera}\nspec: {android: {cameraAccess: CAMERA_ACCESS_DISABLED}}\n",
  "policy.yaml": policy("profiles: [{name: camera}]"),
  "phones.yaml":
    "apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: phones}\nspec: {selector: {match: {platform: android}}, trustReported: true}\n",
};

export const fullyManaged: HowArrived = { facts: { ownership: "company" } };
export const companyProfile: HowArrived = {
  usage: "PERSONAL_USAGE_ALLOWED",
  facts: { ownership: "company" },
};
export const personal: HowArrived = {
  usage: "PERSONAL_USAGE_ALLOWED",
  arrival: "in-settings",
  facts: { ownership: "personal" },
};

/** A revision with these acts on the device, by name; `more` is what else their specs say. */
export function acting(acts: Readonly<Record<string, string>>, more = ""): Files {
  const operations = Object.entries(acts).map(([name, act]) => [
    `act-${name}.yaml`,
    operation(name, "groups: [phones]", act, more),
  ]);
  const secrets = JSON.stringify(acts).includes("secret:") ? { "secret.yaml": secret } : {};
  return { ...base, ...secrets, ...Object.fromEntries(operations) };
}

export const quiet = acting({});
/** What an act says that destroys. */
export const one = "  expectedDevices: 1";

/** A reeve with one Android device that has its policy. */
export async function withDevice(
  how: HowArrived,
  options: Partial<AndroidHouseOptions> & { readonly android?: number } = {},
): Promise<AsyncDisposable & { readonly house: AndroidHouse; readonly device: AndroidDevice }> {
  const { android = 15, ...rest } = options;
  const environment = { REEVE_SECRET_UNLOCK: canary };
  const house = await androidHouse({ stores: pglite, files: quiet, environment, ...rest });
  const [device] = await house.arrive([{ android }], how);
  if (device === undefined) throw new Error("nobody came");
  await house.settle();
  house.amapi.requests.clear();
  return { house, device, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

/** The part of each act, by name, as people see it. */
export async function outcomes(house: AndroidHouse): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const act of await listActs(house.store, 50))
    for (const { status, note } of (await targetsOfActs(house.store, [act.id], 100)).get(act.id) ?? [])
      found[act.name.replace(/^\w+\/|@1$/g, "")] = note === undefined ? status : `${status}: ${note}`;
  return found;
}

export async function approve(house: AndroidHouse): Promise<void> {
  const [hold] = await viewHolds(house.looking);
  await approveHold(house.looking, hold?.digest ?? "", { name: "it-duty" }, undefined);
}

const ownWork: ReadonlySet<string> = new Set(["policy-applied", "enrolled", "command", "app-installed"]);

/** What commands did to a device, besides what its policy does. */
export function effects({ ledger }: AndroidDevice): readonly string[] {
  return ledger.entries.map(({ type }) => type).filter((type) => !ownWork.has(type));
}

/** How many commands Google has taken. */
export function issued(house: AndroidHouse): number {
  return house.amapi.requests.count("enterprises.devices.issueCommand", "committed");
}

/** The messages of events of a type, by their subject. */
export async function told(house: AndroidHouse, type: string): Promise<Readonly<Record<string, string>>> {
  const events = (await listEvents(house.store, { limit: 500 })).filter((event) => event.type === type);
  return Object.fromEntries(events.map(({ subject = "", message }) => [subject, message]));
}
