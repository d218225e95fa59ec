import { expect, test } from "vitest";
import { besideKept } from "./beside-kept.ts";
import type { GrantedItem } from "./granted.ts";
import { profile } from "./test-situation.ts";

const [a, b, c, d] = [profile("a"), profile("b"), profile("c"), profile("d")];
const staying = (item: GrantedItem, retained = "why") => ({ ...item, retained });
/** An item of this name with the identifier of another. */
const taking = (name: GrantedItem, from: GrantedItem, digest = "new"): GrantedItem => ({
  ...name,
  id: from.id,
  digest,
});
const fresh = (name: GrantedItem): GrantedItem => ({ ...name, id: "fresh", digest: "new" });

function once(...given: Parameters<typeof besideKept>) {
  const { given: items, retained, withheld } = besideKept(...given);
  const said = (one: GrantedItem) => [one.key, one.id, one.retained];
  return { given: items.map(said), retained: retained.map(said), withheld: withheld.map(said) };
}

test("nothing waits where nothing stays that has its name or its identifier", () => {
  const items = [taking(a, b), fresh(b), { ...c, digest: "new" }, d];
  expect(besideKept(items, [], [a, b, c])).toEqual({
    given: [items[2], items[0], items[1], d],
    retained: [],
    withheld: [],
    late: new Set(),
  });
  expect(once([d], [staying(a)], [a])).toEqual({
    given: [[d.key, d.id, undefined]],
    retained: [[a.key, a.id, "why"]],
    withheld: [],
  });
});

test("what has the name of something that stays waits, and is told why", () => {
  const because = "Profile/a, which has its name, stays: why";
  expect(once([fresh(a), d], [staying(a)], [a])).toEqual({
    given: [[d.key, d.id, undefined]],
    retained: [[a.key, a.id, "why"]],
    withheld: [[a.key, "fresh", because]],
  });
});

test("what would have taken the identifier of something that stays under its name waits with what it was", () => {
  // `b` is watched, say, and stays as it is; `a` was to become another one with its identifier.
  const because = "Profile/b, which has its identifier, stays";
  expect(once([taking(a, b), b], [], [a, b])).toEqual({
    given: [[b.key, b.id, undefined]],
    retained: [[a.key, a.id, because]],
    withheld: [[a.key, b.id, because]],
  });
  // What else goes, goes, and what another guard has put back under its name is what stays.
  expect(once([taking(a, b), b], [], [a, b, d]).retained.map(([key]) => key)).toEqual([a.key]);
  expect(once([a, fresh(a)], [], [a])).toEqual({
    given: [[a.key, a.id, undefined]],
    retained: [],
    withheld: [[a.key, "fresh", "Profile/a, which has its name, stays"]],
  });
  // An app of that identifier is something else.
  const app = { ...taking(a, b), kind: "App" as const };
  expect(once([app, b], [], [a, b]).withheld).toEqual([]);
});

test("what is kept with it keeps others in turn", () => {
  const items = [taking(a, b), taking(b, c), taking(c, d), fresh(d)];
  const all = once(items, [staying(a)], [a, b, c, d]);
  expect(all.given).toEqual([]);
  expect(all.retained.map(([key, id]) => [key, id])).toEqual([a, b, c, d].map(({ key, id }) => [key, id]));
  expect(all.withheld.map(([key]) => key)).toEqual([a.key, b.key, c.key, d.key]);
  expect(all.withheld[1]?.[2]).toBe("Profile/b, which has its name, stays: why");
});

test("what several guards have put back is there once, with the reason of the one that told it", () => {
  for (const items of [
    [a, staying(a), d],
    [staying(a), a, d],
  ])
    expect(once(items, [], [a])).toEqual({
      given: [
        [a.key, a.id, "why"],
        [d.key, d.id, undefined],
      ],
      retained: [],
      withheld: [],
    });
});

test("what waits for something that a guard has put back has its reason, and waits for a window if that does", () => {
  const back = { reasons: new Map([[b.key, "why b"]]), late: new Set([b.key]) };
  const items = [taking(a, b), taking(c, a), b];
  const found = besideKept(items, [], [a, b, c], back);
  const because = "Profile/b, which has its identifier, stays: why b";
  expect(found.withheld.map(({ key, retained }) => [key, retained])).toEqual([
    [a.key, because],
    [c.key, "Profile/a, which has its identifier, stays: why b"],
  ]);
  expect([...found.late].sort()).toEqual([a.key, b.key, c.key]);
  expect([...besideKept(items, [], [a, b, c], { ...back, late: new Set() }).late]).toEqual([]);
  // What has a reason of its own tells that.
  const [first] = besideKept([fresh(b)], [staying(b)], [b], back).withheld;
  expect(first?.retained).toBe("Profile/b, which has its name, stays: why");
  // So does what is new, and what it would have taken the identifier of.
  const lateWith = (items: readonly GrantedItem[], earlier: readonly GrantedItem[], key: string) =>
    [...besideKept(items, [], earlier, { ...back, late: new Set([key]) }).late].sort();
  expect(lateWith([taking(d, b), b], [b], b.key)).toEqual([b.key, d.key]);
  expect(lateWith([a, taking(a, c)], [a, c], a.key)).toEqual([a.key, c.key]);
});
