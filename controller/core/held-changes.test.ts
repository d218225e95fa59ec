import { expect, test } from "vitest";
import type { CompiledPolicy } from "./compiled.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { app, grantedOf, hour, profile } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";
import { holdChanges, holdRemovals, type SentWithin, windowsIn } from "./waiting.ts";
import type { CompiledWindow } from "./window.ts";
import { fleetGates } from "./window-gates.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const windows: readonly CompiledWindow[] = [
  {
    type: "allow",
    days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    from: "19:00",
    to: "06:00",
    timeZone: "UTC",
    gates: ["disruptive", "isolating"],
  },
];
const policies = [{ name: "p", windows }, { name: "free" }] as unknown as readonly CompiledPolicy[];
const gatesAt = (now: number) => ({
  windows: fleetGates(policies, [now], now).of(undefined),
  traits: { platform: "ipados", supervised: true },
});
const [shut, open] = [gatesAt(noon), gatesAt(noon + 8 * hour)];
const reason = "waits for its window, which opens Mon 19:00 UTC";
const within: SentWithin = { windows, risks: ["disruptive"] };

const disrupts = { effects: { disrupts: "its user is asked" } } as const;
const old = profile("a", disrupts);
const fresh = { ...old, digest: "d-2" };

test("without windows nothing waits and nothing is remembered", () => {
  const items = [fresh];
  expect(holdChanges(items, [old], grantedOf([old]), {})).toStrictEqual({
    items,
    waiting: [],
    sentWithin: {},
  });
  const around = {
    earlier: [old],
    items: [],
    previous: grantedOf([old], { sentWithin: { x: within } }),
    desired: wanting(),
  };
  expect(holdRemovals([old], around, {})).toStrictEqual({ reasons: new Map(), sentWithin: {} });
});

test("what waits is told with what it becomes and what it is until then", () => {
  const before = grantedOf([old]);
  expect(holdChanges([fresh], [old], before, shut)).toStrictEqual({
    items: [old],
    waiting: [{ key: "Profile/a", reason, to: fresh, from: old }],
    sentWithin: {},
  });
  const lock = profile("lock", disrupts);
  expect(holdChanges([lock], [], before, shut)).toStrictEqual({
    items: [],
    waiting: [{ key: "Profile/lock", reason, to: lock }],
    sentWithin: {},
  });
  const renamed = { ...fresh, key: "Profile/b", formerly: ["Profile/z", "Profile/a"] };
  expect(holdChanges([renamed], [old], before, shut)).toStrictEqual({
    items: [old],
    waiting: [{ key: "Profile/b", reason, to: renamed, from: old }],
    sentWithin: {},
  });
});

test("the last network that waits is known as such, so that nothing that comes meanwhile opens its window", () => {
  const over = (digest: string) => ({ digest, effects: { network: { over: "local", digest } } }) as const;
  const [wifi, password] = [profile("wifi", over("d-1")), profile("wifi", over("d-2"))];
  const next = profile("next", over("d-3"));
  const waits = (before: GrantedItem, ...others: readonly GrantedItem[]) =>
    holdChanges([password, next], [before, ...others], grantedOf([before, ...others]), shut).items[0];
  expect(waits(wifi)).toStrictEqual({ ...wifi, last: true });
  expect(waits({ ...wifi, last: true }, next)).toStrictEqual({ ...wifi, last: true });
  expect(waits(wifi, next)).toStrictEqual(password);
  const noticed = { ...wifi, effects: { ...wifi.effects, ...disrupts.effects } };
  expect(waits(noticed)).toStrictEqual({ ...noticed, last: true });
});

