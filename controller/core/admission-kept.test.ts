import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { Desired } from "./desired.ts";
import type { GrantedItem } from "./granted.ts";
import { grantedOf, profile } from "./test-situation.ts";

const open: Gates = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };
const origin = { file: "p.yaml", line: 1, column: 1 };
const [old, other] = [profile("old"), profile("other")];

/** What policies want; `observed` are items whose policy only watches. */
function desiredOf(
  items: readonly GrantedItem[],
  more: Partial<Desired> = {},
  observed: readonly GrantedItem[] = [],
): Desired {
  const none = { inventory: [], groups: [], conflicts: [], lifted: [], unsupported: [], watched: [] };
  const wanted = [
    ...items.map((item) => ({ ...item, origin, observe: false })),
    ...observed.map((item) => ({ ...item, origin, observe: true })),
  ];
  return { ...none, items: wanted, notApplicable: [], perUser: [], watching: [], ...more };
}

test("an item of a policy that only watches keeps exactly what was granted, and comes to nobody", () => {
  const changed = { ...old, digest: "d-2" };
  expect(admit(desiredOf([], {}, [changed]), grantedOf([old]), open).granted.items).toEqual([old]);
  expect(admit(desiredOf([], {}, [changed]), grantedOf([other]), open).granted.items).toEqual([]);
  expect(admit(desiredOf([changed]), grantedOf([old]), open).granted.items).toEqual([changed]);
});

test("a stop changes nothing of what guards had noted before", () => {
  const noted = {
    unnamed: { playStoreMode: "BLACKLIST" },
    withheld: [{ key: "App/x", reason: "frozen" }],
    sentWithin: { [old.key]: { windows: [], until: 1 } },
    leftAlone: [other],
    letGo: ["Profile/gone"],
  } as object;
  const stopped = (gates: Partial<Gates>, more: object) =>
    admit(desiredOf([]), grantedOf([old], more), { ...open, ...gates });
  const suspended = stopped({ suspended: "lab", heldBy: ["lab"] }, noted);
  expect(suspended).toMatchObject({ removals: [], retained: [] });
  expect(suspended.granted).toMatchObject({
    ...noted,
    items: [old],
    sends: "queries",
    because: "suspended: lab",
    heldBy: ["lab"],
  });
  const bare = stopped({ observe: true }, {}).granted;
  for (const field of [...Object.keys(noted), "heldBy"]) expect(bare).not.toHaveProperty(field);
  expect(bare.because).toBe("observe");
});

test("what a device cannot have any more is left alone where it stays there, and is a removal where it does not", () => {
  const unsupported = (stays?: boolean) =>
    desiredOf([], {
      unsupported: [{ key: old.key, reason: "no", ...(stays === undefined ? {} : { stays }) }],
    } as never);
  const alone = admit(unsupported(true), grantedOf([old]), open);
  expect([alone.removals, alone.granted.leftAlone]).toEqual([[], [old]]);
  for (const stays of [false, undefined]) {
    const gone = admit(unsupported(stays), grantedOf([old]), open);
    expect([gone.removals, gone.granted.leftAlone]).toEqual([[old.key], undefined]);
  }
});

test("what waits for nothing says so, and what is undecided or only watched is handed on", () => {
  const open_ = admit(desiredOf([old]), grantedOf([]), open);
  expect(open_).not.toHaveProperty("waiting");
  for (const field of ["watched", "undecided", "leftAlone", "letGo"])
    expect(open_.granted).not.toHaveProperty(field);
  const more = { watched: [{ bundleId: "a" }], undecided: [{ policy: "p", groups: ["g"] }] } as never;
  expect(admit(desiredOf([old], more), undefined, open).granted).toMatchObject(more);
});

test("what is let go is named once, in one order, until it is given again", () => {
  const keeping = [profile("b", { onLeave: "keep" }), profile("a", { onLeave: "keep" })];
  const before = grantedOf(keeping, { letGo: ["Profile/z", "Profile/corp.a"] });
  expect(admit(desiredOf([]), before, open).granted.letGo).toEqual([
    "Profile/corp.a",
    "Profile/corp.b",
    "Profile/z",
  ]);
  expect(admit(desiredOf([profile("a")]), before, open).granted.letGo).toEqual([
    "Profile/corp.b",
    "Profile/z",
  ]);
});

test("items stand in the order of their keys, whatever guards keep of them", () => {
  const all = ["c", "a", "b"].map((name) => profile(name));
  const { granted } = admit(desiredOf([profile("d"), ...all.slice(0, 1)]), grantedOf(all), {
    ...open,
    removalsFrozen: "why",
  });
  expect(granted.items.map(({ key }) => key)).toEqual(["a", "b", "c", "d"].map((name) => `Profile/${name}`));
});
