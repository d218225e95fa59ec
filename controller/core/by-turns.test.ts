import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import { awaitedFirst, awaitedIn, circleOf, waitsFirst } from "./awaited-items.ts";
import { conditionOf } from "./condition.ts";
import { applyStatus } from "./declaration-report.ts";
import { legacyIdentifier } from "./declared-identifier.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { itemState } from "./item-state.ts";
import { Conversation } from "./test-conversation.ts";
import { grantedOf, hour, ownedOf, profile, situationOf, start } from "./test-situation.ts";
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

const because = "it may be the last network of the device, and allowIsolating does not name it";

test("a network that went by declaration and is to come by command needs the word, whatever else was granted", () => {
  const house = new House();
  const other = wifi("other", "1");
  const plain = wifi("wifi", "2");
  house.commit([declared(wifi("wifi", "1")), other]);
  house.meet();
  const unnamed = house.commit([plain, other]);
  expect(unnamed.retained).toEqual([{ key: plain.key, reason: because }]);
  house.meet();
  expect(house.profiles).toEqual({ wifi: "wifi-1", other: "other-1" });
  expect(house.commit([plain, other], [plain.key], { isolatingBudget: false }).isolating).toBeUndefined();
  expect(house.commit([plain, other], [plain.key]).isolating).toEqual([plain.key]);
  house.meet();
  expect(house.profiles).toEqual({ wifi: "wifi-2", other: "other-1" });
  // From then on it is a network like any other.
  const password = wifi("wifi", "3");
  expect(house.commit([password, other])).toMatchObject({ retained: [], removals: [] });
  expect(house.commit([password])).toMatchObject({ retained: [], removals: [other.key] });
  house.meet();
  expect(house.profiles).toEqual({ wifi: "wifi-3" });
});

test("with the word two go at once, and one with which nothing else is granted", () => {
  for (const names of [["a"], ["a", "b"]]) {
    const house = new House();
    house.commit(names.map((name) => declared(wifi(name, "1"))));
    house.meet();
    house.commit(
      names.map((name) => wifi(name, "2")),
      names.map((name) => `Profile/${name}`),
    );
    house.meet();
    expect(house.profiles).toEqual(Object.fromEntries(names.map((name) => [name, `${name}-2`])));
    expect(house.condition().type).toBe("Ready");
  }
});

test("so do certificates, whatever copies were granted", () => {
  const house = new House();
  const ca = (name: string, version: string) => wifi(name, version, { effects: { trust: "ca" } });
  house.commit([declared(ca("root", "1")), ca("copy", "1")]);
  const root = ca("root", "2");
  const reason = "the device may trust the server by it, and allowIsolating does not name it";
  expect(house.commit([root, ca("copy", "1")]).retained).toEqual([{ key: root.key, reason }]);
  expect(house.commit([root, ca("copy", "1")], [root.key]).retained).toEqual([]);
});

test("what was in force and is gone comes again, and what never was in force is not forgotten", () => {
  const house = new House();
  const camera = (version: string) => wifi("camera", version, { effects: {} });
  house.commit([camera("1")]);
  house.meet();
  house.device.refuses = (digest) => digest !== "camera-1";
  house.commit([declared(camera("2"))]);
  house.meet();
  house.commit([camera("3")]);
  house.meet();
  house.commit([]);
  house.meet();
  expect(house.profiles).toEqual({});
});

test("a passcode profile stays until the declaration that comes for it is there", () => {
  const house = new House();
  const pass = wifi("pass", "1", { effects: {} });
  house.commit([pass]);
  house.meet();
  const type = "com.apple.configuration.passcode.settings";
  const native: GrantedItem = {
    ...wifi("pass", "2", { effects: {} }),
    kind: "Declarations",
    parts: [{ form: "configuration", type, identifier: "pass", token: "pass-2" }],
  };
  house.commit([native]);
  house.device.visit();
  house.device.settle(3 * hour);
  expect(house.profiles).toEqual({ pass: "pass-1" });
  house.meet();
  expect(house.profiles).toEqual({});
  expect(house.condition().type).toBe("Ready");
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
  expect(circleOf(kept, awaitedIn(four.device.situation()))).toBeUndefined();

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
  const [first] = two.granted.items;
  if (first === undefined) throw new Error("it is granted");
  expect(two.waits(first)).toBe("waits until Profile/y is there: until then its declaration stays");
  // What the device does not have by declaration by its own report keeps nothing.
  const situation = two.device.situation();
  const without = { ...situation, observed: { ...situation.observed, declarations: {} } };
  for (const item of two.granted.items) expect(awaitedFirst(item, without)).toEqual([]);
});

test("a profile that went with its declaration was not removed by its user", () => {
  const camera = wifi("camera", "1", { effects: {}, drift: "ignore" });
  const other = wifi("other", "1", { effects: {}, drift: "ignore" });
  const status = { token: "t", active: true, valid: "valid" } as const;
  const declarations = { [legacyIdentifier(camera.id)]: status, [legacyIdentifier("gone")]: status };
  const observed = {
    profiles: { [camera.id]: "camera-1", [other.id]: "other-1" },
    apps: {},
    owned: { [camera.key]: ownedOf(camera), [other.key]: ownedOf(other) },
    declarations,
  };
  const situation = situationOf([camera, other], { observed });
  const observation = { section: "declarations", detail: {}, declarations: {} } as const;
  const report = { observation, full: true, gone: [], told: {} };
  const after = applyStatus(situation, report, start);
  const seen = { ...after.observed, profiles: {} };
  expect([camera, other].map((item) => itemState(item, seen, after.state).type)).toEqual([
    "missing",
    "drifted",
  ]);
});