test("what is admitted in a window is sent within it; what nobody gates is not remembered", () => {
  const before = grantedOf([old]);
  expect(holdChanges([fresh], [old], before, open)).toStrictEqual({
    items: [fresh],
    waiting: [],
    sentWithin: { "Profile/a": within },
  });
  for (const gates of [shut, open])
    expect(holdChanges([{ ...fresh, policy: "free" }], [old], before, gates).sentWithin).toStrictEqual({});
  const plain = profile("plain");
  expect(holdChanges([{ ...plain, digest: "d-2" }], [plain], before, open).sentWithin).toStrictEqual({});
  // On its way to some yet, for as long as its policy has windows.
  const sent = grantedOf([fresh], { sentWithin: { "Profile/a": within } });
  expect(holdChanges([fresh], [fresh], sent, shut).sentWithin).toStrictEqual({ "Profile/a": within });
  expect(holdChanges([{ ...fresh, policy: "free" }], [fresh], sent, shut).sentWithin).toStrictEqual({});
  expect(holdChanges([fresh], [fresh], before, shut).sentWithin).toStrictEqual({});
});

test("an app whose store has a newer one is sent that within the window, and only where it follows the store", () => {
  const updates = { ...within, updatesOnly: true };
  const slack = app("x", { updates: true });
  const held = (item: GrantedItem, known?: SentWithin) => {
    const previous = grantedOf([item], known === undefined ? {} : { sentWithin: { "App/x": known } });
    return holdChanges([item], [item], previous, shut).sentWithin;
  };
  expect(held(slack)).toStrictEqual({ "App/x": updates });
  expect(held(slack, { ...within, updatesOnly: true })).toStrictEqual({ "App/x": updates });
  expect(held({ ...slack, policy: "free" })).toStrictEqual({});
  expect(held(app("x"))).toStrictEqual({});
  expect(held(app("x"), { ...within, updatesOnly: true })).toStrictEqual({});
  // One that is on its way as a whole is so still.
  expect(held(slack, within)).toStrictEqual({ "App/x": within });
});

test("another identifier, kind, priority or wish is a change as another content is; what is alike is none", () => {
  const item: GrantedItem = { ...old, priority: 1, wish: "installed" };
  const waits = (to: Partial<GrantedItem>) =>
    holdChanges([{ ...item, ...to }], [item], grantedOf([item]), shut).waiting.length;
  expect(waits({})).toBe(0);
  expect(waits({ drift: "ignore", policy: "p" })).toBe(0);
  const changes: readonly Partial<GrantedItem>[] = [
    { digest: "d-2" },
    { id: "corp.b" },
    { kind: "Declarations" },
    { priority: 2 },
    { wish: "required" },
  ];
  expect(changes.map(waits)).toEqual([1, 1, 1, 1, 1]);
});

test("a first set-up does not wait; nobody is set up again who was given something, or all that there was", () => {
  const first = (previous: Granted | undefined) =>
    holdChanges([fresh], [], previous, shut).waiting.length === 0;
  expect(first(undefined)).toBe(true);
  expect(first(grantedOf([], { settingUp: true }))).toBe(true);
  expect(first(grantedOf([], { sends: "queries" }))).toBe(true);
  expect(first(grantedOf([]))).toBe(false);
  expect(first(grantedOf([profile("other")], { sends: "queries" }))).toBe(false);
  // What was sent within a window before has no part in it.
  const again = grantedOf([fresh], { settingUp: true, sentWithin: { "Profile/a": within } });
  expect(holdChanges([fresh], [fresh], again, shut).sentWithin).toStrictEqual({});
});

test("the last network waits, one of two does not while the other stays as it is", () => {
  const link = (name: string, digest: string) =>
    profile(name, { digest, effects: { network: { over: "local", digest } } });
  const [wifi, guests] = [link("wifi", "w1"), link("guests", "g1")];
  const waits = (...items: readonly GrantedItem[]) =>
    holdChanges(items, [wifi, guests], grantedOf([wifi, guests]), shut).waiting.map(({ key }) => key);
  expect(waits(link("wifi", "w2"), guests)).toEqual([]);
  expect(waits(link("wifi", "w2"), link("guests", "g2"))).toEqual(["Profile/wifi", "Profile/guests"]);
  expect(waits(link("wifi", "w2"))).toEqual(["Profile/wifi"]);
  const leaving = (...items: readonly GrantedItem[]) => {
    const around = {
      earlier: [wifi, guests],
      items,
      previous: grantedOf([wifi, guests]),
      desired: wanting(),
    };
    return [...holdRemovals([wifi], around, shut).reasons.keys()];
  };
  expect([leaving(guests), leaving(link("guests", "g2")), leaving()]).toEqual([
    [],
    ["Profile/wifi"],
    ["Profile/wifi"],
  ]);
});

