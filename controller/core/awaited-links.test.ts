import { describe, expect, test } from "vitest";
import { admit } from "./admission.ts";
import { waitsFirst } from "./awaited-items.ts";
import { conditionOf } from "./condition.ts";
import { activationOf, declarationsOf } from "./declarations.ts";
import { legacyIdentifier, partIdentifier } from "./declared-identifier.ts";
import { wantedDeclarations } from "./declaring.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { heldReason } from "./held-reason.ts";
import { itemState } from "./item-state.ts";
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
import { wanting } from "./test-wanting.ts";

const wifi = (name: string, more: Partial<GrantedItem> = {}): GrantedItem =>
  profile(name, { effects: { network: { over: "local", digest: name } }, ...more });
const [old, a, c] = [wifi("old"), wifi("a"), wifi("c")];
const open = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };

function pass(before: Granted, items: readonly GrantedItem[], names: readonly string[] = []): Granted {
  return admit(wanting(...items), before, { ...open, links: { cellular: false, mayGo: new Set(names) } })
    .granted;
}

/** A device that has these of a granted state, where others fail. */
function having(granted: Granted, on: readonly GrantedItem[], failing: readonly GrantedItem[] = []) {
  const failed = failing.map((item) => [
    item.key,
    progressOf(item.digest, "failed", { attempts: 9, retryAt: start + hour }),
  ]);
  return situationOf([], {
    granted,
    observed: {
      profiles: Object.fromEntries(on.map(({ id, uuid = "" }) => [id, uuid])),
      apps: {},
      owned: Object.fromEntries(on.map((item) => [item.key, ownedOf(item)])),
    },
    state: { progress: Object.fromEntries(failed) },
  });
}

const swapped = pass(grantedOf([old]), [a]);
const empty = { digest: "d-2", uuid: "U-2" };
const again = profile("old", empty);

describe.each<[string, GrantedItem, readonly GrantedItem[], Granted, readonly string[]]>([
  ["has its name and its identifier", again, [a], swapped, []],
  ["has its identifier under another name", profile("x", { ...empty, id: old.id }), [a], swapped, []],
  ["is the same profile without its network, by the word", again, [a], grantedOf([old]), [old.key]],
  ["is the same profile without its network, beside another", again, [a], grantedOf([old, a]), []],
])("what %s", (_name, item, others, before, names) => {
  const granted = pass(before, [item, ...others], names);
  // A device knows it by its identifier.
  const had = { ...old, key: item.key };

  test("waits on a device that has nothing else, until the other network is there", () => {
    expect(orderOf(having(granted, [had]))).toEqual([`install ${a.key}`]);
    expect(orderOf(having(granted, [had], [a]))).toEqual([]);
    expect(orderOf(having(granted, [had, a]))).toEqual([`install ${item.key}`]);
    // The next pass forgets nothing of it.
    expect(pass(granted, [item, ...others], names)).toEqual(granted);
  });

  test("comes at once to a device that never had that network, and changes there", () => {
    expect(orderOf(having(granted, [], [a]))).toEqual([`install ${item.key}`]);
    const next = { ...item, digest: "d-3", uuid: "U-3" };
    const later = pass(granted, [next, ...others], names);
    expect(orderOf(having(later, [item], [a]))).toEqual([`install ${item.key}`]);
    expect(orderOf(having(later, [had], [a]))).toEqual([]);
  });

  test("is told as waiting, and why", () => {
    const failing = having(granted, [had], [a]);
    const judged = itemState(item, failing.observed, failing.state);
    expect(waitsFirst(item, judged, failing)).toBe(
      "waits until Profile/a is there: it takes the place of a network or of certificates",
    );
    expect(waitsFirst(item, { type: "verified" }, failing)).toBeUndefined();
    const contact = { now: start, lastSeenAt: start, unreachableAfterMs: hour };
    expect(conditionOf(failing, contact)).toMatchObject({ type: "Stalled", reason: "Failing" });
    expect(heldReason(failing, start)).toBeUndefined();
    const ignored = pass(before, [item, { ...a, drift: "ignore" }], names);
    const removed = having(ignored, [had]);
    const owned = { ...removed.observed.owned, [a.key]: ownedOf(a) };
    expect(conditionOf({ ...removed, observed: { ...removed.observed, owned } }, contact)).toEqual({
      type: "Held",
      reason: "RemovalHeld",
      message: `${item.key} waits until Profile/a is there; its user has removed it, and that is left so`,
    });
  });

  test("leaves later without the network that the device kept for it", () => {
    const gone = pass(granted, others, names);
    expect(orderOf(having(gone, [had], [a]))).toEqual([]);
    expect(orderOf(having(gone, [had, a]))).toEqual([`remove ${item.key}`]);
  });
});

