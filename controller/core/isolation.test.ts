import { expect, test } from "vitest";
import type { Effects } from "./effects.ts";
import type { GrantedItem } from "./granted.ts";
import { holdLinkChanges, holdLinkRemovals, isolatingBudgetUsed } from "./isolation.ts";

function item(name: string, digest: string, effects?: Effects): GrantedItem {
  return {
    key: `Profile/${name}`,
    kind: "Profile",
    id: name,
    digest,
    drift: "correct",
    install: "required",
    onLeave: "remove",
    policy: "p",
    after: [],
    ...(effects === undefined ? {} : { effects }),
  };
}

const over = (digest: string): Effects => ({ network: { over: "local", digest } });
const wifi = item("wifi", "w1", over("corp"));
const root = item("root", "r1", { trust: "ca" });
const none = { cellular: false, mayGo: new Set<string>() };
const word = { cellular: false, mayGo: new Set(["Profile/wifi", "Profile/root"]) };

test.each([
  ["is not known to be saved by anything", undefined, [wifi], false],
  ["has no SIM", none, [wifi], false],
  ["has a SIM", { ...none, cellular: true }, [wifi], true],
  ["keeps another network", none, [wifi, item("guests", "g", over("guests"))], true],
  ["is named by the word", word, [wifi], true],
] as const)("the network of a device that %s", (_name, links, earlier, goes) => {
  const items = earlier.slice(1);
  const found = holdLinkRemovals([wifi], { earlier, items }, links === undefined ? {} : { links });
  expect(found.reasons.has("Profile/wifi")).toBe(!goes);
});

test("what the word lets go counts in the budget, and waits where that is used up; what cuts nobody off does not", () => {
  const around = { earlier: [wifi, item("camera", "c")], items: [] };
  const gone = (leaving: readonly GrantedItem[], guards: Parameters<typeof holdLinkRemovals>[2]) =>
    holdLinkRemovals(leaving, around, guards);
  expect(gone([wifi], { links: word })).toEqual({
    reasons: new Map(),
    isolating: ["Profile/wifi"],
    last: new Set(["Profile/wifi"]),
  });
  expect(gone([wifi], { links: word, isolatingBudget: false })).toEqual({
    reasons: new Map([["Profile/wifi", isolatingBudgetUsed]]),
    isolating: [],
    last: new Set(["Profile/wifi"]),
  });
  expect(gone([wifi], { links: none })).toMatchObject({ isolating: [], last: new Set(["Profile/wifi"]) });
  for (const leaving of [[], [item("camera", "c")]])
    expect(gone(leaving, { links: none })).toEqual({ reasons: new Map(), isolating: [], last: new Set() });
});

test("two networks that leave together do not save each other, and trust is not saved by a SIM", () => {
  const other = item("guests", "g", over("guests"));
  const both = holdLinkRemovals([wifi, other], { earlier: [wifi, other], items: [] }, { links: none });
  expect([...both.reasons.keys()]).toEqual(["Profile/wifi", "Profile/guests"]);
  const links = { ...none, cellular: true };
  expect(holdLinkRemovals([root], { earlier: [root], items: [] }, { links }).reasons.size).toBe(1);
  const copy = item("copy", "c", { trust: "ca" });
  expect(holdLinkRemovals([root], { earlier: [root, copy], items: [copy] }, { links }).reasons.size).toBe(0);
});

test("another network needs room in the budget, what empties a profile needs the word, and what stays alike neither", () => {
  const change = (after: GrantedItem, guards = {}) =>
    holdLinkChanges([after], [wifi], { links: none, ...guards });
  const password = item("wifi", "w2", over("corp2"));
  expect(change(password)).toMatchObject({ isolating: ["Profile/wifi"], kept: [] });
  expect(change(password, { isolatingBudget: false })).toMatchObject({
    items: [{ digest: "w1", retained: isolatingBudgetUsed }],
    kept: [{ key: "Profile/wifi", reason: isolatingBudgetUsed }],
    isolating: [],
    touches: true,
  });
  const emptied = item("wifi", "w3");
  expect(change(emptied).items).toMatchObject([{ digest: "w1", retained: expect.stringContaining("last") }]);
  expect(change(emptied, { links: word })).toMatchObject({ isolating: ["Profile/wifi"], kept: [] });
  const renamed = { ...item("new", "w3"), formerly: ["Profile/wifi"] };
  expect(change(renamed).items).toMatchObject([{ key: "Profile/wifi", digest: "w1" }]);
  expect(change(item("wifi", "w4", over("corp")))).toMatchObject({ isolating: [], touches: false });
  // A version that tells networks apart otherwise changes no content.
  expect(change(item("wifi", "w1", over("corp, told otherwise")))).toMatchObject({ touches: false });
});

