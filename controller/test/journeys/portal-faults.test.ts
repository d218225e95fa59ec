import { expect, test } from "vitest";
import { renderPlan } from "../../cli/render/plan.ts";
import type { SourceTree } from "../../core/source-tree.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { engage } from "../../store/control.ts";
import { listPresent } from "../../store/enrollment-devices.ts";
import { listServers } from "../../store/enrollment-servers.ts";
import { pglite } from "../../store/test-stores.ts";
import { storesOfSuite, testSettings } from "../installation.ts";
import { baseline, type Files } from "../manifests.ts";
import { enrollment, type PortalHouse, portalHouse } from "../portal.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const all = { ...baseline, "ade.yaml": enrollment("all", "all: true") };

/** A folder as `reeve plan` sends it. */
function planned(files: Files): SourceTree {
  const encoded = Object.entries(files).map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  return treeOf(Object.fromEntries(encoded), "planned");
}

async function serials({ house }: PortalHouse): Promise<readonly string[]> {
  return (await listPresent(house.store, "business")).map((one) => one.serial);
}

async function trouble({ house }: PortalHouse): Promise<string | null | undefined> {
  return (await listServers(house.store))[0]?.trouble;
}

test.each(stores)("on $name no device is lost, whatever becomes of a cursor", async (store) => {
  await using portal = await portalHouse({ stores: store, files: all, pageSize: 2 });
  const { house, apple } = portal;
  for (const serial of ["A", "B", "C", "D", "E"]) apple.add(serial);
  // The connection breaks after the service has moved on, and the process dies with the next page in its hands.
  apple.fail({ path: "/server/devices", cut: "after" });
  await portal.look(0);
  expect(await serials(portal)).toEqual([]);
  expect(await trouble(portal)).toContain("does not answer");
  portal.dieAfter("/server/devices");
  await expect(portal.look(2 * minute)).rejects.toThrow("killed");
  expect((await listServers(house.store))[0]).toMatchObject({ cursor: null, phase: "fetch" });
  await portal.look(minute);
  expect(await serials(portal)).toEqual(["A", "B", "C", "D", "E"]);
  expect(await trouble(portal)).toBe(null);

  // What is said late does not count against what is said since; what is said twice counts once.
  apple.remove("B");
  apple.repeat("B", "modified", 60 * minute);
  apple.add("F");
  apple.repeat("F", "modified", 0);
  await portal.look();
  expect(await serials(portal)).toEqual(["A", "C", "D", "E", "F"]);

  for (const code of ["EXPIRED_CURSOR", "INVALID_CURSOR"]) {
    apple.expireCursors(code);
    apple.remove(code === "EXPIRED_CURSOR" ? "C" : "D");
    await portal.look();
  }
  expect(await serials(portal)).toEqual(["A", "E", "F"]);

  for (const serial of ["G", "H", "I"]) apple.add(serial);
  apple.loop(1);
  await portal.look();
  await portal.look();
  expect(await serials(portal)).toEqual(["A", "E", "F", "G", "H", "I"]);
  expect(await portal.said("enrollment-server.looped")).toHaveLength(1);
  expect(apple.complaints).toEqual([]);
});

test.each(stores)("on $name the service may be away, and a person sees why", async (store) => {
  await using portal = await portalHouse({ stores: store, files: all });
  const { apple } = portal;
  apple.add("A");
  await portal.look(0);
  apple.expireSessions();
  apple.add("B");
  await portal.look();
  apple.expireSessions();
  apple.add("C");
  await portal.look();
  expect(await serials(portal)).toEqual(["A", "B", "C"]);
  expect(await trouble(portal)).toBe(null);

  const before = apple.requests.length;
  const answer = { status: 429, body: "TOO_MANY_REQUESTS", headers: { "retry-after": "1800" } };
  apple.fail({ path: "/devices/sync", answer });
  apple.add("D");
  await portal.look();
  expect(await trouble(portal)).toContain("HTTP 429");
  await portal.look(20 * minute);
  expect(apple.requests.length - before).toBe(1);
  await portal.look(20 * minute);
  expect(await serials(portal)).toEqual(["A", "B", "C", "D"]);

  apple.fail({ path: "/devices/sync", answer: { status: 500, body: "<html>no</html>" }, times: 2 });
  await portal.look();
  await portal.look(minute);
  expect(await trouble(portal)).toContain("HTTP 500");
  await portal.look(2 * minute);
  expect(await trouble(portal)).toBe(null);

  apple.terms(false);
  await portal.look();
  expect(await trouble(portal)).toContain("must accept");
  apple.terms(true);
  await portal.look(61 * minute);
  expect(await trouble(portal)).toBe(null);

  apple.revoke();
  await portal.look();
  expect(await trouble(portal)).toContain("import a new one");
  expect(await portal.said("enrollment-server.trouble")).toHaveLength(4);
  expect(await portal.said("enrollment-server.recovered")).toHaveLength(3);
});

