import { expect, test } from "vitest";
import type { Effects } from "./effects.ts";
import type { GrantedItem } from "./granted.ts";
import { connectsFor, overruledBy, type RiskTraits, riskNames, risksOf, trustsFor } from "./risk.ts";
import { app, profile } from "./test-situation.ts";

const supervised: RiskTraits = { supervised: true, platform: "ipados" };

function names(
  before: GrantedItem | undefined,
  after: GrantedItem | undefined,
  device = supervised,
  staying: readonly GrantedItem[] = [],
): string {
  return riskNames(risksOf({ before, after }, device, staying)).join();
}

const touching = (name: string, effects: Effects): GrantedItem => profile(name, { effects });
const over = (way: "local" | "cellular", digest = "d"): Effects => ({ network: { over: way, digest } });

test("an app is noticed when it goes, closes, or its user is asked", () => {
  const slack = app("slack", { base: "1" });
  expect(names(undefined, slack)).toBe("safe");
  expect(names(undefined, slack, { ...supervised, supervised: false })).toBe("disruptive");
  expect(names(undefined, slack, { platform: "macos" })).toBe("safe");
  expect(names(slack, undefined)).toBe("disruptive");
  expect(names(slack, { ...slack, digest: "settings" })).toBe("safe");
  const why = (after: GrantedItem): string | undefined =>
    risksOf({ before: slack, after }, supervised, [])[0]?.because;
  expect(why({ ...slack, base: "2" })).toBe("an app that runs is closed");
  // Another app under its name, also with the same content of all else.
  expect(why({ ...slack, id: "corp.other" })).toBe("an app that runs is closed and goes");
  expect(names(profile("slack", { id: slack.id }), slack)).toBe("safe");
});

test("an Android app is noticed when it goes, and when the device shows nothing else, or does not any more", () => {
  const of = (wish: NonNullable<GrantedItem["wish"]>): GrantedItem => app("a", { kind: "AndroidApp", wish });
  expect(names(undefined, of("required"))).toBe("safe");
  expect(names(of("required"), of("available"))).toBe("safe");
  for (const [before, after] of [
    [of("kiosk"), of("required")],
    [of("required"), of("kiosk")],
    [of("kiosk"), undefined],
    [undefined, of("kiosk")],
    [of("required"), undefined],
    [of("required"), of("blocked")],
  ] as const)
    expect(names(before, after)).toBe("disruptive");
  expect(names(of("blocked"), undefined)).toBe("safe");
});

test("a setting disrupts as what it is, and else as what it was", () => {
  const asks = touching("p", { disrupts: "its user is asked" });
  const [changed, plain] = [touching("p", { disrupts: "the device restarts" }), profile("p")];
  const why = (before: GrantedItem, after: GrantedItem) => risksOf({ before, after }, supervised, []);
  expect(why(asks, changed)).toEqual([{ risk: "disruptive", because: "the device restarts" }]);
  expect(why(asks, plain)).toEqual([{ risk: "disruptive", because: "its user is asked" }]);
  expect(names(plain, touching("p", { arms: true }))).toBe("armed");
  expect(names(touching("p", { arms: true }), plain)).toBe("safe");
});