test("nothing goes over a network by what the device said long ago of the other one", () => {
  const granted = pass(swapped, [again, a]);
  const situation = having(granted, [old, a]);
  const later = start + 2 * hour;
  expect(orderOf(situation, later)).toEqual(["query profiles"]);
  const looked = {
    ...situation,
    state: { ...situation.state, collected: { ...situation.state.collected, profiles: later } },
  };
  expect(orderOf(looked, later)).toEqual([`install ${again.key}`]);
  // What takes nothing away needs no look.
  const [camera, older] = [profile("camera"), profile("camera", { digest: "d-0", uuid: "U-0" })];
  const apart = having(pass(swapped, [camera, a]), [older, a]);
  expect(orderOf(apart, later)).toEqual([`install ${camera.key}`]);
  expect(orderOf(having(granted, [a]), later)).toEqual([`install ${again.key}`]);
});

test("whichever of the granted networks is there serves, and certificates only the same ones", () => {
  const granted = pass(grantedOf([old]), [again, a, c], [old.key]);
  expect(orderOf(having(granted, [old, c], [a]))).toEqual([`install ${again.key}`]);
  const both = profile("old", { effects: { ...old.effects, trust: "ca" } });
  const trust = profile("ca", { effects: { trust: "ca" } });
  const apart = pass(grantedOf([both]), [again, a, trust], [old.key]);
  expect(orderOf(having(apart, [both, a], [trust]))).toEqual([]);
  expect(orderOf(having(apart, [both, trust], [a]))).toEqual([]);
  expect(orderOf(having(apart, [both, a, trust]))).toEqual([`install ${again.key}`]);
});

test("what was put in the place of other certificates under their name is waited for as well", () => {
  const ca = (name: string, trust: string, more: Partial<GrantedItem> = {}) =>
    profile(name, { effects: { trust }, ...more });
  const root = ca("root", "one");
  const moved = ca("root", "two", { id: "corp.moved", digest: "d-2", uuid: "U-2" });
  const taking = profile("x", { id: root.id });
  const granted = pass(pass(grantedOf([root]), [moved]), [moved, taking]);
  const had = { ...root, key: taking.key };
  expect(orderOf(having(granted, [had], [moved]))).toEqual([]);
  expect(orderOf(having(granted, [had, moved]))).toEqual([`install ${taking.key}`]);
});

test("a copy that was granted before, and never came, is not what was put in their place", () => {
  const ca = (name: string, trust: string, more: Partial<GrantedItem> = {}) =>
    profile(name, { effects: { trust }, ...more });
  const [root, copy] = [ca("root", "one"), ca("copy", "one")];
  const moved = ca("root", "two", { id: "corp.moved", digest: "d-2", uuid: "U-2" });
  const taking = profile("x", { id: root.id });
  const granted = pass(pass(grantedOf([root, copy]), [moved, copy]), [moved, copy, taking]);
  expect(orderOf(having(granted, [{ ...root, key: taking.key }], [moved, copy]))).toEqual([]);
});

test("what keeps the certificates waits for the network alone, and the other way round", () => {
  const both = wifi("old", { effects: { ...old.effects, trust: "CA1" } });
  const copy = profile("copy", { effects: { trust: "CA1" } });
  const granted = (effects: GrantedItem["effects"]) =>
    pass(pass(grantedOf([both]), [a, copy]), [{ ...again, effects: effects ?? {} }, a, copy], [old.key]);
  const certificates = granted({ trust: "CA1" });
  expect(orderOf(having(certificates, [both, a], [copy]))).toEqual([`install ${again.key}`]);
  expect(orderOf(having(certificates, [both, copy], [a]))).toEqual([]);
  const network = granted(old.effects);
  expect(orderOf(having(network, [both, copy], [a]))).toEqual([`install ${again.key}`]);
  expect(orderOf(having(network, [both, a], [copy]))).toEqual([]);
});

test("what came for a network alone is not waited for when certificates go", () => {
  const both = wifi("old", { effects: { ...old.effects, trust: "CA1" } });
  const back = { ...old, digest: "d-2", uuid: "U-2" };
  const granted = pass(pass(grantedOf([both]), [a], [old.key]), [back, a], [old.key]);
  expect(orderOf(having(granted, [both], [a]))).toEqual([`install ${back.key}`]);
});

