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
const [old, a, c] = [wifi("old"), wifi("a"), wifi("c")];
const renamed = { ...a, key: "Profile/a2", formerly: [a.key] };

/** What is admitted when these are wanted; `allowIsolating` names some items. */
function pass(
  before: Granted,
  items: readonly GrantedItem[],
  { names = [], conflicts = [] }: { names?: readonly string[]; conflicts?: readonly string[] } = {},
) {
  const origin = { file: "p.yaml", line: 1, column: 1 };
  const desired = {
    ...{
      inventory: [],
      groups: [],
      lifted: [],
      unsupported: [],
      notApplicable: [],
      watching: [],
      watched: [],
    },
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
    [[], "it"],
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
