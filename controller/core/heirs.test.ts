import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { Desired } from "./desired.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import {
  grantedOf,
  hour,
  orderOf,
  ownedOf,
  profile,
  progressOf,
  situationOf,
  start,
} from "./test-situation.ts";

const network = (name: string) => ({ network: { over: "local", digest: name } }) as const;
const wifi = (name: string, more: Partial<GrantedItem> = {}) =>
  profile(name, { effects: network(name), ...more });
const sim = (name: string) => profile(name, { effects: { network: { over: "cellular", digest: name } } });
const [old, a, c] = [wifi("old"), wifi("a"), wifi("c")];
const renamed = { ...a, key: "Profile/a2", formerly: [a.key] };

/** What is admitted when these are wanted; `allowIsolating` names some items. */
function pass(
  before: Granted,
  items: readonly GrantedItem[],
  {
    names = [],
    conflicts = [],
    watching = [],
  }: { names?: readonly string[]; conflicts?: readonly string[]; watching?: readonly string[] } = {},
) {
  const origin = { file: "p.yaml", line: 1, column: 1 };
  const desired = {
    ...{
      inventory: [],
      groups: [],
      lifted: [],
      unsupported: [],
      notApplicable: [],
      watched: [],
    },
    watching,
    items: items.map((item) => ({ ...item, origin, observe: false })),
    conflicts: conflicts.map((key) => ({ key })),
  } as unknown as Desired;
  const links = { cellular: false, mayGo: new Set(names) };
  const gates: Gates = {
    observe: false,
    suspended: undefined,
    removalsFrozen: undefined,
    removalBudget: true,
    links,
  };
  return admit(desired, before, gates);
}

/** What a device that has these is told, where the others fail. */
function told(granted: Granted, on: readonly GrantedItem[], failing: readonly GrantedItem[] = []) {
  const owned = Object.fromEntries(on.map((item) => [item.key, ownedOf(item)]));
  const profiles = Object.fromEntries(on.map(({ id, uuid = "" }) => [id, uuid]));
  const failed = failing.map((item) => [
    item.key,
    progressOf(item.digest, "failed", { retryAt: start + hour }),
  ]);
  return orderOf(
    situationOf([], {
      granted,
      observed: { profiles, apps: {}, owned },
      state: { progress: Object.fromEntries(failed) },
    }),
  );
}

const waiting = pass(grantedOf([old]), [a]).granted;

const retaken = { ...c, id: a.id };
const emptied = profile("a", { digest: "d-2", uuid: "U-2" });

test.each<[string, GrantedItem, Granted, readonly GrantedItem[]]>([
  ["another network takes its place", c, waiting, [c]],
  ["another one that came beside it is left", c, pass(waiting, [a, c]).granted, [c]],
  ["it is renamed", renamed, waiting, [renamed]],
  ["another has its identifier", retaken, waiting, [retaken]],
  ["its network is taken out of it, and another comes", c, waiting, [emptied, c]],
])("a device that never got its new network keeps the old one when %s", (_name, heir, before, items) => {
  const names = items.includes(emptied) ? [a.key, old.key] : [];
  const { granted } = pass(before, items, { names });
  expect(told(granted, [old])).toContain(`install ${heir.key}`);
  expect(told(granted, [old])).not.toContain(`remove ${old.key}`);
  expect(told(granted, [old, emptied], [heir])).not.toContain(`remove ${old.key}`);
  expect(told(granted, [old, ...items])).toContain(`remove ${old.key}`);
  // What else leaves does not wait.
  expect(told(granted, [old, profile("camera")])).toContain("remove Profile/camera");
  // The next pass forgets nothing of it.
  expect(pass(granted, items, { names }).granted).toEqual(granted);
});

test("a device keeps the old network while policies disagree about the new one, and after that", () => {
  const { granted } = pass(waiting, [], { conflicts: [a.key] });
  expect(told(granted, [old])).toEqual([]);
  expect(told(granted, [old, a])).toEqual([`remove ${old.key}`]);
  // Another network is no reason to take it: nobody knows which of the two it is to be.
  expect(told(pass(waiting, [c], { conflicts: [a.key] }).granted, [old, c])).toEqual([]);
  const agreed = pass(granted, [a]).granted;
  expect(agreed).toEqual(waiting);
  expect(told(agreed, [old])).toEqual([`install ${a.key}`]);
});