test("what is new, or touches no network, is nobody's last one", () => {
  const camera = item("camera", "c");
  const items = [item("camera", "c2", over("more")), item("new", "n", over("new")), wifi];
  const found = holdLinkChanges(items, [camera, wifi], { links: none });
  expect(found).toEqual({ items, kept: [], withheld: [], isolating: [], touches: false });
});

test("what comes for the network of another item on Android needs room in the budget and no word: new or changed, it waits", () => {
  const onAndroid = (name: string, digest: string, guid = "a"): GrantedItem =>
    item(name, digest, { network: { over: "local", digest, guids: [guid] } });
  const [corp, other] = [onAndroid("corp", "right"), onAndroid("other", "mistyped")];
  const full = { links: none, isolatingBudget: false };
  expect(holdLinkChanges([corp, other], [corp], { links: none })).toEqual({
    items: [corp, other],
    kept: [],
    withheld: [],
    isolating: [other.key],
    touches: true,
  });
  expect(holdLinkChanges([corp, other], [corp], full)).toEqual({
    items: [corp],
    kept: [{ key: other.key, reason: isolatingBudgetUsed }],
    withheld: [{ ...other, retained: isolatingBudgetUsed }],
    isolating: [],
    touches: true,
  });
  const camera = item("other", "camera");
  expect(holdLinkChanges([corp, other], [corp, camera], full).items).toEqual([
    corp,
    { ...camera, retained: isolatingBudgetUsed, last: true },
  ]);
  // Also where both come with other content, and not where it is there already.
  const both = [onAndroid("corp", "next"), other];
  expect(holdLinkChanges(both, [corp, camera], full).items).toMatchObject([{ digest: "right" }, camera]);
  expect(holdLinkChanges([corp, other], [corp, other], full).touches).toBe(false);
});

test("each of networks and trust that a profile loses needs the word, and another in its place does not", () => {
  const both = item("both", "b1", { ...over("corp"), trust: "ca" });
  const given = (effects: Effects | undefined, old = both) =>
    holdLinkChanges([item(old.id, "next", effects)], [old], { links: none }).kept.map(({ key }) => key);
  expect(given({ ...over("corp2"), trust: "ca2" })).toEqual([]);
  const two = holdLinkChanges([item("wifi", "w2", over("x")), item("root", "r2")], [wifi, root], {
    links: none,
  });
  expect(two).toMatchObject({ isolating: ["Profile/wifi"], kept: [{ key: "Profile/root" }], touches: true });
  expect(given(over("corp2"))).toEqual(["Profile/both"]);
  expect(given({ trust: "ca2" })).toEqual(["Profile/both"]);
  expect(given({ trust: "ca2" }, root)).toEqual([]);
  expect(given(undefined, root)).toEqual(["Profile/root"]);
});

test("a profile takes the place of the one with its identifier, whatever its name", () => {
  const change = (...items: readonly GrantedItem[]) => holdLinkChanges(items, [wifi], { links: none });
  const replacing = { ...item("other", "o"), id: wifi.id };
  expect(change(replacing)).toMatchObject({
    items: [{ key: "Profile/wifi", digest: "w1" }],
    kept: [{ key: "Profile/wifi" }],
  });
  // The network goes on under another name: what has its old name now takes nothing away.
  const emptied = { ...item("wifi", "w5"), id: "another" };
  const moved = { ...replacing, effects: over("corp") };
  expect(change(moved, emptied)).toMatchObject({ kept: [], touches: false });
  expect(change(emptied)).toMatchObject({ kept: [{ key: "Profile/wifi" }] });
  // An app of that identifier is something else.
  expect(change({ ...replacing, kind: "App" })).toMatchObject({ kept: [], touches: false });
});

