import { expect, test } from "vitest";
import { resume } from "../../loop/control.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { app, device, type Files, files, group, marker, organizationWith, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const serials = ["SIM-1", "SIM-2", "SIM-3", "SIM-4"];
const devices = serials.map((serial) => ({ serial, platform: "ipados", name: serial }) as const);
const appId = "com.example.notes";

/** A repository that lets one device lose something in an hour. */
function repository(named: Files): Files {
  return files({
    "org.yaml": organizationWith("budgets: {removals: {devices: 1}}"),
    "a.yaml": marker("a"),
    "b.yaml": marker("b"),
    "groups.yaml": [
      group("pads", "match: {platform: ipados}"),
      group("berlin", "match: {tag.site: berlin}"),
    ].join("---\n"),
    "devices.yaml": serials
      .map((serial) => device(serial.toLowerCase(), serial, "tags: {site: berlin}"))
      .join("---\n"),
    ...named,
  });
}

const both = { "policy.yaml": policy("profiles: [{name: a}, {name: b}]", "pads", "groups: [pads]") };
const one = { "policy.yaml": policy("profiles: [{name: a}]", "pads", "groups: [pads]") };

test.each(stores)(
  "on $name what policies disagreed about first leaves within the removal budget",
  async (store) => {
    await using house = await install({ stores: store, files: repository(both), devices });
    await house.enroll();
    await house.settle();

    const rival = policy("profiles: [{name: b, drift: report}]", "rival", "groups: [berlin]");
    house.commit(repository({ ...both, "rival.yaml": rival }));
    await house.settle();
    expect((await status(house)).total.stalled).toBe(4);
    house.commit(repository(one));
    await house.settle();
    expect(holding(house)).toBe(3);
    await house.pass(5 * 3_600_000, 600_000);
    expect(holding(house)).toBe(0);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name what the devices could not have any more first leaves within the removal budget",
  async (store) => {
    const all = (profiles: string, b: string) =>
      repository({ "b.yaml": b, "policy.yaml": policy(`profiles: [${profiles}]`) });
    const two = "{name: a}, {name: b}";
    await using house = await install({ stores: store, files: all(two, marker("b")), devices });
    await house.enroll();
    await house.settle();

    const forMacs = marker("b").replace(
      'com.apple.applicationaccess, content: {reeveTest: "1"}',
      "com.apple.MCX.FileVault2, content: {Enable: On}",
    );
    house.commit(all(two, forMacs));
    await house.settle();
    expect((await status(house)).total.stalled).toBe(4);
    house.commit(all("{name: a}", forMacs));
    await house.settle();
    expect(holding(house)).toBe(3);
  },
);

test.each(stores)(
  "on $name an app whose manifest means another one from now on leaves within the removal budget",
  async (store) => {
    const apps = (id: string, name = "notes", more = "") =>
      repository({ "app.yaml": app(name, id) + more, "policy.yaml": policy(`apps: [{name: ${name}}]`) });
    await using house = await install({ stores: store, files: apps(appId), devices });
    await house.enroll();
    await house.settle();
    expect([having(house, appId), having(house, "com.example.other")]).toEqual([4, 0]);

    house.commit(apps("com.example.other"));
    await house.settle();
    expect([having(house, appId), having(house, "com.example.other")]).toEqual([3, 1]);
    expect((await status(house)).total).toMatchObject({ ready: 1, held: 3 });
    await house.pass(5 * 3_600_000, 600_000);
    expect([having(house, appId), having(house, "com.example.other")]).toEqual([0, 4]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name an app that was to be kept last is kept, also where nobody could tell the device in time",
  async (store) => {
    const apps = (uses: string) =>
      repository({
        "app.yaml": app("notes", appId),
        "policy.yaml": policy(`profiles: [{name: a}]\n${uses}`),
      });
    await using house = await install({ stores: store, files: apps("apps: [{name: notes}]"), devices });
    await house.enroll();
    await house.settle();

    house.push.outcome = { type: "retry" };
    house.commit(apps("apps: [{name: notes, onLeave: keep}]"));
    await house.settle();
    house.commit(apps(""));
    await house.settle();
    house.push.outcome = undefined;
    await house.pass(3 * 3_600_000, 600_000);
    expect(having(house, appId)).toBe(4);
    expect((await status(house)).total.ready).toBe(4);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a policy that loses its devices because a list of users lost its lines freezes removals",
  async (store) => {
    const owners = serials.map((serial) => `${serial.toLowerCase()}@acme.example`);
    const staff = (users: readonly string[], profiles = "{name: a}, {name: b}", target = "") =>
      repository({
        "devices.yaml": serials
          .map((serial, index) => device(serial.toLowerCase(), serial, `owner: ${owners[index]}`))
          .join("---\n"),
        "staff.yaml": `apiVersion: reeve/v1
kind: UserGroup
metadata: {name: staff}
spec: {users: [${users.join(", ")}]}
`,
        "groups.yaml": group("pads", "match: {platform: ipados}"),
        "policy.yaml": policy(`profiles: [${profiles}]`, "staff", `userGroups: [staff]${target}`),
      });
    await using house = await install({ stores: store, files: staff(owners), devices });
    await house.enroll();
    await house.settle();
    expect(holding(house)).toBe(4);

    house.commit(staff(owners.slice(0, 1)));
    await house.settle();
    await house.pass(3 * 3_600_000, 600_000);
    expect(holding(house)).toBe(4);
    expect((await status(house)).latches).toMatchObject([
      { name: "frozen", reason: expect.stringContaining("Policy/staff would go from 4 to 1 devices") },
    ]);

    house.commit(staff(owners));
    await house.settle();
    await resume(house.looking, "removals", undefined, { name: "it-duty" });
    house.commit(staff(owners, "{name: a}", ", exclude: {groups: [pads]}"));
    await house.settle();
    expect((await status(house)).latches).toEqual([]);
    expect(holding(house)).toBe(3);
  },
);

test("what cannot be counted against the budget is not taken", async () => {
  await using house = await install({ stores: pglite, files: repository(both), devices });
  await house.enroll();
  await house.settle();

  await house.store.query("alter table reeve.budget_use add constraint broken check (false) not valid");
  house.commit(repository(one));
  for (let tries = 0; tries < 6; tries++) await house.settle(5_000).catch(() => {});
  await house.world.advance(3_600_000);
  expect(holding(house)).toBe(4);

  await house.store.query("alter table reeve.budget_use drop constraint broken");
  await house.settle();
  expect(holding(house)).toBe(3);
});

function status(house: Installation) {
  return viewStatus(house.looking, { source: "memory", warnings: [] });
}

function holding(house: Installation): number {
  return house.fleet.devices.filter((each) => "reeve.profile.b" in each.snapshot().profiles).length;
}

function having(house: Installation, id: string): number {
  return house.fleet.devices.filter((each) => each.snapshot().managedApps[id] === "Managed").length;
}
