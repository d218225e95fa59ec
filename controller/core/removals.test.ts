import { describe, expect, test } from "vitest";
import type { GrantedItem } from "./granted.ts";
import { removalDigest } from "./item-state.ts";
import type { Situation } from "./situation.ts";
import {
  app,
  grantedOf,
  hour,
  minute,
  orderOf,
  ownedOf,
  profile,
  progressOf,
  situationOf,
  start,
} from "./test-situation.ts";

const old = profile("old");

/** A device that has what we brought, and is granted these items. */
function having(
  items: readonly GrantedItem[],
  more: Parameters<typeof situationOf>[1] = {},
  brought = old,
): Situation {
  const there = brought.kind === "Profile" ? { [brought.id]: "U-old" } : {};
  const apps = brought.kind === "App" ? { [brought.id]: { status: "Managed" } } : {};
  const observed = { profiles: there, apps, owned: { [brought.key]: ownedOf(brought) } };
  return situationOf(items, { observed, ...more });
}

describe("what a policy lets go", () => {
  test.each([old, app("old")])("is removed: $key", (brought) => {
    expect(orderOf(having([], {}, brought))).toEqual([`remove ${brought.key}`]);
  });

  test.each<[string, Situation]>([
    ["it is to be kept", having([], {}, profile("old", { onLeave: "keep" }))],
    ["its policies disagree", having([], { granted: grantedOf([], { conflicts: [old.key] }) })],
    ["it is wanted under another name", having([profile("new", { id: old.id, uuid: "U-old" })])],
    [
      "the device does not have it",
      having([], { observed: { profiles: {}, apps: {}, owned: { [old.key]: ownedOf(old) } } }),
    ],
    ["nobody knows what is granted", having([], { granted: undefined })],
  ])("stays when %s", (_name, situation) => {
    expect(orderOf(situation).filter((one) => one.startsWith("remove"))).toEqual([]);
  });

  test.each<[string, GrantedItem]>([
    ["under another identifier", profile("old", { id: "corp.new", digest: "d-new", uuid: "U-new" })],
    ["under another name", profile("new", { formerly: ["Profile/older", old.key] })],
    ["by another that came for it", profile("new", { inPlaceOf: [profile("older"), old] })],
  ])("goes only when what replaces it %s is verified", (_name, heir) => {
    expect(orderOf(having([heir]))).toEqual([`install ${heir.key}`]);
    const profiles = { [old.id]: "U-old", [heir.id]: heir.uuid ?? "" };
    const verified = having([heir], { observed: { profiles, apps: {}, owned: { [old.key]: ownedOf(old) } } });
    expect(orderOf(verified)).toEqual([`remove ${old.key}`]);
  });

  test("goes with a new name that its user has removed, where drift is only reported", () => {
    const heir = profile("new", { formerly: [old.key], drift: "report" });
    const observed = {
      profiles: { [old.id]: "U-old" },
      apps: {},
      owned: { [old.key]: ownedOf(old), [heir.key]: ownedOf(heir) },
    };
    expect(orderOf(having([heir], { observed }))).toEqual([`remove ${old.key}`]);
  });

  test("is looked for first when what was seen before counts for nothing any more", () => {
    const observed = { apps: {}, owned: { [old.key]: ownedOf(old) } };
    expect(orderOf(having([], { observed }))[0]).toBe("query profiles");
  });

  test("is looked for first when the last look is an hour old", () => {
    expect(orderOf(having([]), start + hour)).toEqual([`remove ${old.key}`]);
    expect(orderOf(having([]), start + hour + 1)).toEqual(["query profiles"]);
  });

  test("is looked for when it was sent after the last look", () => {
    const sent = having([], { state: { progress: { [old.key]: progressOf(old.digest, "sent") } } });
    expect(orderOf(sent, start)).toEqual([]);
    expect(orderOf(sent, start + 1)).toEqual(["query profiles"]);
  });

  test("is asked about and not removed again when the device has said that it is gone", () => {
    const progress = { [old.key]: progressOf(removalDigest, "acknowledged") };
    expect(orderOf(having([], { state: { progress } }))).toEqual(["query profiles"]);
  });

  test("that the device refuses to remove is looked for before the next try, and tried when its time comes", () => {
    const failed = progressOf(removalDigest, "failed", { retryAt: start + 5 * minute });
    const situation = having([], { state: { progress: { [old.key]: failed } } });
    expect(orderOf(situation, start)).toEqual([]);
    expect(orderOf(situation, start + 1)).toEqual(["query profiles"]);
    expect(orderOf(situation, start + 5 * minute)).toEqual(["query profiles", `remove ${old.key}`]);
    const seen = {
      ...situation,
      state: { ...situation.state, collected: { device: start, profiles: start + 1 } },
    };
    expect(orderOf(seen, start + 2)).toEqual([]);
    expect(orderOf(seen, start + 5 * minute)).toEqual([`remove ${old.key}`]);
  });
});

describe("what was accepted", () => {
  const sent = (kind: "app" | "profile", more: Partial<Situation["state"]>, now: number) => {
    const item = kind === "app" ? app("a") : profile("a");
    const progress = { [item.key]: progressOf(item.digest, "acknowledged") };
    return orderOf(situationOf([item], { state: { progress, ...more } }), now);
  };

  test("is looked for at once", () => {
    expect(sent("app", {}, start)).toEqual(["query managedApps"]);
    expect(sent("profile", {}, start)).toEqual(["query profiles"]);
  });

  test.each([
    ["a second later", 500, 1_000],
    ["after half of the time that has passed", 2 * minute, minute],
    ["after an hour at the most", 10 * hour, hour],
  ])("and, if it is not there yet, again %s", (_name, passed, wait) => {
    const collected = { device: start, managedApps: start + passed };
    expect(sent("app", { collected }, start + passed + wait - 1)).toEqual([]);
    expect(sent("app", { collected }, start + passed + wait)).toEqual(["query managedApps"]);
  });

  test("of two reasons to ask for one section the one that is due counts, and then the more urgent", () => {
    const inventory = {
      name: "i",
      collect: ["profiles" as const],
      every: hour,
      timeZone: "UTC",
      spreadMs: 1,
    };
    const item = profile("a");
    const progress = { [item.key]: progressOf(item.digest, "acknowledged") };
    const situation = situationOf([item, app("b")], {
      granted: grantedOf([item], { inventory: [inventory] }),
      state: { progress },
      acts: [],
    });
    expect(orderOf(situation, start)).toEqual(["query profiles"]);
    const gone = profile("z");
    const both = {
      ...situation,
      observed: { profiles: { [gone.id]: "U" }, apps: {}, owned: { [gone.key]: ownedOf(gone) } },
    };
    expect(orderOf(both, start)).toEqual(["query profiles", `remove ${gone.key}`]);
  });
});
