import { describe, expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { Desired, DesiredItem } from "./desired.ts";
import type { GrantedItem } from "./granted.ts";
import { app, grantedOf, profile } from "./test-situation.ts";

const open: Gates = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };
const frozen: Gates = { ...open, removalsFrozen: "history was rewritten" };
const old = profile("old");

function desiredOf(items: readonly GrantedItem[], more: Partial<Desired> = {}): Desired {
  const origin = { file: "p.yaml", line: 1, column: 1 };
  const wanted: DesiredItem[] = items.map((item) => ({ ...item, origin, observe: false }));
  const none = {
    inventory: [],
    groups: [],
    conflicts: [],
    lifted: [],
    unsupported: [],
    notApplicable: [],
    watching: [],
    watched: [],
  };
  return { ...none, ...more, items: wanted } as unknown as Desired;
}

describe("what leaves a policy", () => {
  test("is a removal, and one that is stopped keeps its content and says why", () => {
    expect(admit(desiredOf([]), grantedOf([old]), open)).toMatchObject({
      removals: [old.key],
      retained: [],
      granted: { items: [] },
    });
    const kept = admit(desiredOf([]), grantedOf([old]), frozen);
    expect([kept.removals, kept.granted.items]).toEqual([
      [],
      [{ ...old, retained: "history was rewritten" }],
    ]);
  });

  test.each<[string, readonly GrantedItem[], GrantedItem]>([
    [
      "has another name by now",
      [profile("new", { id: "corp.new", formerly: ["Profile/older", old.key] })],
      old,
    ],
    ["is wanted under another name with the same identifier", [profile("new", { id: old.id })], old],
    ["has another identifier under its name", [profile("old", { id: "corp.new" })], old],
    ["is to be kept", [], profile("old", { onLeave: "keep" })],
  ])("is no removal when it %s, and no guard keeps it", (_name, items, before) => {
    for (const gates of [open, frozen, { ...open, removalBudget: false }]) {
      const { removals, retained, granted } = admit(desiredOf(items), grantedOf([before]), gates);
      expect([removals, retained]).toEqual([[], []]);
      expect(granted.items.map((item) => item.key)).toEqual(items.map((item) => item.key));
    }
  });

  test("is no removal while its policies disagree, and is one when they only disagree about something else", () => {
    const conflict = (key: string) => ({ conflicts: [{ key, policies: ["a", "b"] }] });
    expect(admit(desiredOf([], conflict(old.key)), grantedOf([old]), open).removals).toEqual([]);
    expect(admit(desiredOf([], conflict("Profile/x")), grantedOf([old]), open).removals).toEqual([old.key]);
  });

  test("is a removal when something of another kind has its identifier", () => {
    const { removals } = admit(desiredOf([app("other", { id: old.id })]), grantedOf([old]), open);
    expect(removals).toEqual([old.key]);
  });

  test("is more than a removal when it was the last network: it stays, whatever takes its identifier", () => {
    const wifi = profile("wifi", { effects: { network: { over: "local", digest: "corp" } } });
    const links = { cellular: false, mayGo: new Set<string>() };
    for (const items of [[], [profile("new", { id: wifi.id })]]) {
      const { granted, retained, touchesLinks } = admit(desiredOf(items), grantedOf([wifi]), {
        ...open,
        links,
      });
      expect(granted.items.map(({ key, digest }) => [key, digest])).toEqual([[wifi.key, wifi.digest]]);
      expect(retained).toMatchObject([{ key: wifi.key, reason: expect.stringContaining("last network") }]);
      expect(touchesLinks).toBe(true);
    }
  });

  test("of a policy that only watches stays, with or without other guards", () => {
    const watching = desiredOf([], { watching: ["p"] });
    expect(admit(watching, grantedOf([old]), open)).toMatchObject({
      removals: [],
      retained: [{ key: old.key }],
    });
    expect(admit(desiredOf([], { watching: ["q"] }), grantedOf([old]), open).removals).toEqual([old.key]);
  });

  test("stays at the first stop of several, and what stays is no other item's loss", () => {
    const both = grantedOf([old, profile("also")]);
    const { removals, granted } = admit(desiredOf([profile("also")]), both, {
      ...frozen,
      removalBudget: false,
    });
    expect(removals).toEqual([]);
    expect(granted.items.map((item) => [item.key, item.retained])).toEqual([
      ["Profile/also", undefined],
      ["Profile/old", "history was rewritten"],
    ]);
  });
});