test("where one stays under its name, another item of that name waits, and so does what would take that one's place", () => {
  const keys = (items: readonly GrantedItem[], earlier: readonly GrantedItem[], guards = {}) => {
    const found = holdLinkChanges(items, earlier, { links: none, ...guards });
    return [
      found.items.map(({ key, id, digest }) => `${key} ${id} ${digest}`),
      found.kept.map(({ key }) => key),
    ];
  };
  // `other` takes the identifier of `wifi`, which gets a new one.
  const taking = { ...item("other", "o"), id: wifi.id };
  const renamed = { ...item("wifi", "w6"), id: "new" };
  expect(keys([taking, renamed], [wifi])).toEqual([["Profile/wifi wifi w1"], ["Profile/wifi"]]);
  expect(keys([renamed, taking], [wifi])).toEqual([["Profile/wifi wifi w1"], ["Profile/wifi"]]);
  expect(keys([taking, renamed], [wifi], { links: word })[0]).toEqual([
    "Profile/other wifi o",
    "Profile/wifi new w6",
  ]);
  // The new one is that of a third: all three keep their places.
  const camera = item("camera", "c");
  const moving = { ...item("wifi", "w7"), id: camera.id };
  const third = { ...item("camera", "c2"), id: "third" };
  expect(keys([taking, moving, third], [wifi, camera])).toEqual([
    ["Profile/wifi wifi w1", "Profile/camera camera c"],
    ["Profile/wifi", "Profile/camera"],
  ]);
  // A change within the budget that waits with them uses none of it.
  const guests = item("guests", "g", over("guests"));
  const open = { ...item("wifi", "w8", over("guests2")), id: guests.id };
  const found = holdLinkChanges([taking, open], [wifi, guests], { links: none });
  expect([found.isolating, found.kept.map(({ key }) => key)]).toEqual([
    [],
    ["Profile/wifi", "Profile/guests"],
  ]);
});

const guests = item("guests", "g", over("guests"));

test("a network that comes for one that goes needs no word and has room in the budget to wait for, whenever it came", () => {
  const gone = (
    before: GrantedItem,
    earlier: readonly GrantedItem[],
    items: readonly GrantedItem[],
    budget = true,
  ) => {
    const around = { earlier: [before, ...earlier], items };
    const found = holdLinkRemovals([before], around, { links: none, isolatingBudget: budget });
    return [found.reasons.get(before.key), found.isolating, [...found.last]];
  };
  const admitted = [undefined, [wifi.key], [wifi.key]];
  const shut = [isolatingBudgetUsed, [], [wifi.key]];
  const needsWord = [expect.stringContaining("allowIsolating"), [], [wifi.key]];
  expect(gone(wifi, [], [guests])).toEqual(admitted);
  expect(gone(wifi, [], [guests], false)).toEqual(shut);
  // It was kept, and what came meanwhile is there by now as far as reeve knows.
  const kept = { ...wifi, retained: "why", last: true } as const;
  expect(gone(kept, [guests], [guests])).toEqual(admitted);
  expect(gone(kept, [guests], [guests], false)).toEqual(shut);
  expect(gone(kept, [], [])).toEqual(needsWord);
  // What was there before it was kept saves the device.
  expect(gone({ ...wifi, retained: "why" }, [guests], [guests], false)).toEqual([undefined, [], []]);
  // What ends by itself, or was kept under its name, is no other network, also where it was there all the time.
  const event = { ...guests, lasts: { at: 1 } };
  expect(gone(wifi, [], [event])).toEqual(needsWord);
  expect(gone(wifi, [event], [event])).toEqual(needsWord);
  expect(gone(wifi, [], [item("wifi", "g", over("guests"))])).toEqual(needsWord);
  const trust = (digest: string) => gone(root, [], [item("copy", "c", { trust: digest })])[0];
  expect([trust("ca"), trust("ca2")]).toEqual([undefined, needsWord[0]]);
});

test("a profile that is emptied needs the word whatever comes beside it, and a new password its budget", () => {
  const kept = (after: GrantedItem, before: GrantedItem, earlier: readonly GrantedItem[] = []) =>
    holdLinkChanges([after, guests], [before, ...earlier], { links: none, isolatingBudget: false }).items[0];
  const [emptied, password] = [item("wifi", "w3"), item("wifi", "w2", over("corp2"))];
  for (const [after, reason] of [
    [emptied, expect.stringContaining("allowIsolating")],
    [password, isolatingBudgetUsed],
  ] as const) {
    const first = kept(after, wifi);
    expect(first).toEqual({ ...wifi, retained: reason, last: true });
    expect(kept(after, first ?? wifi, [guests])).toEqual(first);
    expect(kept(after, wifi, [guests])).toBe(after);
  }
  // What only waits for the name of another is nobody's last network by that.
  const camera = item("camera", "c");
  const taking = { ...item("other", "o"), id: wifi.id };
  const items = [taking, { ...item("wifi", "w7"), id: camera.id }];
  const found = holdLinkChanges(items, [wifi, camera], { links: none }).items;
  expect(found.map(({ key, last }) => [key, last])).toEqual([
    [wifi.key, true],
    [camera.key, undefined],
  ]);
});