test("the last network is one that goes or becomes another while none stays beside it", () => {
  const wifi = touching("wifi", over("local"));
  const other = touching("other", over("cellular", "o"));
  expect(names(undefined, wifi)).toBe("safe");
  expect(names(wifi, undefined)).toBe("isolating");
  expect(names(wifi, touching("wifi", over("local", "e")))).toBe("isolating");
  expect(names(wifi, touching("wifi", over("local")))).toBe("safe");
  expect(names(wifi, undefined, supervised, [profile("x"), other])).toBe("safe");
  expect(names(wifi, undefined, supervised, [profile("x")])).toBe("isolating");
  // Neither what goes nor what comes in its place is another one.
  expect(names(wifi, undefined, supervised, [wifi])).toBe("isolating");
  const after = touching("renamed", over("local", "e"));
  expect(names(wifi, after, supervised, [after])).toBe("isolating");
  expect(names(wifi, after, supervised, [wifi])).toBe("isolating");
  // Nor does one that ends by itself save it, nor what came while it was kept.
  expect(names(wifi, undefined, supervised, [{ ...other, lasts: { afterMs: 1 } }])).toBe("isolating");
  expect(names({ ...wifi, last: true }, undefined, supervised, [other])).toBe("isolating");
  // Nor does a file that nobody can read, which may be the last one itself.
  const maybe = touching("sealed", { network: { over: "local", digest: "s", maybe: true } });
  expect(names(wifi, undefined, supervised, [maybe])).toBe("isolating");
  expect(names(maybe, undefined, supervised, [])).toBe("isolating");
  expect(names(maybe, undefined, supervised, [wifi])).toBe("safe");
  // A SIM helps where a local network goes, and not where what the SIM needs does.
  const withSim = { ...supervised, cellular: true };
  expect(names(wifi, undefined, withSim)).toBe("safe");
  expect(names(other, undefined, withSim)).toBe("isolating");
});

test("on Android the network of another item is overruled by what comes with its GUID", () => {
  const of = (name: string, digest: string, ...guids: readonly string[]): GrantedItem =>
    touching(name, { network: { over: "local", digest, guids } });
  const [wifi, guests] = [of("wifi", "w", "a"), of("guests", "g", "b")];
  const earlier = [profile("x"), touching("apple", over("local")), wifi, guests];
  const overruled = (after: GrantedItem | undefined, before?: GrantedItem) =>
    overruledBy({ before, after }, earlier);
  expect(overruled(of("new", "n", "c", "a"))).toEqual([wifi]);
  expect(overruled(of("wifi", "n", "a"), wifi)).toEqual([]);
  // The same networks beside other settings overrule nothing anew.
  expect(overruled(of("new", "n", "a"), of("new", "n", "a"))).toEqual([]);
  for (const after of [undefined, profile("new"), touching("new", over("local", "n"))])
    expect(overruled(after)).toEqual([]);

  const why = (overrules: readonly GrantedItem[], staying = earlier.slice(2)) =>
    risksOf({ before: undefined, after: of("new", "n", "a"), overrules }, {}, staying).map(
      ({ because }) => because,
    );
  const last = ["it may overrule the last network of the device"];
  expect(why([])).toEqual([]);
  expect(why([wifi])).toEqual([]);
  expect(why([wifi], [wifi])).toEqual(last);
  expect(why([wifi, guests])).toEqual(last);
  // What came while it was kept is not known to work.
  expect(why([{ ...wifi, last: true }, guests], earlier)).toEqual(last);
  expect(why([wifi, { ...guests, last: true }], earlier)).toEqual(last);
  expect(why([{ ...wifi, last: true }])).toEqual(last);
});

test("trust is lost with the last copy of a certificate", () => {
  const root = touching("root", { trust: "ca" });
  expect(names(undefined, root)).toBe("safe");
  expect(names(root, undefined)).toBe("isolating");
  expect(names(root, touching("root", { trust: "ca2" }))).toBe("isolating");
  expect(names(root, { ...root, digest: "another name of it" })).toBe("safe");
  expect(names(root, undefined, supervised, [touching("copy", { trust: "ca" })])).toBe("safe");
  expect(names(root, undefined, supervised, [touching("else", { trust: "other" })])).toBe("isolating");
  expect(names(root, undefined, { ...supervised, cellular: true })).toBe("isolating");
});

test("nothing comes for a network or for certificates where there was none", () => {
  const network = { network: { over: "local", digest: "corp" } } as const;
  const [wifi, root, camera] = [
    profile("wifi", { effects: network }),
    profile("root", { effects: { trust: "ca" } }),
    profile("camera"),
  ];
  expect([wifi, root, camera].map((one) => connectsFor(wifi, one))).toEqual([true, false, false]);
  expect([wifi, root, camera].map((one) => trustsFor(root, one))).toEqual([false, true, false]);
  expect(trustsFor(camera, camera)).toBe(false);
});
