import { expect, test } from "vitest";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import { locationOf } from "../../loop/view-secrets.ts";
import { listCommands } from "../../store/commands.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { app, type Files, files, operation, policy, slackId } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;

test.each(stores)("on $name an update that its user refuses is not taken for done", async (store) => {
  await using house = await install({
    stores: store,
    files: configured("one"),
    devices: [phone("accept")],
  });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.pass(2 * minute, 2_000);
  expect(await conditionOf(house)).toBe("Ready AsDeclared");

  device.user.behave({ prompts: "reject", promptMs: [500, 1_000] });
  // What only an installation can change: its user is asked.
  house.commit(configured("two", ", preventBackup: true"));
  await house.pass(2 * minute, 2_000);
  await house.pass(3 * hour, hour);
  expect(device.snapshot().managedApps).toEqual({ [slackId]: "Managed" });
  expect(device.snapshot().apps[slackId]?.configuration).toEqual({ server: "one" });
  expect(await conditionOf(house)).toBe("Stalled Rejected");

  device.user.behave({ prompts: "accept", promptMs: [500, 1_000] });
  await house.pass(30 * hour, 2 * hour);
  expect(device.snapshot().apps[slackId]?.configuration).toEqual({ server: "two" });
  expect(await conditionOf(house)).toBe("Ready AsDeclared");
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name an app that its user was quicker to install comes under management",
  async (store) => {
    await using house = await install({
      stores: store,
      files: configured("one"),
      devices: [phone("ignore")],
    });
    const device = house.device("SIM-1");
    await house.enroll();
    await house.pass(minute, 5_000);
    expect(device.snapshot().managedApps).toEqual({ [slackId]: "Prompting" });
    expect(device.user.installApp(slackId)).toBe(true);
    device.user.behave({ prompts: "accept", promptMs: [500, 1_000] });
    await house.pass(10 * minute, 5_000);

    expect(device.snapshot().managedApps).toEqual({ [slackId]: "Managed" });
    expect(await conditionOf(house)).toBe("Ready AsDeclared");
    const asked = device.ledger.of("command").filter((one) => one.requestType === "InstallApplication");
    expect(asked).toHaveLength(2);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name a lost tablet says where it is; a Mac is told no such thing", async (store) => {
  await using house = await install({
    stores: store,
    files: files({ "policy.yaml": policy("profiles: []") }),
    devices: [
      { serial: "SIM-1", platform: "ipados", name: "SIM-1" },
      { serial: "SIM-2", platform: "macos", name: "SIM-2" },
    ],
  });
  await house.enroll();
  await house.settle();
  house.commit(
    files({
      "policy.yaml": policy("profiles: []"),
      "lost.yaml": operation("lost", "all: true", "lostMode: {message: Please call}", "  expectedDevices: 2"),
    }),
  );
  await house.settle();
  house.commit(
    files({
      "policy.yaml": policy("profiles: []"),
      "where.yaml": operation("where", "all: true", "locate: {}", "  expectedDevices: 2"),
    }),
  );
  await house.settle();

  const [place] = await listCommands(house.store, { requestType: "DeviceLocation", limit: 5 });
  // Where somebody is stands in no log: sealed, and only as long as the tablet is lost.
  expect(place).toMatchObject({ status: "executed", note: "located: `reeve devices show` has the place" });
  const seen = await viewDeviceDetail(house.looking, "SIM-1", locationOf);
  expect(seen.location).toMatchObject({ latitude: 52.5163, longitude: 13.3777, withinMeters: 65 });
  expect(seen.location?.map).toContain("52.51630/13.37770");
  expect((await viewDeviceDetail(house.looking, "SIM-1")).location).toBeUndefined();
  expect(house.device("SIM-1").snapshot().lost).toEqual({ message: "Please call" });
  expect(
    house
      .device("SIM-2")
      .ledger.of("command")
      .map((one) => one.requestType),
  ).not.toContain("EnableLostMode");
  for (const act of await listActs(house.store, 10)) expect(act).toMatchObject({ statuses: { executed: 1 } });

  const over = operation("over", "devices: [SIM-1]", "endLostMode: {}");
  house.commit(files({ "policy.yaml": policy("profiles: []"), "over.yaml": over }));
  await house.settle();
  expect((await viewDeviceDetail(house.looking, "SIM-1", locationOf)).location).toBeUndefined();
  expect(await house.store.query("select * from reeve.kept")).toEqual([]);
  expect(house.fleet.violations()).toEqual([]);
});

function phone(prompts: "accept" | "ignore") {
  const user = { prompts, promptMs: [500, 1_000] } as const;
  return { serial: "SIM-1", platform: "ios", name: "SIM-1", supervised: false, user } as const;
}

function configured(server: string, more = ""): Files {
  const slack = app("slack", slackId).replace(
    "spec: {apple: {",
    `spec: {apple: {config: {server: ${server}}${more}, `,
  );
  return files({ "slack.yaml": slack, "policy.yaml": policy("apps: [{name: slack}]") });
}

async function conditionOf(house: Installation): Promise<string> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return devices.map((one) => `${one.condition.type} ${one.condition.reason}`).join();
}
