import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import { awaitedFirst, circleOf, waitsFirst } from "./awaited-items.ts";
import { conditionOf } from "./condition.ts";
import { legacyIdentifier } from "./declared-identifier.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { itemState } from "./item-state.ts";
import { Conversation } from "./test-conversation.ts";
import { grantedOf, hour, profile } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";

const open: Gates = {
  observe: false,
  suspended: undefined,
  removalsFrozen: undefined,
  removalBudget: true,
  traits: { platform: "ipados", supervised: true },
};

function wifi(name: string, version: string, more: Partial<GrantedItem> = {}): GrantedItem {
  const digest = `${name}-${version}`;
  return profile(name, {
    id: name,
    digest,
    uuid: digest,
    effects: { network: { over: "local", digest: name } },
    ...more,
  });
}

/** The same by declaration. */
function declared(item: GrantedItem): GrantedItem {
  const type = "com.apple.configuration.legacy";
  const names = { identifier: legacyIdentifier(item.id), token: item.digest, profile: item.digest };
  return { ...item, kind: "Declarations", wraps: true, parts: [{ form: "configuration", type, ...names }] };
}

/** A fleet of one, and what it has been granted by commits, each with these words of `allowIsolating`. */
class House {
  readonly device = new Conversation(grantedOf([]));
  granted: Granted = grantedOf([]);

  commit(items: readonly GrantedItem[], words: readonly string[] = [], more: Partial<Gates> = {}) {
    const links = { cellular: false, mayGo: new Set(words) };
    const found = admit(wanting(...items), this.granted, { ...open, links, ...more });
    this.granted = found.granted;
    this.device.grant(this.granted);
    return found;
  }

  /** The device comes, for its declarations as well, until there is nothing more to do. */
  meet(): void {
    for (const _round of [1, 2, 3]) {
      this.device.visit();
      this.device.synchronize();
      this.device.settle(3 * hour);
    }
  }

  get profiles(): Readonly<Record<string, string>> {
    const { "profile.foreign": _foreign, ...ours } = this.device.device.profiles;
    return ours;
  }

  condition() {
    const { now } = this.device;
    return conditionOf(this.device.situation(), { now, lastSeenAt: now, unreachableAfterMs: hour });
  }

  waits(item: GrantedItem): string | undefined {
    const situation = this.device.situation();
    return waitsFirst(item, itemState(item, situation.observed, situation.state), situation);
  }
}

test("a network that went by declaration and is to come by command stays until another that was granted is there", () => {
  const house = new House();
  const other = wifi("other", "1");
  house.commit([declared(wifi("wifi", "1"))]);
  house.meet();
  house.device.refuses = (digest) => digest === other.digest;
  house.commit([declared(wifi("wifi", "1")), other]);
  house.meet();
  const plain = wifi("wifi", "2");
  // Nobody named it, and no budget is asked: it is not gone before the other one is there.
  const found = house.commit([plain, other], [], { isolatingBudget: false });
  expect([found.isolating, found.retained]).toEqual([undefined, []]);
  const left = {
    key: plain.key,
    kind: "Declarations",
    id: plain.id,
    effects: plain.effects,
    since: [plain.digest],
  };
  for (const _pass of [1, 2]) {
    house.meet();
    expect(house.profiles).toEqual({ wifi: "wifi-1" });
    expect(house.waits(plain)).toBe("waits until Profile/other is there: until then its declaration stays");
    expect(house.waits(other)).toBeUndefined();
    expect(house.condition()).toMatchObject({ type: "Stalled", message: "Profile/other: no" });
    // The next pass forgets nothing of it.
    const { granted } = house.commit([plain, other], [], { isolatingBudget: false });
    expect(granted.items.find(({ key }) => key === other.key)?.inPlaceOf).toStrictEqual([left]);
  }
  house.device.refuses = () => false;
  house.device.settle(48 * hour);
  house.meet();
  expect(house.profiles).toEqual({ wifi: "wifi-2", other: "other-1" });
  expect(house.condition().type).toBe("Ready");
});

test("the other network does not go without a word for one that has not come to all devices in turn", () => {
  const [plain, other, camera] = [wifi("wifi", "2"), wifi("other", "1"), profile("camera")];
  const moved = () => {
    const made = new House();
    made.commit([wifi("older", "1")]);
    made.commit([other]);
    made.commit([declared(wifi("wifi", "1")), other]);
    made.commit([plain, other]);
    return made;
  };
  const house = moved();
  // Another one that comes needs the budget alone.
  expect(moved().commit([plain, wifi("third", "1")])).toMatchObject({
    removals: [other.key],
    isolating: [other.key],
  });
  const reason = (words: readonly string[], items: readonly GrantedItem[] = [plain]) =>
    house.commit(items, words).retained.map((one) => one.reason)[0];
  const because = "it may be the last network of the device, and allowIsolating does not name";
  expect(reason([])).toBe(`${because} ${plain.key}, in whose place it came`);
  expect(reason([other.key])).toBe(`${because} ${plain.key}, in whose place it came`);
  expect(reason([], [plain, camera])).toBe(`${because} ${plain.key}, in whose place it came`);
  expect(reason([], [])).toBe(`${because} it or Profile/older or ${plain.key}, in whose place it came`);
  expect(house.commit([plain], [plain.key], { isolatingBudget: false }).removals).toEqual([]);
  expect(house.commit([plain], [plain.key])).toMatchObject({
    removals: [other.key],
    isolating: [other.key],
  });
});