test("the new network goes only when the word names the old one as well, which a device may have in its place", () => {
  const because = "it may be the last network of the device, and allowIsolating does not name";
  for (const [names, unnamed] of [
    [[], `it or ${old.key}, in whose place it came`],
    [[old.key], "it"],
    [[a.key], `${old.key}, in whose place it came`],
  ] as const) {
    const { granted, retained } = pass(waiting, [], { names });
    expect(retained).toEqual([{ key: a.key, reason: `${because} ${unnamed}` }]);
    expect(told(granted, [old])).toEqual([`install ${a.key}`]);
  }
  const gone = pass(waiting, [], { names: [a.key, old.key] });
  expect(gone.removals).toEqual([a.key]);
  expect(told(gone.granted, [old])).toEqual([`remove ${old.key}`]);
});

test("a device whose Wi-Fi and certificates come apart keeps the old profile until it has both", () => {
  const both = profile("old", { effects: { ...network("old"), trust: "ca" } });
  const trust = profile("a-ca", { effects: { trust: "ca" }, first: true });
  const { granted } = pass(grantedOf([both]), [a, trust]);
  for (const on of [[both], [both, trust], [both, a]])
    expect(told(granted, on)).not.toContain(`remove ${old.key}`);
  expect(told(granted, [both, a, trust])).toEqual([`remove ${old.key}`]);
});

test.each(["report", "ignore"] as const)(
  "a device whose user has removed the new network keeps the old one where that is to %s",
  (drift) => {
    const { granted } = pass(grantedOf([old]), [{ ...a, drift }]);
    const had = { [old.key]: ownedOf(old), [a.key]: ownedOf({ ...a, drift }) };
    const on = (...items: readonly GrantedItem[]) =>
      situationOf([], {
        granted,
        observed: {
          profiles: Object.fromEntries(items.map(({ id, uuid = "" }) => [id, uuid])),
          apps: {},
          owned: had,
        },
      });
    expect(orderOf(on(old))).toEqual([]);
    expect(orderOf(on(old, a))).toEqual([`remove ${old.key}`]);
  },
);

test.each<[string, Granted, readonly GrantedItem[], readonly GrantedItem[]]>([
  ["it was granted beside the old one before", grantedOf([old, a]), [a], [old]],
  ["the old one came back in between", pass(waiting, [old, a]).granted, [a], [old]],
  ["it came beside one that had replaced the old one", pass(waiting, [a, c]).granted, [c], [a]],
  ["it is another one of a SIM", pass(grantedOf([old]), [sim("a")]).granted, [sim("b")], [old]],
])("a device keeps its only network until it has the new one also when %s", (_name, before, items, on) => {
  const { granted, retained } = pass(before, items);
  expect(retained).toEqual([]);
  const removals = on.map(({ key }) => `remove ${key}`);
  expect(told(granted, on, items).filter((one) => removals.includes(one))).toEqual([]);
  expect(told(granted, [...on, ...items])).toEqual(removals);
});

test.each([{ ...network("old") }, { trust: "ca" }])(
  "a new identifier is nothing that a device can use: it keeps the old one until it has the new one, %o",
  (effects) => {
    const before = profile("old", { effects });
    const renewed = { ...before, id: "corp.renewed", digest: "d-2", uuid: "U-2", drift: "report" } as const;
    const { granted } = pass(grantedOf([before]), [renewed]);
    const had = { [`${old.key}~${old.id}`]: ownedOf(before), [renewed.key]: ownedOf(renewed) };
    const profiles = { [old.id]: "U-old" };
    expect(orderOf(situationOf([], { granted, observed: { profiles, apps: {}, owned: had } }))).toEqual([]);
  },
);

test("a network that is to end by itself one day is a network that goes", () => {
  const ending = { ...a, digest: "d-l", uuid: "U-l", lasts: { at: start + hour } };
  expect(pass(waiting, [ending]).retained[0]?.reason).toMatch(
    /allowIsolating does not name it or Profile.old/,
  );
  expect(pass(grantedOf([a]), [ending]).retained.map(({ key }) => key)).toEqual([a.key]);
  expect(pass(grantedOf([{ ...a, lasts: { at: start + 2 * hour } }]), [ending]).retained).toEqual([]);
  const trust = profile("ca", { effects: { trust: "ca" } });
  expect(pass(grantedOf([trust]), [{ ...trust, digest: "d-l", lasts: { at: start } }]).retained).toHaveLength(
    1,
  );
  // Another one, which stays, saves the device, and is waited for.
  const { granted, retained } = pass(pass(waiting, [a, c]).granted, [ending, c]);
  expect(retained).toEqual([]);
  expect(told(granted, [old, ending])).toEqual([`install ${c.key}`]);
  expect(told(granted, [old, ending, c])).toEqual([`remove ${old.key}`]);
});

