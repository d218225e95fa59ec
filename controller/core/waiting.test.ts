import { describe, expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import { candidates } from "./candidates.ts";
import type { CompiledPolicy } from "./compiled.ts";
import type { Desired } from "./desired.ts";
import type { Granted } from "./granted.ts";
import { app, grantedOf, hour, ownedOf, profile, situationOf } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";
import type { CompiledWindow } from "./window.ts";
import { fleetGates } from "./window-gates.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const night = noon + 8 * hour;
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
const disrupts = { effects: { disrupts: "its user is asked" } } as const;

function gatesAt(now: number, more: Partial<Gates> = {}): Gates {
  return {
    observe: false,
    suspended: undefined,
    removalsFrozen: undefined,
    removalBudget: true,
    windows: fleetGates(policies, [now], now).of(undefined),
    traits: { platform: "ipados", supervised: true },
    ...more,
  };
}

const old = profile("a", disrupts);
const fresh = { ...old, digest: "d-2", uuid: "U-2" };
const had = grantedOf([old]);
const digests = ({ items }: Granted): readonly string[] => items.map(({ key, digest }) => `${key} ${digest}`);

test("the last network waits for its window, also when another has come by then", () => {
  const over = (digest: string) => ({ effects: { network: { over: "local", digest } } }) as const;
  const [wifi, next] = [profile("wifi", over("corp")), profile("next", over("next"))];
  const password = profile("wifi", { ...over("corp2"), digest: "d-2" });
  const links = { cellular: false, mayGo: new Set<string>() };
  for (const wanted of [wanting(next), wanting(next, password)]) {
    const pass = (before: Granted, at: number) => admit(wanted, before, { ...gatesAt(at), links });
    let granted = grantedOf([wifi]);
    for (const at of [noon, noon + 1]) {
      ({ granted } = pass(granted, at));
      expect(digests(granted)).toEqual(["Profile/next d-next", "Profile/wifi d-wifi"]);
      expect(granted.waiting?.map(({ key }) => key)).toEqual([wifi.key]);
    }
    const opened = pass(granted, night);
    expect(opened.isolating).toEqual([wifi.key]);
    expect(digests(opened.granted)).not.toContain("Profile/wifi d-wifi");
  }
});

test("a network that left and comes back waits for its window as it would have in its place", () => {
  const over = (digest: string) => ({ effects: { network: { over: "local", digest } } }) as const;
  const [left, heir] = [profile("left", over("corp")), profile("heir", { ...over("heir"), policy: "free" })];
  const back = profile("left", { ...over("corp2"), digest: "d-2" });
  const links = { cellular: false, mayGo: new Set<string>() };
  const pass = (wanted: Desired, before: Granted, at: number, more: Partial<Gates> = {}) =>
    admit(wanted, before, { ...gatesAt(at), links, ...more });
  const moved = pass(wanting(heir), grantedOf([left]), night).granted;
  const shut = pass(wanting(heir, back), moved, noon).granted;
  expect([digests(shut), shut.waiting?.map(({ key }) => key)]).toEqual([["Profile/heir d-heir"], [back.key]]);
  // What comes until then is not known to work when the window opens.
  const other = profile("other", { ...over("other"), policy: "free" });
  const more = pass(wanting(heir, back, other), shut, noon).granted;
  const full = pass(wanting(heir, back, other), more, night, { isolatingBudget: false });
  expect(full.granted.withheld).toEqual([{ key: back.key, reason: "isolating budget used up" }]);
  expect(pass(wanting(heir, back, other), more, night).isolating).toEqual([back.key]);
});

test("a network that is to come by command waits with its declaration for a window, for it is gone in between", () => {
  const wifi = profile("wifi", { effects: { network: { over: "local", digest: "corp" } } });
  const before = { ...wifi, kind: "Declarations" as const };
  const links = { cellular: false, mayGo: new Set([wifi.key]) };
  const at = (now: number) => admit(wanting(wifi), grantedOf([before]), { ...gatesAt(now), links }).granted;
  expect([at(noon).items[0]?.kind, at(night).items[0]?.kind]).toEqual(["Declarations", "Profile"]);
  // It is gone as soon as its device comes, which may be later, and comes again then.
  expect(at(night).sentWithin).toBeUndefined();
  // The same where another one has come meanwhile.
  const heir = profile("heir", { effects: { network: { over: "local", digest: "h" } }, policy: "free" });
  const moved = admit(wanting(heir), grantedOf([before]), { ...gatesAt(night), links }).granted;
  const back = admit(wanting(heir, wifi), moved, { ...gatesAt(night), links }).granted;
  expect([back.items.map(({ key }) => key), back.sentWithin?.[wifi.key]]).toEqual([
    [heir.key, wifi.key],
    undefined,
  ]);
});

test("what overrules the last network of an Android device waits for its window", () => {
  const onAndroid = (name: string) =>
    profile(name, { effects: { network: { over: "local", digest: name, guids: ["a"] } } });
  const [wifi, other] = [onAndroid("wifi"), onAndroid("other")];
  const at = (now: number) => admit(wanting(wifi, other), grantedOf([wifi]), gatesAt(now));
  expect(digests(at(noon).granted)).toEqual(["Profile/wifi d-wifi"]);
  expect(at(noon).granted.waiting?.map(({ key }) => key)).toEqual([other.key]);
  expect(at(night)).toMatchObject({ isolating: [other.key], retained: [] });
});

describe("a change that disrupts", () => {
  test("keeps what was before until its window opens, and is then sent in windows only", () => {
    const shut = admit(wanting(fresh), had, gatesAt(noon)).granted;
    expect(digests(shut)).toEqual(["Profile/a d-a"]);
    expect(shut.waiting).toEqual([
      { key: "Profile/a", reason: "waits for its window, which opens Mon 19:00 UTC" },
    ]);
    const opened = admit(wanting(fresh), shut, gatesAt(night)).granted;
    expect(digests(opened)).toEqual(["Profile/a d-2"]);
    expect(opened.waiting).toBeUndefined();
    // A device that was away: not before the next window, but what it had already at any time.
    const installsAt = (now: number, digest: string) => {
      const owned = { "Profile/a": ownedOf({ ...old, digest }) };
      const state = { collected: { device: now, profiles: now, managedApps: now } };
      const observed = { profiles: {}, apps: {}, owned };
      const situation = { ...situationOf([], { observed, state }), granted: opened };
      return candidates(situation, now).find(({ intent }) => intent.type === "install")?.notBefore;
    };
    expect(installsAt(night, "d-a")).toBe(0);
    expect(installsAt(night + 16 * hour, "d-a")).toBe(noon + 31 * hour);
    expect(installsAt(night + 16 * hour, "d-2")).toBe(0);
    // It is on its way for as long as its policy has windows.
    const later = admit(wanting(fresh), opened, gatesAt(noon + 24 * hour)).granted;
    expect(later.sentWithin).toEqual(opened.sentWithin);
  });

  test("that comes, goes or takes another's place waits as a whole", () => {
    const lock = profile("lock", disrupts);
    const keys = (desired: ReturnType<typeof wanting>, before: Granted, now = noon) =>
      digests(admit(desired, before, gatesAt(now)).granted);
    expect(keys(wanting(old, lock), had)).toEqual(["Profile/a d-a"]);
    expect(keys(wanting(), had)).toEqual(["Profile/a d-a"]);
    expect(keys(wanting(), had, night)).toEqual([]);
    expect(admit(wanting(), had, gatesAt(noon)).removals).toEqual([]);
    expect(admit(wanting(), had, gatesAt(night)).removals).toEqual(["Profile/a"]);
    // A renamed one and its new content come together, and an app whose identifier changes stays until then.
    const renamed = { ...fresh, key: "Profile/b", formerly: ["Profile/a"] };
    expect(keys(wanting(renamed), had)).toEqual(["Profile/a d-a"]);
    expect(keys(wanting(renamed), had, night)).toEqual(["Profile/b d-2"]);
    const slack = app("x");
    const other = { ...slack, id: "corp.y", digest: "d-y" };
    expect(keys(wanting(other), grantedOf([slack]))).toEqual(["App/x d-x"]);
    expect(admit(wanting(other), grantedOf([slack]), gatesAt(noon)).removals).toEqual([]);
    expect(keys(wanting(other), grantedOf([slack]), night)).toEqual(["App/x d-y"]);
  });

  test("does not wait in a first set-up, nor under a policy without windows, nor where nobody notices", () => {
    const given = (before: Granted | undefined, item = fresh, more: Partial<Gates> = {}) =>
      digests(admit(wanting(item), before, gatesAt(noon, more)).granted);
    expect(given(undefined)).toEqual(["Profile/a d-2"]);
    expect(given(had, { ...fresh, policy: "free" })).toEqual(["Profile/a d-2"]);
    const { effects: _none, ...plain } = fresh;
    expect(given(grantedOf([{ ...plain, digest: "d-1" }]), plain)).toEqual(["Profile/a d-2"]);
    // A device that has not said what it is like is still in its first set-up when it has.
    const early = admit(wanting(), undefined, gatesAt(noon, { settingUp: true })).granted;
    expect(given(early)).toEqual(["Profile/a d-2"]);
    expect(given(grantedOf([]))).toEqual([]);
    // What only watched has been given nothing.
    expect(given(grantedOf([], { sends: "queries", because: "observe" }))).toEqual(["Profile/a d-2"]);
  });

  test("of an app whose store has a newer one is sent in the window too", () => {
    const slack = app("x", { updates: true });
    const granted = admit(wanting(slack), undefined, gatesAt(noon)).granted;
    const updateAt = (now: number) => {
      const observed = {
        profiles: {},
        apps: { "corp.x": { status: "Managed" } },
        owned: { "App/x": ownedOf(slack) },
        offered: ["corp.x"],
      };
      const state = { collected: { device: now, profiles: now, managedApps: now } };
      const situation = { ...situationOf([], { observed, state }), granted };
      return candidates(situation, now).find(({ intent }) => intent.type === "install")?.notBefore;
    };
    expect([updateAt(noon), updateAt(night)]).toEqual([noon + 7 * hour, 0]);
    const missing = { ...situationOf([slack]), granted };
    expect(candidates(missing, noon).find(({ intent }) => intent.type === "install")?.notBefore).toBe(0);
  });
});