test("certificates that go by the word wait for no network, and neither does a new password after them", () => {
  const both = wifi("old", { effects: { ...old.effects, trust: "CA1" } });
  const other = wifi("a", { effects: { ...a.effects, trust: "CA9" } });
  const plain = { ...old, digest: "d-2", uuid: "U-2" };
  const first = pass(grantedOf([both, other]), [plain, other], [old.key]);
  expect(orderOf(having(first, [both], [other]))).toEqual([`install ${plain.key}`]);
  const password = { ...old, digest: "d-3", uuid: "U-3" };
  const next = pass(first, [password, other]);
  expect(orderOf(having(next, [both], [other]))).toEqual([`install ${plain.key}`]);
});

test("certificates wait for their copy alone where one came for them, whatever else has others", () => {
  const ca1 = { trust: "CA1" } as const;
  const both = wifi("old", { effects: { ...old.effects, ...ca1 } });
  const network = wifi("a", { effects: { ...a.effects, trust: "CA9" } });
  const copy = profile("copy", { effects: ca1 });
  const away = pass(grantedOf([both]), [network, copy]);
  // It keeps its network, and not its certificates.
  const back = { ...old, digest: "d-2", uuid: "U-2" };
  const granted = pass(away, [back, network, copy], [old.key]);
  expect(orderOf(having(granted, [both, copy], [network]))).toEqual([`install ${back.key}`]);
  expect(orderOf(having(granted, [both], [network, copy]))).toEqual([]);
});

test("a network that comes back is no such thing, and neither is what nothing else comes for", () => {
  const back = { ...old, digest: "d-2", uuid: "U-2" };
  expect(orderOf(having(pass(swapped, [back, a]), [old], [a]))).toEqual([`install ${old.key}`]);
  expect(orderOf(having(pass(grantedOf([old]), [again], [old.key]), [old]))).toEqual([`install ${old.key}`]);
});

test("what has another identifier does not wait, whatever else the device has", () => {
  const camera = profile("camera");
  expect(orderOf(having(pass(swapped, [camera, a]), [old], [a]))).toEqual([`install ${camera.key}`]);
  const older = { ...camera, digest: "d-0", uuid: "U-0" };
  expect(orderOf(having(pass(swapped, [camera, a]), [old, older], [a]))).toEqual([`install ${camera.key}`]);
  expect(orderOf(having(pass(swapped, [camera, again, a]), [camera], [a]))).toEqual([`install ${again.key}`]);
});

test("it waits also while policies disagree about the other network, and a network that comes back does not", () => {
  const conflict = { conflicts: [{ key: a.key, policies: ["p", "q"] }] };
  const torn = (before: Granted, ...items: readonly GrantedItem[]) =>
    admit({ ...wanting(...items), ...conflict }, before, {
      ...open,
      links: { cellular: false, mayGo: new Set() },
    }).granted;
  expect(orderOf(having(torn(swapped, again), [old]))).toEqual([]);
  const back = { ...old, digest: "d-2", uuid: "U-2" };
  expect(orderOf(having(torn(swapped, back), [old]))).toEqual([`install ${old.key}`]);
});

test("a profile of the same name, with neither the network nor its identifier, does not let that go", () => {
  const other = profile("old", { ...empty, id: "corp.other" });
  const granted = pass(swapped, [a, other]);
  expect(orderOf(having(granted, [old], [a]))).toEqual([`install ${other.key}`]);
  const apart = having(granted, [{ ...old, key: `${old.key}~${old.id}` }, other], [a]);
  expect(orderOf(apart)).toEqual([]);
  const served = having(granted, [{ ...old, key: `${old.key}~${old.id}` }, other, a]);
  expect(orderOf(served)).toEqual([`remove ${old.key}~${old.id}`]);
});