test("a file that nobody can read takes the place of what could be read with the word alone", () => {
  const sealed = (digest: string) =>
    item("wifi", digest, { network: { over: "local", digest, maybe: true }, trust: digest });
  const kept = (after: GrantedItem, before: GrantedItem) =>
    holdLinkChanges([after], [before], { links: none, isolatingBudget: true }).items[0]?.retained;
  const needsWord = expect.stringContaining("allowIsolating");
  expect(kept(sealed("s"), wifi)).toEqual(needsWord);
  expect(kept(sealed("s"), item("wifi", "t", { trust: "ca" }))).toEqual(needsWord);
  // From one to another, and back to what can be read, nobody knows better.
  expect(kept(sealed("t"), sealed("s"))).toBeUndefined();
  expect(kept(item("wifi", "w9", { ...over("corp"), trust: "ca" }), sealed("s"))).toBeUndefined();
});

test("a network that comes back under its identifier is a change where a device may have had nothing else", () => {
  const left = { ...wifi, last: true } as const;
  const heir = { ...guests, inPlaceOf: [left] };
  const coming = (after: GrantedItem, before: GrantedItem, guards = {}) => {
    const found = holdLinkChanges([before, after], [before], { links: none, ...guards });
    return [found.isolating, found.withheld.map(({ key, retained }) => [key, retained])];
  };
  const back = item("wifi", "w2", over("corp2"));
  const shut = { isolatingBudget: false };
  expect(coming(back, heir)).toEqual([[wifi.key], []]);
  expect(coming(back, heir, shut)).toEqual([[], [[wifi.key, isolatingBudgetUsed]]]);
  const other = { ...back, key: "Profile/other" };
  expect(coming(other, heir, shut)).toEqual([[], [[other.key, isolatingBudgetUsed]]]);
  // The same network, another identifier, or one that another network saved when it went: no such change.
  expect(coming(wifi, heir, shut)).toEqual([[], []]);
  expect(coming({ ...back, id: "new" }, heir, shut)).toEqual([[], []]);
  expect(coming(back, { ...guests, inPlaceOf: [wifi] }, shut)).toEqual([[], []]);
  // What does not bring it back waits on each device instead.
  expect(coming(item("wifi", "w3"), heir, shut)).toEqual([[], []]);
  // What it was under its name is judged as well.
  const mine = item("mine", "m", over("mine"));
  const taking = { ...item("mine", "w4", over("corp")), id: wifi.id };
  const found = holdLinkChanges([heir, taking], [heir, { ...mine, last: true }], { links: none, ...shut });
  expect(found.kept).toEqual([{ key: mine.key, reason: isolatingBudgetUsed }]);
  // And that nothing of it is left weighs more than what comes back.
  const trust = { ...root, effects: { trust: "older" }, last: true } as const;
  const renewed = { ...item("mine", "m2", { trust: "ca" }), id: root.id };
  const both = [
    { ...guests, inPlaceOf: [trust] },
    { ...mine, last: true },
  ] as const;
  expect(holdLinkChanges([both[0], renewed], both, { links: none }).kept).toEqual([
    { key: mine.key, reason: expect.stringContaining("allowIsolating") },
  ]);
});

test("a network that went by declaration and is to come by command is gone in between", () => {
  const before = { ...wifi, kind: "Declarations" } as const;
  const coming = (after: GrantedItem, links: typeof none, ...others: readonly GrantedItem[]) =>
    holdLinkChanges([after, ...others], [before, ...others], { links }).kept;
  const gone = [{ key: wifi.key, reason: expect.stringContaining("allowIsolating") }];
  expect(coming(wifi, none)).toEqual(gone);
  expect(coming({ ...wifi, digest: "w2" }, none)).toEqual(gone);
  // Nobody knows whether another one that was granted is there by then.
  expect(coming(wifi, none, guests)).toEqual(gone);
  expect([coming(wifi, word), coming({ ...wifi, id: "new" }, none)]).toEqual([[], []]);
  for (const [from, to] of [
    [wifi, before],
    [before, { ...before, digest: "w2" }],
  ] as const)
    expect(holdLinkChanges([to], [from], { links: none }).kept).toEqual([]);
});

test("a network that only has another name from now on saves a device as before", () => {
  const renamed = { ...guests, key: "Profile/renamed" };
  const items = (other: GrantedItem) => [item("wifi", "w2", over("corp2")), other];
  const kept = (other: GrantedItem) =>
    holdLinkChanges(items(other), [wifi, guests], { links: none, isolatingBudget: false }).kept.map(
      ({ key }) => key,
    );
  expect(kept(renamed)).toEqual([]);
  for (const other of [
    { ...renamed, digest: "g2" },
    { ...renamed, id: "moved", formerly: [guests.key] },
    { ...renamed, kind: "Declarations" as const },
  ])
    expect(kept(other)).toContain(wifi.key);
});
