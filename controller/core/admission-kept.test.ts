import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { CompiledPolicy } from "./compiled.ts";
import type { Desired } from "./desired.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { grantedOf, profile } from "./test-situation.ts";
import { fleetGates } from "./window-gates.ts";

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
  // What kept it before does not any more.
  const frozen = grantedOf([{ ...old, retained: "frozen" }]);
  expect(admit(desiredOf([], {}, [changed]), frozen, open).granted.items).toEqual([old]);
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

const wifi = profile("wifi", { effects: { network: { over: "local", digest: "corp" } } });
const none = { cellular: false, mayGo: new Set<string>() };
const word = { ...none, mayGo: new Set([wifi.key]) };

test("what may cut a device off is told when it is admitted, and what is kept of it with its reason", () => {
  const admitted = (wanted: readonly GrantedItem[], gates: Partial<Gates>) =>
    admit(desiredOf(wanted), grantedOf([wifi]), { ...open, ...gates });
  expect(admitted([], { links: word })).toMatchObject({
    removals: [wifi.key],
    isolating: [wifi.key],
    touchesLinks: true,
  });
  const password = {
    ...wifi,
    digest: "d-2",
    effects: { network: { over: "local", digest: "new" } },
  } as const;
  expect(admitted([password], { links: none })).toMatchObject({
    isolating: [wifi.key],
    touchesLinks: true,
    retained: [],
  });
  const emptied = profile("wifi", { digest: "d-3" });
  const last = "it may be the last network of the device, and allowIsolating does not name it";
  const held = admitted([emptied], { links: none });
  expect(held).toMatchObject({ retained: [{ key: wifi.key, reason: last }], touchesLinks: true });
  expect(held).not.toHaveProperty("isolating");
  // Another guard keeps it: it cuts nobody off, and uses up nothing.
  const frozen = admitted([], { links: word, removalsFrozen: "why" });
  expect(frozen).toMatchObject({ retained: [{ key: wifi.key, reason: "why" }], touchesLinks: true });
  expect(frozen).not.toHaveProperty("isolating");
  for (const field of ["isolating", "touchesLinks", "waiting"])
    expect(admitted([wifi, other], { links: none })).not.toHaveProperty(field);
});

test("whatever guard keeps the last network, one that comes meanwhile does not let it go outside the budget", () => {
  const next = profile("next", { effects: { network: { over: "local", digest: "next" } } });
  const pass = (before: Granted, gates: Partial<Gates>) =>
    admit(desiredOf([next]), before, { ...open, links: none, ...gates });
  for (const guard of [{ removalsFrozen: "why" }, { removalBudget: false }, { isolatingBudget: false }]) {
    const kept = pass(grantedOf([wifi]), guard).granted;
    expect(kept.items.map(({ key, last }) => [key, last])).toEqual([
      [next.key, undefined],
      [wifi.key, true],
    ]);
    expect(pass(kept, { isolatingBudget: false }).removals).toEqual([]);
    const gone = pass(kept, {});
    expect(gone).toMatchObject({ removals: [wifi.key], isolating: [wifi.key] });
    expect(gone.granted.items).toEqual([
      { ...next, inPlaceOf: [expect.objectContaining({ key: wifi.key, id: wifi.id })] },
    ]);
    expect(pass(gone.granted, {}).granted).toEqual(gone.granted);
  }
  // Where another one was there all the time it is a removal like any other; a device waits for that all the same.
  const frozen = pass(grantedOf([next, wifi]), { removalsFrozen: "why" }).granted;
  const free = pass(frozen, { isolatingBudget: false });
  expect([free.removals, free.isolating]).toEqual([[wifi.key], undefined]);
  expect(free.granted.items).toEqual([
    { ...next, inPlaceOf: [expect.objectContaining({ key: wifi.key, id: wifi.id })] },
  ]);
});

test("what went as the last network of a device is known as that, whether it went or has another identifier", () => {
  const next = profile("next", { effects: { network: { over: "local", digest: "next" } } });
  const last = (before: Granted, ...wanted: readonly GrantedItem[]) =>
    admit(desiredOf(wanted), before, { ...open, links: none }).granted.items[0]?.inPlaceOf?.map(
      (one) => one.last,
    );
  expect(last(grantedOf([wifi]), next)).toEqual([true]);
  expect(last(grantedOf([wifi, next]), next)).toEqual([undefined]);
  const moved = { ...wifi, id: "new", digest: "d-2", effects: next.effects ?? {} };
  expect(last(grantedOf([wifi]), moved)).toEqual([true]);
});

test("a network that comes back waits for its budget also when another has come meanwhile", () => {
  const over = (name: string, more: Partial<GrantedItem> = {}) =>
    profile(name, { effects: { network: { over: "local", digest: name } }, ...more });
  const left = over("left");
  const [heir, other] = [over("heir", { inPlaceOf: [left] }), over("other")];
  const back = over("left", { digest: "d-2", effects: { network: { over: "local", digest: "new" } } });
  const pass = (before: Granted, gates: Partial<Gates>) =>
    admit(desiredOf([{ ...heir, digest: "d-h" }, other, back]), before, { ...open, links: none, ...gates });
  let { granted } = pass(grantedOf([heir]), { isolatingBudget: false });
  for (const _again of [1, 2]) {
    expect(granted.withheld).toEqual([{ key: back.key, reason: "isolating budget used up" }]);
    ({ granted } = pass(granted, { isolatingBudget: false }));
  }
  const room = pass(granted, {});
  expect([room.granted.withheld, room.isolating]).toEqual([undefined, [back.key]]);
});