test("so do certificates, until another copy is there, and nothing stays for what is not the same", () => {
  const house = new House();
  const ca = (name: string, version: string, trust = "ca") => wifi(name, version, { effects: { trust } });
  const [copy, foreign] = [ca("copy", "1"), ca("foreign", "1", "other")];
  house.commit([declared(ca("root", "1"))]);
  house.meet();
  house.device.refuses = (digest) => digest === copy.digest || digest === foreign.digest;
  house.commit([declared(ca("root", "1")), copy, foreign]);
  house.meet();
  house.commit([ca("root", "2"), copy, foreign]);
  house.meet();
  expect(house.profiles).toEqual({ root: "root-1" });
  house.device.refuses = (digest) => digest === foreign.digest;
  house.device.settle(48 * hour);
  house.meet();
  expect(house.profiles).toEqual({ root: "root-2", copy: "copy-1" });
});

test("a network does not go for one that comes back and waits for a word", () => {
  const house = new House();
  house.commit([declared(wifi("wifi", "1"))]);
  house.meet();
  const next = wifi("next", "1");
  house.commit([next]);
  house.meet();
  const back = wifi("wifi", "2");
  const unnamed = house.commit([back]);
  expect(unnamed.removals).toEqual([]);
  expect(unnamed.retained.map(({ key }) => key)).toEqual([back.key, next.key]);
  house.meet();
  expect(house.profiles).toEqual({ next: "next-1" });
  // What waits for room in a budget comes by itself.
  const full = house.commit([back], [back.key], { isolatingBudget: false });
  expect(full.retained).toEqual([
    { key: back.key, reason: "isolating budget used up" },
    { key: next.key, reason: "isolating budget used up" },
  ]);
  house.commit([back], [back.key]);
  house.meet();
  expect(house.profiles).toEqual({ wifi: "wifi-2" });
});

test("what a device has by declaration is not taken for the profile that is to come, which nobody would miss then", () => {
  for (const drift of ["ignore", "report"] as const) {
    const house = new House();
    const { effects: _none, ...camera } = wifi("camera", "1", { drift });
    house.commit([declared(camera)]);
    house.meet();
    house.commit([camera]);
    // It looks at its profiles before it comes for its declarations.
    house.device.settle(48 * hour);
    house.meet();
    expect(house.profiles).toEqual({ camera: "camera-1" });
    expect(house.condition().type).toBe("Ready");
  }
});

test("what is kept for two reasons is declared once, however often the device comes", () => {
  const house = new House();
  const [a, b] = [wifi("a", "1"), wifi("b", "1")];
  house.commit([declared(a)]);
  house.meet();
  house.device.refuses = (digest) => digest === b.digest;
  house.commit([declared(b)]);
  const conflicts = [{ key: a.key, policies: ["p", "q"] }];
  const wanted = { ...wanting(declared(b)), conflicts };
  house.granted = admit(wanted, house.granted, {
    ...open,
    links: { cellular: false, mayGo: new Set() },
  }).granted;
  house.device.grant(house.granted);
  house.meet();
  const entries = house.device.declared?.entries.map(({ identifier }) => identifier) ?? [];
  expect(entries).toContain(legacyIdentifier("a"));
  expect(entries).toEqual([...new Set(entries)]);
});

test("items that wait for each other in a circle are told, through networks, certificates and declarations", () => {
  const told = (circle: string) => ({
    type: "Held",
    reason: "RemovalHeld",
    message: `${circle} wait for each other's place; give one of them another identifier`,
  });
  const both = { network: { over: "local", digest: "n" }, trust: "T1" } as const;
  const trusting = (name: string, version: string, trust: string) =>
    wifi(name, version, { effects: { trust } });
  const four = new House();
  const c = wifi("c", "0", { effects: both });
  const e = wifi("e", "0");
  four.commit([trusting("a", "0", "T2"), trusting("b", "0", "T1"), c, wifi("d", "0"), e]);
  four.meet();
  const away = [wifi("b", "1"), trusting("d", "1", "T2")];
  four.commit([trusting("a", "0", "T2"), c, ...away, e]);
  const plain = wifi("e", "2", { effects: {} });
  four.commit([wifi("a", "2"), trusting("c", "2", "T1"), ...away, plain], [e.key]);
  four.meet();
  expect(four.condition()).toEqual(told("Profile/a, Profile/d, Profile/b and Profile/c"));
  // What waits for one of them is no part of it.
  const [kept] = four.granted.items.filter(({ key }) => key === plain.key);
  if (kept === undefined) throw new Error("it is granted");
  expect(four.waits(kept)).toContain("waits until");
  expect(circleOf(kept, four.device.situation())).toBeUndefined();

  const two = new House();
  const [x, y] = [wifi("x", "0", { effects: {} }), wifi("y", "0", { effects: {} })];
  two.commit([declared(x), declared(y)]);
  two.meet();
  const swapped = [
    { ...x, id: "y", digest: "x-1", uuid: "x-1" },
    { ...y, id: "x", digest: "y-1", uuid: "y-1" },
  ];
  two.commit(swapped);
  two.meet();
  expect(two.condition()).toEqual(told("Profile/x and Profile/y"));
  expect(two.profiles).toEqual({ x: "x-0", y: "y-0" });
  // What the device does not have by declaration by its own report keeps nothing.
  const situation = two.device.situation();
  const without = { ...situation, observed: { ...situation.observed, declarations: {} } };
  for (const item of two.granted.items) expect(awaitedFirst(item, without)).toEqual([]);
});
