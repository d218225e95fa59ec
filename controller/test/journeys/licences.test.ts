import { expect, test } from "vitest";
import { importContentToken, takeOver, viewContentToken } from "../../loop/content-token.ts";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import type { FakeContentOptions } from "../../simulator/fake-content.ts";
import { listEvents } from "../../store/events.ts";
import type { TestStores } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { type Files, files, organizationWith, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const adamId = "618783545";
const minute = 60_000;
const hour = 60 * minute;

test.each(stores)("on $name a device gets its licence first, and the app then, once each", async (store) => {
  await using house = await licensed(store, 3);
  await house.settle();

  expect(house.content.books.holders(adamId)).toEqual(["SIM-1", "SIM-2", "SIM-3"]);
  for (const name of ["SIM-1", "SIM-2", "SIM-3"]) {
    expect(house.device(name).snapshot().managedApps).toEqual({ [slackId]: "Managed" });
    expect(installs(house, name)).toEqual(["Acknowledged"]);
  }
  // One request for all of them.
  expect(asked(house, "assets/associate")).toEqual([
    { assets: [{ adamId, pricingParam: "STDQ" }], serialNumbers: ["SIM-1", "SIM-2", "SIM-3"] },
  ]);
  expect(await conditions(house)).toEqual(["Ready", "Ready", "Ready"]);
  expect(house.content.complaints).toEqual([]);
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name a licence goes back when its app is gone, and not what others assigned",
  async (store) => {
    await using house = await licensed(store, 2, {
      before: (one) => one.content.books.assign("SIM-2", adamId),
    });
    await house.settle();
    expect(asked(house, "assets/associate")).toMatchObject([{ serialNumbers: ["SIM-1"] }]);
    expect(house.device("SIM-2").snapshot().managedApps).toEqual({ [slackId]: "Managed" });

    house.commit(files({ "policy.yaml": policy("profiles: []"), "slack.yaml": slack() }));
    await house.settle();
    await house.pass(2 * minute, 5_000);
    expect(house.device("SIM-1").snapshot().managedApps).toEqual({});
    expect(house.device("SIM-2").snapshot().managedApps).toEqual({});
    expect(asked(house, "assets/disassociate")).toMatchObject([{ serialNumbers: ["SIM-1"] }]);
    expect(house.content.books.holders(adamId)).toEqual(["SIM-2"]);
    expect((await viewContentToken(house.controller.content)).licences).toEqual({});
  },
);

test.each(stores)(
  "on $name what the removal budget keeps, and what is to be kept, keeps its licence",
  async (store) => {
    await using house = await licensed(store, 2, {
      policies: {
        "a.yaml": policy("apps: [{name: slack, onLeave: keep}]", "a", "devices: [SIM-1]"),
        "b.yaml": policy("apps: [{name: slack}]", "b", "devices: [SIM-2]"),
        ...named("SIM-1", "SIM-2"),
      },
      files: noBudget,
    });
    await house.settle();
    expect(house.content.books.holders(adamId)).toEqual(["SIM-1", "SIM-2"]);
    house.commit(
      files({
        ...named("SIM-1", "SIM-2"),
        "slack.yaml": slack(),
        ...noBudget,
      }),
    );
    await house.settle();
    await house.pass(3 * hour, 10 * minute);
    expect(house.content.books.holders(adamId)).toEqual(["SIM-1", "SIM-2"]);
    expect(asked(house, "assets/disassociate")).toEqual([]);
  },
);

test.each(stores)(
  "on $name a device that leaves management gives its licence back after an hour",
  async (store) => {
    await using house = await licensed(store, 1);
    await house.settle();
    expect(await house.device("SIM-1").user.removeManagement()).toBe(true);
    await house.pass(30 * minute);
    expect(house.content.books.holders(adamId)).toEqual(["SIM-1"]);
    await house.pass(40 * minute);
    expect(house.content.books.holders(adamId)).toEqual([]);
  },
);

test.each(stores)(
  "on $name licences that run out are said with numbers, and asked for again later",
  async (store) => {
    await using house = await licensed(store, 3, { total: 2 });
    await house.settle();
    expect(house.content.books.holders(adamId)).toEqual(["SIM-1", "SIM-2"]);
    expect(installs(house, "SIM-3")).toEqual([]);
    const said = "App/slack: no licences left (2 of 2 used)";
    expect(await conditionOf(house, "SIM-3")).toBe(`Stalled NoLicence ${said}`);
    await house.pass(hour, 5 * minute);
    // Asked again each quarter of an hour, and for nothing that cannot be had.
    expect(asked(house, "assets/associate")).toHaveLength(1);
    house.content.books.assets.set(adamId, { adamId, total: 3 });
    await house.pass(20 * minute);
    expect(await conditionOf(house, "SIM-3")).toMatch(/^Ready/);
  },
);

test.each(stores)(
  "on $name an expired token stalls with its reason, and a new one goes on",
  async (store) => {
    await using house = await licensed(store, 1, { before: (one) => one.content.expireTokens() });
    await house.settle();
    expect(installs(house, "SIM-1")).toEqual([]);
    expect(await conditionOf(house, "SIM-1")).toBe(
      "Stalled NoLicence App/slack: the content token has expired (9621)",
    );
    const before = house.content.requests.length;
    await house.pass(hour, minute);
    // It is asked for every few minutes, and not at every look.
    expect(house.content.requests.length - before).toBeLessThan(40);
    await importContentToken(house.controller.content, house.content.token(), "it", false);
    await house.settle();
    expect(await conditionOf(house, "SIM-1")).toMatch(/^Ready/);
    expect(await said(house, "licences.")).toEqual([
      "licences.resumed: Apps and Books works again",
      "licences.stalled: the content token has expired (9621)",
    ]);
  },
);

test.each(stores)(
  "on $name a location of another MDM is left alone until a person takes it over",
  async (store) => {
    const other = { id: "other-mdm", name: "Other MDM", metadata: "1" };
    await using house = await licensed(store, 1, { before: (one) => one.content.takeOver(other) });
    await house.settle();
    expect(await conditionOf(house, "SIM-1")).toBe(
      "Stalled NoLicence App/slack: the location Berlin is managed by Other MDM",
    );
    expect(asked(house, "assets/associate")).toEqual([]);
    expect(house.content.manager()).toEqual(other);

    await takeOver(house.controller.content, "it-lead");
    await house.settle();
    expect(house.content.manager()).toMatchObject({ name: "Test" });
    expect(await conditionOf(house, "SIM-1")).toMatch(/^Ready/);
    expect(await said(house, "location.")).toEqual([
      "location.taken-over: the location Berlin was taken over from Other MDM",
    ]);
    // The other one takes it back while we have it: nothing is assigned against it.
    house.content.takeOver(other);
    await house.pass(10 * minute);
    expect((await viewContentToken(house.controller.content)).managedBy).toBe("Other MDM");
  },
);

test.each(stores)("on $name 429 and 503 are waited out as long as they say", async (store) => {
  await using house = await licensed(store, 1, {
    before: (one) => {
      one.content.fail("assets/associate", { type: "status", status: 429, number: 9646, retryAfter: 300 });
      one.content.fail("assets", { type: "status", status: 503, retryAfter: 120 });
    },
  });
  await house.settle(2 * minute);
  expect(await conditionOf(house, "SIM-1")).toBe(
    "Reconciling AwaitsLicence App/slack is waiting for its licence",
  );
  await house.pass(9 * minute, 5_000);
  expect(await conditionOf(house, "SIM-1")).toMatch(/^Ready/);
  const times = house.content.requests
    .filter((one) => one.endpoint === "assets/associate")
    .map((one) => one.at);
  expect(times).toHaveLength(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(300_000);
});

test.each(stores)("on $name an event that fails says why, for those that it failed for", async (store) => {
  await using house = await licensed(store, 2, {
    before: (one) =>
      one.content.fail("assets/associate", { type: "event fails", number: 9603, serials: ["SIM-2"] }),
  });
  await house.settle();
  expect(await conditionOf(house, "SIM-1")).toMatch(/^Ready/);
  expect(await conditionOf(house, "SIM-2")).toBe(
    "Stalled NoLicence App/slack: the service has an internal error (9603)",
  );
  await house.pass(20 * minute);
  expect(await conditionOf(house, "SIM-2")).toMatch(/^Ready/);
  expect(asked(house, "assets/associate")).toMatchObject([
    { serialNumbers: ["SIM-1", "SIM-2"] },
    { serialNumbers: ["SIM-2"] },
  ]);
});

test.each(stores)(
  "on $name a lost answer is looked up and not asked for again; a lost request is",
  async (store) => {
    await using lost = await licensed(store, 1, {
      before: (one) => one.content.fail("assets/associate", { type: "answer lost" }),
    });
    await lost.settle();
    await lost.pass(10 * minute, 10_000);
    expect(asked(lost, "assets/associate")).toHaveLength(1);
    expect(await conditionOf(lost, "SIM-1")).toMatch(/^Ready/);

    await using gone = await licensed(store, 1, {
      before: (one) => one.content.fail("assets/associate", { type: "request lost" }),
    });
    await gone.pass(8 * minute, 30_000);
    expect(asked(gone, "assets/associate")).toHaveLength(1);
    expect(gone.content.books.ledger.filter((one) => one.changed)).toHaveLength(1);
    expect(await conditionOf(gone, "SIM-1")).toMatch(/^Ready/);
  },
);

test.each(stores)(
  "on $name without a token nobody is asked, and the device says what is missing",
  async (store) => {
    await using house = await licensed(store, 1, { token: false });
    await house.settle();
    expect(await conditionOf(house, "SIM-1")).toBe(
      "Stalled NoLicence App/slack: no content token: reeve apple content-token import",
    );
    const shown = await viewDeviceDetail(house.looking, "SIM-1");
    expect(shown.condition.reason).toBe("NoLicence");
    expect(house.content.requests).toEqual([]);
  },
);

function named(...serials: string[]): Files {
  return {
    "devices.yaml": serials
      .map(
        (serial) =>
          `apiVersion: reeve/v1\nkind: Device\nmetadata: {name: ${serial.toLowerCase()}}\nspec: {match: {serial: ${serial}}}\n`,
      )
      .join("---\n"),
  };
}

const noBudget: Files = { "org.yaml": organizationWith("budgets: {removals: {devices: 0, percent: 0%}}") };

function slack(): string {
  return `apiVersion: reeve/v1
kind: App
metadata: {name: slack}
spec: {apple: {bundleId: ${slackId}, appStoreId: ${adamId}, license: device}}
`;
}

interface How {
  readonly total?: number;
  readonly content?: Partial<FakeContentOptions>;
  readonly policies?: Files;
  readonly files?: Files;
  readonly token?: boolean;
  readonly before?: (house: Installation) => void;
}

/** Devices that are granted Slack by a licence of their own, before the first licence is asked for. */
async function licensed(stores: TestStores, count: number, how: How = {}): Promise<Installation> {
  const policies = how.policies ?? { "policy.yaml": policy("apps: [{name: slack}]") };
  const house = await install({
    stores,
    files: files({
      ...policies,
      "slack.yaml": slack(),
      ...how.files,
    }),
    devices: Array.from({ length: count }, (_, index) => ({
      serial: `SIM-${index + 1}`,
      platform: "ipados" as const,
      name: `SIM-${index + 1}`,
    })),
    content: { assets: [{ adamId, total: how.total ?? 100 }], ...how.content },
  });
  if (how.token !== false)
    await importContentToken(house.controller.content, house.content.token(), "it", false);
  how.before?.(house);
  await house.enroll();
  return house;
}

function asked({ content }: Installation, endpoint: string): unknown[] {
  return content.requests.filter((one) => one.endpoint === endpoint).map((one) => one.body);
}

function installs(house: Installation, name: string): string[] {
  const all = house.device(name).ledger.of("answered");
  return all.filter((one) => one.requestType === "InstallApplication").map((one) => one.status);
}

async function conditionOf(house: Installation, name: string): Promise<string> {
  const { condition } = await viewDeviceDetail(house.looking, name);
  return `${condition.type} ${condition.reason} ${condition.message}`;
}

async function conditions(house: Installation): Promise<string[]> {
  const { devices } = await viewDevices(house.looking, { limit: 100 }, {});
  return devices.map((one) => one.condition.type);
}

async function said(house: Installation, type: string): Promise<string[]> {
  const events = await listEvents(house.store, { types: [type], limit: 100 });
  return events.map((one) => `${one.type}: ${one.message}`);
}
