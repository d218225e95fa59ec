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
    isolating: [],
  });
  const emptied = item("wifi", "w3");
  expect(change(emptied).items).toMatchObject([{ digest: "w1", retained: expect.stringContaining("last") }]);
  expect(change(emptied, { links: word })).toMatchObject({ isolating: ["Profile/wifi"], kept: [] });
  const renamed = { ...item("new", "w3"), formerly: ["Profile/wifi"] };
  expect(change(renamed).items).toMatchObject([{ key: "Profile/wifi", digest: "w1" }]);
  expect(change(item("wifi", "w4", over("corp")))).toMatchObject({ isolating: [], touches: false });
});