test("a network whose name takes another profile's identifier needs the word, and both wait for it", () => {
  const b = profile("b");
  const taking = { ...b, key: old.key, digest: "d-x", uuid: "U-x" };
  const other = profile("c");
  const { granted, retained } = pass(grantedOf([old, b, other]), [taking, { ...other, digest: "d-2" }]);
  expect(retained.map(({ key }) => key)).toEqual([old.key, b.key]);
  expect(granted.items.map(({ key, digest }) => [key, digest])).toEqual([
    [b.key, b.digest],
    [other.key, "d-2"],
    [old.key, old.digest],
  ]);
  expect(told(granted, [old, b])).toEqual([`install ${other.key}`]);
  const word = pass(granted, [taking, other], { names: [old.key] });
  expect([word.retained, word.removals, word.isolating]).toEqual([[], [old.key], [old.key]]);
  expect(told(word.granted, [old, b, other])).toEqual([`install ${old.key}`]);
  // And what has the name of that.
  const third = { ...profile("b"), id: "corp.third" };
  const all = pass(grantedOf([old, b]), [taking, third]);
  expect([all.retained.map(({ key }) => key), told(all.granted, [old, b])]).toEqual([[old.key, b.key], []]);
  // Also where it was still waited for.
  const chain = pass(pass(grantedOf([old, b]), [a, b]).granted, [{ ...taking, key: a.key }]);
  expect(chain.retained.map(({ key }) => key)).toEqual([a.key, b.key]);
  expect(told(chain.granted, [old, b])).toEqual([`install ${a.key}`]);
});

test("Google is given a policy as a whole: nothing of it waits for anything", () => {
  const android = (name: string) => ({ ...wifi(name), kind: "AndroidFragment" as const });
  expect(pass(grantedOf([android("old")]), [android("a")]).granted.items).toEqual([android("a")]);
});

test("a device that has another granted network does not keep the old one for one that fails, or is gone again", () => {
  const { granted } = pass(grantedOf([old]), [a, c]);
  expect(told(granted, [old], [a])).not.toContain(`remove ${old.key}`);
  expect(told(granted, [old, c], [a])).toContain(`remove ${old.key}`);
  const ending = { ...c, digest: "d-l", uuid: "U-l", lasts: { at: start } };
  const beside = pass(grantedOf([old, ending]), [a, ending]).granted;
  expect(told(beside, [old, ending], [a])).not.toContain(`remove ${old.key}`);
  // Trust is served by the same trust alone, and a renamed network by itself.
  const [before, copy, trust] = ["before", "copy", "ca"].map((name) =>
    profile(name, { effects: { trust: "ca" } }),
  );
  const trusting = pass(grantedOf([before as GrantedItem]), [
    copy as GrantedItem,
    trust as GrantedItem,
    c,
  ]).granted;
  expect(told(trusting, [before as GrantedItem, c])).not.toContain("remove Profile/before");
  expect(told(trusting, [before as GrantedItem, trust as GrantedItem])).toContain("remove Profile/before");
  const moved = { ...renamed, id: "corp.a2", digest: "d-2", uuid: "U-2" };
  const beyond = pass(grantedOf([a, c]), [moved, c]).granted;
  expect(told(beyond, [a, c])).not.toContain(`remove ${a.key}`);
});

test("a network that does not come, as what has its name is watched, comes for nothing and isolates nobody", () => {
  const [watched, taken] = [profile("k", { policy: "watched" }), profile("l")];
  const coming = { ...c, key: watched.key, id: taken.id };
  const { granted, retained, removals, isolating } = pass(grantedOf([watched, taken, old]), [coming], {
    watching: ["watched"],
  });
  expect(retained.map(({ key }) => key)).toEqual([watched.key, old.key, taken.key]);
  expect([removals, isolating, told(granted, [watched, taken, old])]).toEqual([[], undefined, []]);
  const changing = pass(grantedOf([watched, wifi("l")]), [coming], { watching: ["watched"] });
  expect([changing.retained.length, changing.isolating]).toEqual([2, undefined]);
  // Where nothing stays it comes, and the old one waits for it.
  const free = pass(grantedOf([watched, taken, old]), [coming]);
  expect([free.retained, free.removals]).toEqual([[], [watched.key, old.key]]);
  expect(told(free.granted, [old])).toEqual([`install ${coming.key}`]);
});

test("what was renamed stays while policies disagree about its new name; what has nothing to do with that goes", () => {
  const [plain, other] = [profile("plain"), profile("other")];
  const next = { ...profile("next"), formerly: [plain.key] };
  const before = pass(grantedOf([plain, other]), [next, other]).granted;
  const { granted } = pass(before, [], { conflicts: [next.key] });
  expect(told(granted, [plain, other])).toEqual([`remove ${other.key}`]);
});
