import { expect, test } from "vitest";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { organization, policy } from "../test/manifests.ts";
import { approveHold } from "./control.ts";
import { viewHolds, viewReady } from "./view-holds.ts";
import { viewPlan } from "./view-plan.ts";

const files = {
  "organization.yaml": organization,
  "baseline.yaml": policy("profiles: []"),
  "devices.yaml": `apiVersion: reeve/v1
kind: Device
metadata: {name: one}
spec: {match: {serial: SIM-1}, ownership: company}
`,
};

const gone = `apiVersion: reeve/v1
kind: Deprovision
metadata: {name: gone}
spec:
  target: {devices: [one]}
  state: retired
  reason: broken
  expectedDevices: 1
  expiresAt: "2099-01-01T00:00:00Z"
`;

/** Of the one device of this fleet. */
const budget = { used: 0, limit: 1, windowMs: 1_200_000 };

test("a hold says how many persons must approve, before and after the first has", async () => {
  await using house = await install({
    stores: pglite,
    devices: [{ serial: "SIM-1", platform: "ios" }],
    files,
    parts: { approvals: 2 },
  });
  await house.enroll();
  await house.settle();
  const entries = new Map(
    Object.entries({ ...files, "gone.yaml": gone }).map(([path, text]) => [
      path,
      { type: "file" as const, bytes: Buffer.from(text) },
    ]),
  );
  const settings = {
    driftCheckMs: 3_600_000,
    removalCeiling: { devices: 1, share: 1 },
    environment: {},
    folder: undefined,
    fingerprintKey: Buffer.alloc(32),
  };
  const plan = await viewPlan(house.looking, { revision: "next", entries }, settings);
  expect(plan.destructive).toMatchObject([{ act: "Deprovision/gone@1", approvalsNeeded: 2, budget }]);

  house.commit({ ...files, "gone.yaml": gone });
  await house.settle();
  const [before] = await viewHolds(house.looking);
  expect(before).toMatchObject({ approvalsNeeded: 2, approvals: [], budget });
  const first = await approveHold(house.looking, before?.digest ?? "", { name: "ann" }, undefined);
  expect(first.status).toBe("more-approvals-needed");
  const late = { ...house.looking, clock: () => Date.parse("2099-01-01T00:00:00Z") };
  expect(await viewHolds(late)).toMatchObject([{ status: "expired" }]);
  expect(await viewHolds(house.looking)).toMatchObject([{ approvalsNeeded: 2, approvals: [{ by: "ann" }] }]);
  const second = await approveHold(house.looking, before?.digest ?? "", { name: "ben" }, undefined);
  expect(second.status).toBe("ready");
  // What was not sent in time is neither offered for an approval nor said to leave, before anything ends it.
  expect([(await viewReady(house.looking)).length, (await viewReady(late)).length]).toEqual([1, 0]);
});

test("many holds cost as many statements as one", async () => {
  const serials = Array.from({ length: 12 }, (_, index) => `SIM-${index}`);
  const devices = serials.map((serial) => ({ serial, platform: "ios" as const }));
  const owned = (serial: string) =>
    `apiVersion: reeve/v1\nkind: Device\nmetadata: {name: ${serial.toLowerCase()}}\nspec: {match: {serial: ${serial}}, ownership: company}\n`;
  const fleet = { ...files, "devices.yaml": serials.map(owned).join("---\n") };
  await using house = await install({ stores: pglite, devices, files: fleet });
  await house.enroll();
  await house.settle();
  const acts = serials.map((serial) =>
    gone
      .replace("name: gone", `name: gone-${serial.toLowerCase()}`)
      .replace("[one]", `[${serial.toLowerCase()}]`),
  );
  const statementsFor = async (count: number): Promise<number> => {
    house.commit({ ...fleet, "gone.yaml": acts.slice(0, count).join("---\n") });
    await house.settle();
    let statements = 0;
    const store = new Proxy(house.store, {
      get: (target, key) => {
        if (key !== "query") return Reflect.get(target, key);
        return (...given: Parameters<typeof target.query>) => {
          statements++;
          return target.query(...given);
        };
      },
    });
    const views = await viewHolds({ ...house.looking, store });
    expect(views.map(({ devices }) => devices[0]?.ownership)).toEqual(Array(count).fill("company"));
    return statements;
  };
  expect(await statementsFor(12)).toBe(await statementsFor(1));
});

test("of an act on thousands of devices those that wait are listed first, and all are counted", async () => {
  await using house = await install({
    stores: pglite,
    devices: [{ serial: "SIM-1", platform: "ios" }],
    files: { ...files, "gone.yaml": gone },
  });
  await house.enroll();
  await house.settle();
  // As many more as the first, a thousand of them sent already.
  await house.store.query(`
    insert into reeve.device
    select (jsonb_populate_record(d, jsonb_build_object('id', 'c-' || lpad(n::text, 4, '0'), 'serial', 'X' || n, 'udid', 'U' || n))).*
    from reeve.device d, generate_series(1, 2300) n`);
  await house.store.query(`
    insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
    select t.act, 'c-' || lpad(n::text, 4, '0'), t.epoch, t.verb, t.parameters,
      case when n <= 1000 then 'sent' else 'held' end, t.updated_at
    from reeve.act_target t, generate_series(1, 2300) n`);
  const [hold] = await viewHolds(house.looking);
  expect(hold?.count).toEqual({ devices: 2301, waiting: 1301 });
  expect(hold?.devices).toHaveLength(1_000);
  expect(new Set(hold?.devices.map(({ status }) => status))).toEqual(new Set(["held"]));
});