test.each(stores)(
  "on $name a profile is defined once for what it holds, and goes to who lacks it",
  async (store) => {
    await using portal = await portalHouse({ stores: store, files: all });
    const { house, apple, asked } = portal;
    for (const serial of ["A", "B", "C", "D"]) apple.add(serial);
    apple.script("B", "THROTTLED", 599.5);
    apple.script("C", "NOT_ACCESSIBLE");
    apple.script("D", "FAILED");
    await portal.look(0);
    expect(await portal.said("enrollment-profile.assigned")).toEqual([
      "AutomatedEnrollment/all at business: 1 assigned, 1 throttled, 1 not accessible, 1 failed",
    ]);
    for (const serial of ["B", "C", "D"]) apple.script(serial, undefined);
    await portal.look(9 * minute);
    expect(apple.devices.get("B")?.profile_uuid).toBe(undefined);
    await portal.look(2 * minute);
    expect(apple.devices.get("B")?.profile_uuid).toBe("PROFILE-1");
    await portal.look(60 * minute);
    expect(apple.devices.get("D")?.profile_uuid).toBe("PROFILE-1");
    await portal.look(24 * 60 * minute);
    expect(apple.devices.get("C")?.profile_uuid).toBe("PROFILE-1");
    const assignments = asked("PUT /profile/devices");
    await portal.look();
    expect([asked("POST /profile"), asked("PUT /profile/devices")]).toEqual([1, assignments]);

    // The plan says how many devices of the portal are set up otherwise.
    const plan = await viewPlan(
      house.looking,
      planned({ ...all, "ade.yaml": enrollment("all", "all: true", "setupAssistant: {skip: [Siri]}") }),
      testSettings,
    );
    expect(plan.enrollments).toEqual([{ manifest: "all", server: "business", devices: 4, what: "profile" }]);
    const look = { now: 0, width: 100, color: false };
    const text = renderPlan(plan, look, { source: "working tree" });
    expect(text).toContain("AutomatedEnrollment/all: 4 devices of business get another enrollment profile");
    expect((await viewPlan(house.looking, planned(all), testSettings)).enrollments).toBe(undefined);
    const left = (await viewPlan(house.looking, planned(baseline), testSettings)).enrollments;
    expect(left).toEqual([{ manifest: "all", server: "business", devices: 4, what: "left" }]);

    // A change goes out at once, and one that changes nothing for Apple goes out never.
    house.commit({ ...all, "ade.yaml": enrollment("all", "all: true", "setupAssistant: {skip: [Siri]}") });
    await portal.look(0);
    await portal.look();
    house.commit({
      ...all,
      "ade.yaml": enrollment("all", "all: true", "tags: {a: b}, setupAssistant: {skip: [Siri]}"),
    });
    await portal.look(0);
    expect([asked("POST /profile"), asked("PUT /profile/devices")]).toEqual([2, assignments + 1]);
    expect([...apple.devices.values()].map((one) => one.profile_uuid)).toEqual(Array(4).fill("PROFILE-2"));

    // Without a manifest everything stays.
    house.commit(baseline);
    await portal.look(0);
    await portal.look();
    expect(asked("DELETE /profile/devices")).toBe(0);
    expect(await house.controller.portals?.standing("business")).toMatchObject({ undeclared: 4, pending: 0 });
    expect(apple.devices.get("A")?.profile_uuid).toBe("PROFILE-2");

    // The kill switch stops all but looking.
    await halt(portal);
    house.commit(all);
    apple.add("E");
    await portal.look();
    expect(await serials(portal)).toContain("E");
    expect([asked("POST /profile"), asked("PUT /profile/devices")]).toEqual([2, assignments + 1]);

    expect(apple.complaints).toEqual([]);
  },
);

async function halt({ house }: PortalHouse): Promise<void> {
  await engage(house.store, { name: "kill-switch", reason: "a test", by: "it-lead", at: house.world.now() });
}

test.each(stores)(
  "on $name a lost answer costs a definition at most, and a lost profile comes back",
  async (store) => {
    await using portal = await portalHouse({ stores: store, files: all });
    const { apple, asked } = portal;
    apple.add("A");
    apple.fail({ path: "/profile", cut: "after" });
    await portal.look(0);
    await portal.look(2 * minute);
    apple.add("B");
    apple.fail({ path: "/profile/devices", cut: "after" });
    await portal.look();
    await portal.look(2 * minute);
    expect([...apple.devices.values()].map((one) => one.profile_uuid)).toEqual(["PROFILE-2", "PROFILE-2"]);
    expect(asked("POST /profile")).toBe(2);

    // Somebody else gives a device another profile, and no change tells of it: all is read once a day.
    const other = apple.devices.get("A");
    if (other !== undefined) other.profile_uuid = "SOMEBODY-ELSES";
    await portal.look();
    expect(other?.profile_uuid).toBe("SOMEBODY-ELSES");
    await portal.look(24 * 60 * minute);
    expect(other?.profile_uuid).toBe("PROFILE-2");

    apple.forgetProfiles();
    apple.add("C");
    await portal.look();
    await portal.look();
    expect(apple.devices.get("C")?.profile_uuid).toBe("PROFILE-1");
  },
);

test("a token that ends is told 60, 30, 14 and 7 days before, once each, and when it has ended", async () => {
  await using portal = await portalHouse({ stores: stores[0] ?? pglite, files: all });
  const day = 24 * 60 * minute;
  for (const days of [304, 1, 1, 30, 16, 7, 7]) await portal.look(days * day);
  const told = await portal.said("enrollment-token.expiring", "enrollment-token.expired");
  expect(told.map((one) => /(ends in \d+ days|ended)/.exec(one)?.[1])).toEqual([
    "ended",
    "ends in 5 days",
    "ends in 12 days",
    "ends in 28 days",
    "ends in 59 days",
  ]);
});
