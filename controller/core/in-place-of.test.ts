import { expect, test } from "vitest";
import type { Effects } from "./effects.ts";
import type { GrantedItem } from "./granted.ts";
import { inPlaceOf } from "./in-place-of.ts";
import { profile } from "./test-situation.ts";

const over = (digest: string): Effects => ({ network: { over: "local", digest } });
const sim = (digest: string): Effects => ({ network: { over: "cellular", digest } });
const item = (name: string, effects?: Effects, more: Partial<GrantedItem> = {}) =>
  profile(name, effects === undefined ? more : { effects, ...more });

const [wifi, guests] = [item("wifi", over("corp")), item("guests", over("guests"))];
const root = item("root", { trust: "ca" });
const both = item("both", { ...over("corp"), trust: "ca" });
const camera = item("camera");
const copy = item("copy", { trust: "ca" });

function places(
  given: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
  going: readonly GrantedItem[] = [],
) {
  return inPlaceOf(given, earlier, going).map((one) => one.inPlaceOf?.map(({ key }) => key));
}

test("what comes for a network or for trust takes the place of what goes, until that is granted again", () => {
  expect(places([camera, guests], [wifi], [wifi])).toEqual([undefined, [wifi.key]]);
  expect(places([guests, copy], [wifi, root], [wifi, root])).toEqual([[wifi.key], [root.key]]);
  expect(places([item("copy", { trust: "ca2" })], [root], [root])).toEqual([undefined]);
  expect(places([{ ...guests, lasts: { at: 1 } }], [wifi], [wifi])).toEqual([undefined]);
  // What only a guard keeps was there before, and did not save the device: it is the last to count.
  const kept = { ...item("a", over("a")), retained: "why" };
  expect(places([kept, guests], [wifi], [wifi])).toEqual([undefined, [wifi.key]]);
  expect(places([kept], [wifi], [wifi])).toEqual([[wifi.key]]);
  // A device takes one network of a SIM at a time.
  expect(places([item("b", sim("b"))], [item("a", sim("a"))], [item("a", sim("a"))])).toEqual([undefined]);
  expect(places([item("b", sim("b"))], [wifi], [wifi])).toEqual([[wifi.key]]);
  expect(places([wifi], [item("a", sim("a"))], [item("a", sim("a"))])).toEqual([["Profile/a"]]);

  // It is remembered for devices that are away, with what goes after it, and what comes back has its place again.
  const heir = { ...guests, inPlaceOf: [wifi] };
  expect(places([guests], [heir])).toEqual([[wifi.key]]);
  const late = item("a", over("a"));
  expect(places([guests], [heir, late], [late])).toEqual([["Profile/a", wifi.key]]);
  expect(places([heir, wifi], [heir])).toEqual([undefined, undefined]);
  expect(inPlaceOf([heir, wifi], [heir], [])[0]).toEqual(guests);
  const given = [guests];
  expect(inPlaceOf(given, [wifi], [])).toEqual(given);
});

test("a network and its certificates that come apart are both waited for", () => {
  expect(places([camera, copy, guests], [both], [both])).toEqual([undefined, [both.key], [both.key]]);
  // One that brings both is enough.
  const whole = item("whole", { ...over("new"), trust: "ca" });
  expect(places([copy, guests, whole], [both], [both])).toEqual([[both.key], [both.key], undefined]);
  expect(places([whole, copy, guests], [both], [both])).toEqual([[both.key], undefined, undefined]);
});

test("what takes the place of something has that, too, which the other was still waited for", () => {
  const waited = { inPlaceOf: [item("older", over("older"))] };
  const older = ["Profile/older"];
  const before = (one: GrantedItem): GrantedItem => ({ ...one, ...waited });
  // It goes, and others come: for its network, and for its certificates.
  expect(places([camera, guests], [before(wifi)])).toEqual([undefined, older]);
  expect(places([camera, copy], [before(root)])).toEqual([undefined, older]);
  expect(places([item("copy", { trust: "ca2" })], [before(root)])).toEqual([undefined]);
  expect(places([guests], [before(wifi)], [before(wifi)])).toEqual([[...older, wifi.key]]);
  // It is renamed, or another has its identifier.
  for (const renamed of [
    { ...wifi, key: "Profile/a" },
    { ...guests, id: wifi.id },
  ])
    expect(places([copy, renamed], [before(wifi)])).toEqual([undefined, older]);
  // With another identifier it is another to devices, whatever its name, and comes in the place of what they have.
  for (const key of [wifi.key, "Profile/a"]) {
    const other = { ...wifi, key, id: "a", formerly: [wifi.key] };
    expect(places([copy, other], [before(wifi)])).toEqual([undefined, [...older, wifi.key]]);
  }
  // It changes, and whatever comes beside it is not asked.
  const other = { ...wifi, digest: "2", effects: over("2") };
  expect(places([guests, other], [before(wifi)])).toEqual([undefined, older]);
  expect(places([copy, { ...root, effects: { trust: "ca2" } }], [before(root)])).toEqual([undefined, older]);
  // It stays, and what it was waited for goes out of it: what comes for that is asked as well.
  const wanting = [[both.key, ...older], older];
  expect(places([guests, { ...both, effects: { trust: "ca" } }], [before(both)])).toEqual(wanting);
  expect(places([copy, { ...both, effects: over("2") }], [before(both)])).toEqual(wanting);
});