test("what is given under the identifier of a network that left makes it no last one", () => {
  const over = (name: string, more: Partial<GrantedItem> = {}) =>
    profile(name, { effects: { network: { over: "local", digest: name } }, ...more });
  const heir = over("heir", { inPlaceOf: [over("left")] });
  const taking = profile("left", { digest: "d-2" });
  const last = (gates: Partial<Gates>) =>
    admit(desiredOf([heir, taking]), grantedOf([heir]), { ...open, links: none, ...gates })
      .granted.items.find(({ key }) => key === heir.key)
      ?.inPlaceOf?.map((one) => one.last);
  expect(last({})).toEqual([undefined]);
});

test("what waits as something that stays has its name is told, and cuts nobody off", () => {
  const camera = profile("camera");
  const taking = {
    ...camera,
    id: wifi.id,
    digest: "d-2",
    effects: { network: { over: "local", digest: "new" } },
  } as const;
  const pass = (gates: Partial<Gates>) =>
    admit(
      { ...desiredOf([taking]), watching: ["watched"] },
      grantedOf([wifi, { ...camera, policy: "watched" }]),
      {
        ...open,
        links: none,
        ...gates,
      },
    );
  const reason = "Profile/camera, which has its name, stays: its policy is in observe mode";
  const { granted, isolating } = pass({});
  expect([granted.withheld, isolating]).toEqual([[{ key: camera.key, reason }], undefined]);
  expect(granted.items.map(({ key, digest }) => [key, digest])).toEqual([
    [camera.key, camera.digest],
    [wifi.key, wifi.digest],
  ]);
  // Its identifier is that of a network that its policy only watches.
  const [second, desired] = [{ ...taking, key: "Profile/second" }, desiredOf([wifi, taking])];
  const items = desired.items.map((item) => ({ ...item, ...(item.key === wifi.key ? {} : second) }));
  const watched = items.map((item) => ({ ...item, observe: item.key === wifi.key }));
  const found = admit({ ...desired, items: watched }, grantedOf([wifi]), { ...open, links: none });
  expect([found.granted.items, found.isolating]).toEqual([[wifi], undefined]);
  expect(found.granted.withheld?.map(({ key }) => key)).toEqual([second.key]);
});

test("a new item that overrules a network on Android is held back with its reason, and what goes for it stays without a word", () => {
  const onAndroid = (name: string): GrantedItem =>
    profile(name, { effects: { network: { over: "local", digest: name, guids: ["a"] } } });
  const [corp, second] = [onAndroid("corp"), onAndroid("second")];
  const pass = (...wanted: readonly GrantedItem[]) =>
    admit(desiredOf(wanted), grantedOf([corp]), { ...open, links: none, isolatingBudget: false });
  const held = { key: second.key, reason: "isolating budget used up" };
  expect(pass(corp, second)).toMatchObject({
    granted: { items: [corp], withheld: [held] },
    retained: [held],
  });
  expect(pass(second).granted.items).toEqual([{ ...corp, retained: held.reason, last: true }]);
  expect(pass(corp).granted).not.toHaveProperty("withheld");
});

test("what waits for its window is told as waiting and not as kept, whether it changes or leaves", () => {
  const window = { days: ["Mon"], from: "19:00", to: "20:00", timeZone: "UTC" };
  const policies = [{ name: "p", windows: [{ type: "allow", ...window, gates: ["disruptive"] }] }];
  const noon = Date.UTC(2026, 0, 5, 12);
  const windows = fleetGates(policies as unknown as readonly CompiledPolicy[], [noon], noon).of(undefined);
  const gates = { ...open, windows, traits: { platform: "ipados" } };
  const asks = { effects: { disrupts: "its user is asked" } };
  const [changes, leaves] = [profile("changes", asks), profile("leaves", asks)];
  const before = grantedOf([changes, leaves, wifi]);
  const found = admit(desiredOf([{ ...changes, digest: "d-2" }]), before, { ...gates, links: none });
  expect(found.waiting?.map(({ key }) => key)).toEqual([changes.key, leaves.key]);
  expect(found.granted.waiting?.map(({ key }) => key)).toEqual([changes.key, leaves.key]);
  expect(found.granted.items.map(({ key, digest }) => [key, digest])).toEqual(
    [changes, leaves, wifi].map(({ key, digest }) => [key, digest]),
  );
  expect(found.retained.map(({ key }) => key)).toEqual([wifi.key]);
});

test("what guards keep is told beside the apps that they do not let go", () => {
  const store = (mode: string) =>
    profile("store", { kind: "AndroidFragment", digest: mode, unnamed: { playStoreMode: mode } });
  const found = admit(desiredOf([store("WHITELIST")]), grantedOf([old, store("BLACKLIST")]), {
    ...open,
    removalsFrozen: "why",
  });
  expect(found.retained.map(({ key }) => key)).toEqual([old.key, "Profile/store"]);
  expect(found.granted.withheld?.map(({ key }) => key)).toEqual(["Profile/store"]);
});