test("what leaves waits with its reason, or goes within its window; what nobody gates goes at any time", () => {
  const removal = (gates: typeof shut, previous: Granted | undefined, item = old, desired = wanting()) => {
    const around = { earlier: [item], items: [], previous, desired };
    const { reasons, sentWithin } = holdRemovals([item], around, gates);
    return [[...reasons], sentWithin];
  };
  const before = grantedOf([old]);
  expect(removal(shut, before)).toStrictEqual([[["Profile/a", reason]], {}]);
  expect(removal(open, before)).toStrictEqual([[], { "Profile/a": within }]);
  expect(removal(open, before, { ...old, policy: "free" })).toStrictEqual([[], {}]);
  expect(removal(shut, grantedOf([], { settingUp: true }))).toStrictEqual([[], {}]);
  // What left before is on its way from some yet, unless it is wanted again.
  const gone = grantedOf([old], { sentWithin: { "Profile/gone": within, "Profile/back": within } });
  expect(removal(shut, gone, { ...old, policy: "free" }, wanting(profile("back")))).toStrictEqual([
    [],
    { "Profile/gone": within },
  ]);
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`Profile/${n}x`, within]));
  const [, left] = removal(shut, grantedOf([], { sentWithin: many }), { ...old, policy: "free" });
  expect(Object.keys(left ?? {})).toEqual(Object.keys(many).slice(6));
});

test("what waits is remembered by its key in order, what there is nothing of not at all, and a set-up only with windows", () => {
  const late = ["c", "a", "b"].map((key) => ({ key, reason: `${key} waits`, to: old }));
  expect(windowsIn(late, { x: within }, { ...shut, settingUp: true })).toStrictEqual({
    waiting: ["a", "b", "c"].map((key) => ({ key, reason: `${key} waits` })),
    sentWithin: { x: within },
    settingUp: true,
  });
  expect(windowsIn([], {}, shut)).toStrictEqual({});
  expect(windowsIn([], {}, { ...shut, settingUp: false })).toStrictEqual({});
  expect(windowsIn([], {}, { settingUp: true })).toStrictEqual({});
});

test("what takes the identifier of another item is a change of that, whatever its name", () => {
  const over = (digest: string) => ({ effects: { network: { over: "local", digest } } }) as const;
  const wifi = profile("wifi", over("corp"));
  const taking = profile("other", { ...over("corp2"), id: wifi.id });
  const found = holdChanges([taking], [wifi], grantedOf([wifi]), shut);
  expect(found.items).toEqual([{ ...wifi, last: true }]);
  expect(found.waiting).toEqual([{ key: taking.key, reason, to: taking, from: wifi }]);
  expect(holdChanges([{ ...wifi, key: "Profile/renamed" }], [wifi], grantedOf([wifi]), shut).waiting).toEqual(
    [],
  );
});

test("a change that was admitted in its window is sent within that under another name as well", () => {
  const before = grantedOf([fresh], { sentWithin: { [fresh.key]: within } });
  const renamed = { ...fresh, key: "Profile/renamed", formerly: [fresh.key] };
  const found = holdChanges([renamed], [fresh], before, shut);
  expect([found.waiting, found.sentWithin]).toEqual([[], { [renamed.key]: within }]);
  expect(holdChanges([renamed], [fresh], grantedOf([fresh]), shut).sentWithin).toEqual({});
});
