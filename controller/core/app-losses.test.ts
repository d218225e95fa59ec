import { describe, expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { Desired, DesiredItem } from "./desired.ts";
import type { Granted, GrantedItem, UnnamedApps } from "./granted.ts";
import { otherApps } from "./losses.ts";
import { grantedOf, profile } from "./test-situation.ts";

const open: Gates = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };
const full: Gates = { ...open, removalBudget: false };
const origin = { file: "p.yaml", line: 1, column: 1 };

function app(name: string, wish: NonNullable<GrantedItem["wish"]> = "required", priority = 100): GrantedItem {
  const id = wish === "blocked" ? `blocked:com.${name}` : `com.${name}`;
  const { uuid: _uuid, ...rest } = profile(name, { id, wish, priority, digest: `${name}-${wish}` });
  return { ...rest, key: `App/${name}`, kind: "AndroidApp" };
}

function fragment(name: string, unnamed: UnnamedApps, priority = 100): GrantedItem {
  const { uuid: _uuid, ...rest } = profile(name, { unnamed, priority, digest: JSON.stringify(unnamed) });
  return { ...rest, kind: "AndroidFragment" };
}

function desiredOf(items: readonly GrantedItem[], more: Partial<Desired> = {}): Desired {
  const none = { inventory: [], groups: [], conflicts: [], lifted: [], unsupported: [], watched: [] };
  const wanted = items.map((item): DesiredItem => ({ ...item, origin, observe: false }));
  return { ...none, items: wanted, notApplicable: [], perUser: [], watching: [], ...more };
}

const blacklist = fragment("store", { playStoreMode: "BLACKLIST" });
const whitelist = fragment("store", { playStoreMode: "WHITELIST" });
const kept = fragment("store", { uninstallAppsDisabled: true });
const silent = fragment("store", {});

describe("apps that a policy does not name", () => {
  test.each<[string, readonly GrantedItem[], readonly GrantedItem[], readonly string[]]>([
    ["go when a profile says so", [blacklist], [whitelist], [otherApps]],
    ["go when a profile says nothing of them any more", [blacklist], [silent], [otherApps]],
    ["go with the profile that let them be", [blacklist], [], ["Profile/store", otherApps]],
    [
      "go when another profile of a higher priority says so",
      [blacklist],
      [blacklist, fragment("shut", { playStoreMode: "WHITELIST" }, 200)],
      [otherApps],
    ],
    ["go when the profile that kept them from users stops", [kept], [silent], [otherApps]],
    [
      "stay when a profile of a lower priority says otherwise",
      [blacklist],
      [blacklist, fragment("shut", { playStoreMode: "WHITELIST" }, 50)],
      [],
    ],
    ["stay where they were not before", [silent], [whitelist], []],
    ["stay when they come to be let", [whitelist], [blacklist], []],
  ])("%s, and that is a removal", (_, before, after, removals) => {
    expect(admit(desiredOf(after), grantedOf(before), open).removals).toEqual(removals);
  });

  test("stay while the budget has no room, whatever else of the profile comes", () => {
    const changed = { ...whitelist, digest: "and the camera" };
    const held = admit(desiredOf([changed]), grantedOf([blacklist]), full);
    expect(held.removals).toEqual([]);
    expect(held.granted).toMatchObject({
      items: [{ key: "Profile/store", digest: "and the camera" }],
      unnamed: { playStoreMode: "BLACKLIST" },
    });
    expect(held.retained).toEqual([
      { key: "Profile/store", reason: "apps that the policy does not name stay: removal budget used up" },
    ]);
    // And so until it has: then it is counted, once.
    const still = admit(desiredOf([changed]), held.granted, full);
    expect(still.granted).toEqual(held.granted);
    const free = admit(desiredOf([changed]), held.granted, open);
    expect([free.removals, free.granted.unnamed, free.granted.withheld]).toEqual([
      [otherApps],
      undefined,
      undefined,
    ]);
    expect(admit(desiredOf([changed]), free.granted, open).removals).toEqual([]);
  });

  test("stay while the device is suspended or only watched", () => {
    const held = admit(desiredOf([whitelist]), grantedOf([blacklist]), full);
    for (const gates of [
      { ...open, suspended: "a case" },
      { ...open, observe: true },
    ]) {
      const { granted, removals } = admit(desiredOf([whitelist]), held.granted, gates);
      expect([granted.unnamed, granted.sends, removals]).toEqual([
        { playStoreMode: "BLACKLIST" },
        "queries",
        [],
      ]);
    }
  });

  test("go from a device that had somebody else's policy, when the budget lets them; until then it keeps that", () => {
    const foreign = { ...full, foreign: true };
    for (const before of [undefined, admit(desiredOf([]), undefined, { ...open, observe: true }).granted]) {
      const held = admit(desiredOf([app("a")]), before, foreign).granted;
      expect(held).toMatchObject({ sends: "queries", because: "removal budget used up" });
      const free = admit(desiredOf([app("a")]), held, { ...open, foreign: true });
      expect(free.removals).toEqual([otherApps]);
      expect(admit(desiredOf([app("a")]), free.granted, { ...open, foreign: true }).removals).toEqual([]);
    }
  });
});

describe("an app that is blocked", () => {
  const byOther = { ...app("ban", "blocked", 200), id: "blocked:com.a" };

  test.each<[string, readonly GrantedItem[], readonly GrantedItem[], readonly string[]]>([
    ["by its own policy", [app("a")], [app("a", "blocked")], ["App/a"]],
    ["by another App of the same package", [app("a")], [app("a"), byOther], ["App/ban"]],
    ["where users could install it", [blacklist], [blacklist, app("b", "blocked")], ["App/b"]],
    ["where nobody could, costs nothing", [silent], [silent, app("b", "blocked")], []],
    [
      "and was so before, costs nothing",
      [blacklist, app("b", "blocked")],
      [blacklist, app("b", "blocked")],
      [],
    ],
    ["below one that wants it, stays", [app("a")], [app("a"), { ...byOther, priority: 50 }], []],
  ])("%s", (_, before, after, removals) => {
    const { granted } = admit(desiredOf(after), grantedOf(before), open);
    expect(admit(desiredOf(after), grantedOf(before), open).removals).toEqual(removals);
    expect(granted.items.map((item) => item.key)).toEqual(after.map((item) => item.key).sort());
    const held = admit(desiredOf(after), grantedOf(before), full);
    expect([held.removals, held.retained.map((one) => one.key)]).toEqual([[], removals]);
    expect(losses(grantedOf(before), held.granted)).toEqual([]);
  });
});

/** What goes although the guard said no. */
function losses(before: Granted, after: Granted): readonly string[] {
  return admit(desiredOf(after.items), before, open).removals;
}
