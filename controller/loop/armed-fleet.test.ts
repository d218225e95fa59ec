import { expect, test } from "vitest";
import type { Compiled, DeviceEntry } from "../core/compiled.ts";
import type { Facts } from "../core/facts.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { compiledOf, policyOf, useOf } from "../core/test-compiled.ts";
import { armedDevices } from "./armed-fleet.ts";

const code = (attempts: number) =>
  useOf("code", {
    apple: { id: "code", digest: `d${attempts}`, scope: "device", arms: attempts, secrets: [] },
  });
const entry = (more: Partial<DeviceEntry> = {}): DeviceEntry => ({
  name: "one",
  match: { serial: "S1" },
  alias: undefined,
  owner: undefined,
  ownership: undefined,
  tags: {},
  origin: { file: "a.yaml", line: 1, column: 1 },
  ...more,
});
const setOf = (attempts: number, devices: readonly DeviceEntry[] = [entry()]) =>
  compiledOf([policyOf([code(attempts)], { target: { users: new Set(["tim@acme.example"]) } })], { devices });

function devicesOf(owner: string): AdmissionGroup {
  const facts: Facts = Object.fromEntries(
    Object.entries({ platform: "ios", mode: "supervised", osVersion: "26.1", owner }).map(([key, value]) => [
      key,
      { value, source: "asserted" as const },
    ]),
  );
  const nothing = { granted: undefined, observed: undefined, suspended: undefined };
  return { facts: { id: owner, body: facts }, named: [], ...nothing, count: 1 };
}

/** What arms a fleet of Lea's and Tim's devices, of which those that were hers are his after it; and how often it was asked for. */
async function compare(before: Compiled | undefined, after: Compiled) {
  let asked = 0;
  const [lea, tim] = [devicesOf("lea@acme.example"), devicesOf("tim@acme.example")];
  const found = await armedDevices({ before, after, at: 0 }, async () => {
    asked += 1;
    return { channels: [lea, tim], before: (group) => (group === tim ? [tim, lea] : [group]) };
  });
  return { asked, found };
}

const told = (attempts: number) => [
  `Policy/p code lets devices erase themselves after ${attempts} wrong passcodes`,
];

test("a fleet is asked for, once, where something changes that decides whether devices erase themselves", async () => {
  const before = setOf(4);
  expect(await compare(before, setOf(3))).toEqual({ asked: 1, found: told(3) });
  const unasked = { asked: 0, found: [] };
  expect(await compare(undefined, before)).toEqual(unasked);
  expect(await compare(before, before)).toEqual(unasked);
  expect(await compare(before, setOf(4))).toEqual(unasked);
  expect(await compare(compiledOf([]), compiledOf([], { devices: [entry()] }))).toEqual(unasked);
});

test("so it is where manifests assert other things of devices, other than what is for people", async () => {
  const before = setOf(4, [entry(), entry({ name: "two" })]);
  const asked = { asked: 1, found: told(4) };
  const after = (...devices: readonly DeviceEntry[]) => compare(before, setOf(4, devices));
  expect(await after(entry(), entry({ name: "two", owner: "tim@acme.example" }))).toEqual(asked);
  expect(await after(entry(), entry({ name: "two", tags: { site: "rome" } }))).toEqual(asked);
  expect(await after(entry())).toEqual(asked);
  expect(await after(entry(), entry({ name: "two" }), entry({ name: "three" }))).toEqual(asked);
  const records = { asset: { billNumber: "R-1" }, origin: { file: "b.yaml", line: 7, column: 1 } };
  expect(await after(entry(), entry({ name: "two", ...records }))).toEqual({ asked: 0, found: [] });
});