test("nothing waits for itself, nor for what has nothing of what it would take", () => {
  const [first, second] = [wifi("w"), wifi("w", { id: "corp.w2", digest: "d-2", uuid: "U-2" })];
  const back = profile("w", { id: first.id, digest: "d-3", uuid: "U-3" });
  const moved = pass(grantedOf([first]), [second]);
  const alone = pass(moved, [back], [first.key]);
  expect(orderOf(having(alone, [first]))).toEqual([`install ${back.key}`]);
  // What came for the network has lost it, and is nothing to wait for.
  const beside = pass(pass(grantedOf([old, c]), [a, c]), [profile("a", empty), c]);
  expect(orderOf(having(beside, [old, c], [profile("a", empty)]))).toEqual([`remove ${old.key}`]);
  // Half of it is left: only the other half is waited for.
  const both = profile("old", { effects: { ...old.effects, trust: "ca" } });
  const half = profile("old", { ...empty, effects: { trust: "ca" } });
  const trust = profile("ca", { effects: { trust: "ca" } });
  const apart = pass(grantedOf([both]), [half, a, trust], [old.key]);
  expect(orderOf(having(apart, [both, a]))).toContain(`install ${half.key}`);
  const other = pass(grantedOf([both]), [{ ...half, effects: old.effects ?? {} }, a, trust], [old.key]);
  expect(orderOf(having(other, [both, trust], [a]))).toContain(`install ${half.key}`);
});

test("two that would take each other's place are told as held, and not as declared", () => {
  const trust = (name: string, more: Partial<GrantedItem> = {}): GrantedItem =>
    profile(name, { effects: { trust: "ca" }, ...more });
  const before = [old, trust("ca")] as const;
  const after = [trust("old", empty), wifi("ca", empty)] as const;
  const granted = pass(
    grantedOf(before),
    after,
    before.map(({ key }) => key),
  );
  const swapped = having(granted, before);
  expect(orderOf(swapped)).toEqual([]);
  expect(conditionOf(swapped, { now: start, lastSeenAt: start, unreachableAfterMs: hour })).toEqual({
    type: "Held",
    reason: "RemovalHeld",
    message: "Profile/ca and Profile/old wait for each other's place; give one of them another identifier",
  });
});

test("what waits for one that waits itself is not told as waiting for each other", () => {
  const link = (name: string, effects: GrantedItem["effects"], more: Partial<GrantedItem> = {}) =>
    profile(name, { ...more, ...(effects === undefined ? {} : { effects }) });
  const net = (digest: string) => ({ network: { over: "local", digest } }) as const;
  // `i` was a network, `f` was trusted and is the network now, and `c` is what is trusted.
  const before = [link("f", { trust: "ca" }), link("i", net("i"))];
  const after = [link("c", { trust: "ca" }), link("f", net("f"), empty), link("i", undefined, empty)];
  const all = before.map(({ key }) => key);
  const chained = having(pass(grantedOf(before), after, all), before);
  expect(orderOf(chained)).toEqual(["install Profile/c"]);
  expect(heldReason(chained, start)).toBeUndefined();
});

test("by declaration it is not handed out while the device has the network, by whatever way that came", () => {
  const type = "com.apple.configuration.legacy";
  const declared = (item: GrantedItem): GrantedItem => {
    const part = { form: "configuration", type, identifier: legacyIdentifier(item.id) } as const;
    return { ...item, kind: "Declarations", wraps: true, parts: [{ ...part, token: item.digest }] };
  };
  const [before, after] = [declared(old), declared(again)];
  const activation = activationOf(partIdentifier(again.id, ":activation"), []);
  const handed = (granted: Granted, on: readonly GrantedItem[], had?: readonly GrantedItem[]) => {
    const situation = having(granted, on, [a]);
    const set = declarationsOf(grantedOf(had ?? []), {});
    const state = { ...situation.state, declared: { wanted: set.token, at: start } as never };
    const wanted = wantedDeclarations(had === undefined ? situation : { ...situation, state, declared: set });
    return wanted?.entries.filter((one) => one.item !== "reeve").map(({ token }) => token);
  };
  const swapped = pass(grantedOf([before]), [a]);
  const granted = pass(swapped, [after, a]);
  expect(handed(granted, [], [before])).toEqual([old.digest]);
  expect(handed(granted, [a], [before])).toEqual([again.digest]);
  expect(handed(granted, [])).toEqual([again.digest]);
  // Another version of it, or what else was handed out, is no network.
  const next = pass(granted, [{ ...after, digest: "d-3" }, a]);
  const activated = { ...after, parts: [...(after.parts ?? []), activation] };
  expect(handed(next, [], [activated, declared(profile("camera"))])).toEqual(["d-2"]);
  // The device has it as a profile.
  const mixed = pass(pass(grantedOf([old]), [a]), [after, a]);
  expect(handed(mixed, [old])).toEqual([]);
  expect(handed(mixed, [old, a])).toEqual([again.digest]);
  // It has it by declaration, and another comes as a profile.
  const plain = pass(swapped, [again, a]);
  expect(handed(plain, [], [before])).toEqual([old.digest]);
});