test("what only changed, or touches no network, takes nobody's place, and what was emptied has nothing for it", () => {
  expect(places([{ ...wifi, digest: "2" }], [wifi])).toEqual([undefined]);
  expect(places([{ ...camera, id: "new" }], [camera])).toEqual([undefined]);
  const emptied = { ...wifi, digest: "2", effects: {} };
  expect(places([emptied, guests], [wifi])).toEqual([undefined, [wifi.key]]);
  expect(places([emptied, camera], [wifi])).toEqual([undefined, undefined]);
  // Another identifier under its name is another network, and what has its identifier is nothing of it.
  const moved = { ...wifi, id: "new" };
  const taking = { ...camera, id: wifi.id };
  expect(places([moved, taking], [wifi, camera])).toEqual([[wifi.key], undefined]);
  expect(places([{ ...moved, effects: {} }, guests], [wifi])).toEqual([undefined, [wifi.key]]);
  expect(places([{ ...wifi, key: camera.key }], [camera])).toEqual([undefined]);
  // Of what lost one half only that half is waited for.
  const half = { ...both, effects: { trust: "ca" } };
  expect(places([half, guests, copy], [both])).toEqual([undefined, [both.key], undefined]);
  expect(places([{ ...both, effects: over("x") }, guests, copy], [both])).toEqual([
    undefined,
    undefined,
    [both.key],
  ]);
  // Half of it goes on under another identifier.
  expect(places([{ ...both, id: "new", effects: over("corp") }], [both])).toEqual([[both.key]]);
});

test("what devices may still have is remembered as it was, with what has had its identifier since", () => {
  const left = (
    given: readonly GrantedItem[],
    earlier: readonly GrantedItem[],
    going: readonly GrantedItem[] = [],
    last?: GrantedItem,
  ) => inPlaceOf(given, earlier, going, new Set(last === undefined ? [] : [last.key]))[0]?.inPlaceOf;
  const was = ({ key, kind, id }: GrantedItem, effects: Effects) => ({ key, kind, id, effects });
  expect(left([guests], [wifi], [wifi])).toStrictEqual([was(wifi, over("corp"))]);
  expect(left([copy], [root], [root])).toStrictEqual([was(root, { trust: "ca" })]);
  const asks = { ...both, effects: { ...both.effects, disrupts: "why" } };
  expect(left([guests], [asks], [asks])).toStrictEqual([was(both, { ...over("corp"), trust: "ca" })]);
  // The last one is known as that, also if it was kept before.
  const last = [{ ...was(wifi, over("corp")), last: true }];
  expect(left([guests], [wifi], [wifi], wifi)).toStrictEqual(last);
  const kept = { ...wifi, last: true } as const;
  expect(left([guests], [kept], [kept])).toStrictEqual(last);
  const moved = { ...wifi, key: "Profile/moved", id: "new", formerly: [wifi.key] };
  expect(left([moved], [wifi], [], moved)).toStrictEqual(last);
  expect(left([moved], [wifi], [], wifi)).toStrictEqual([was(wifi, over("corp"))]);

  const heir = { ...guests, inPlaceOf: [wifi] };
  const withheld = (one: GrantedItem) =>
    inPlaceOf([guests], [heir], [], new Set(), [one])[0]?.inPlaceOf?.map((known) => known.last);
  expect([withheld({ ...camera, id: wifi.id }), withheld(camera)]).toEqual([[true], [undefined]]);
  const taking = (digest: string) => ({ ...camera, id: wifi.id, digest });
  const since = (given: readonly GrantedItem[], before: readonly string[]) =>
    left(given, [{ ...heir, inPlaceOf: [{ ...wifi, since: before }] }])?.[0]?.since;
  expect(since([guests, taking("2")], ["1"])).toEqual(["1", "2"]);
  expect(since([guests, taking("1")], ["1", "2"])).toEqual(["1", "2"]);
  expect(since([guests, { ...taking("3"), kind: "App" }], [])).toEqual([]);
  // Devices that take no declarations have it in another form.
  const orProfile = { digest: "p", uuid: "U" };
  expect(since([guests, { ...taking("d"), kind: "Declarations", orProfile }], [])).toEqual(["d", "p"]);
  const many = Array.from({ length: 16 }, (_, index) => `${index}`);
  expect(since([guests, taking("new")], many)).toEqual([...many.slice(1), "new"]);

  // Each of them once, and in one order; another network under the same name and identifier is another.
  const again = { ...wifi, effects: over("again") };
  const other = { ...wifi, id: "other" };
  const all = [wifi, again, other, root, { ...wifi, key: "Profile/before" }];
  const known = inPlaceOf([{ ...guests, inPlaceOf: all }], [{ ...guests, inPlaceOf: all }], []);
  const names = known[0]?.inPlaceOf?.map(({ key, id, effects }) => [key, id, effects?.network?.digest]);
  expect(names).toEqual([
    ["Profile/before", wifi.id, "corp"],
    [root.key, root.id, undefined],
    [wifi.key, wifi.id, "again"],
    [wifi.key, wifi.id, "corp"],
    [wifi.key, "other", "corp"],
  ]);
  expect(left([guests], [{ ...guests, inPlaceOf: all.toReversed() }])).toEqual(known[0]?.inPlaceOf);
  expect(left([guests], [heir, wifi], [wifi])).toHaveLength(1);
});
