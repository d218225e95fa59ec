import { expect, test } from "vitest";
import { admit } from "./admission.ts";
import { conditionOf } from "./condition.ts";
import { activationOf, declarationsOf, withEarlier } from "./declarations.ts";
import { awaitingHeirs } from "./declared-heirs.ts";
import { legacyIdentifier, partIdentifier } from "./declared-identifier.ts";
import { wantedDeclarations } from "./declaring.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { handOut } from "./handing-out.ts";
import { leavers } from "./heirs.ts";
import { leavingDeclarations } from "./leaving-items.ts";
import type { Situation } from "./situation.ts";
import { grantedOf, hour, ownedOf, profile, situationOf, start } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";

const open = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };

function declared(item: GrantedItem, more: readonly string[] = []): GrantedItem {
  const type = "com.apple.configuration.legacy";
  const names = { identifier: legacyIdentifier(item.id), token: item.digest, profile: item.digest };
  const others = more.map((name) => activationOf(partIdentifier(item.id, name), []));
  return {
    ...item,
    kind: "Declarations",
    wraps: true,
    parts: [{ form: "configuration", type, ...names }, ...others],
  };
}

const wifi = (name: string, more: Partial<GrantedItem> = {}): GrantedItem =>
  declared(profile(name, { effects: { network: { over: "local", digest: name } }, ...more }));
const old = wifi("old");

function pass(before: Granted, items: readonly GrantedItem[], conflicts: readonly string[] = []): Granted {
  const desired = {
    ...wanting(...items),
    conflicts: conflicts.map((key) => ({ key, policies: ["p", "q"] })),
  };
  const links = { cellular: false, mayGo: new Set([old.key]) };
  return admit(desired, before, { ...open, links }).granted;
}

/** A device that was handed these declarations last, and has what it says of them. */
function handed(
  granted: Granted,
  had: readonly GrantedItem[],
  there: readonly GrantedItem[] = [],
): Situation {
  const set = declarationsOf(grantedOf(had), {});
  const entry = (token: string) => ({ token, active: true, valid: "valid" }) as const;
  const parts = there.flatMap((item) => item.parts ?? []);
  const situation = situationOf([], { granted, declared: set });
  return {
    ...situation,
    observed: {
      ...situation.observed,
      declarations: Object.fromEntries(parts.map(({ identifier, token }) => [identifier, entry(token)])),
    },
    state: { ...situation.state, declared: { set: "s", token: set.token, wanted: set.token, at: start } },
  };
}

function tokens(situation: Situation): readonly string[] | undefined {
  const entries = wantedDeclarations(situation)?.entries ?? [];
  return entries.filter((one) => one.item !== "reeve" && one.profile !== undefined).map(({ token }) => token);
}

test("what has another identifier under its name stays until that is there, however often the device comes", () => {
  const moved = { ...wifi("old", { id: "corp.moved", digest: "d-2" }) };
  const granted = pass(grantedOf([old]), [moved]);
  expect(tokens(handed(granted, [old]))).toEqual(["d-2", "d-old"]);
  const both = [old, moved];
  expect(tokens(handed(granted, both, [old]))).toEqual(["d-2", "d-old"]);
  expect(tokens(handed(granted, both, both))).toEqual(["d-2"]);
});

test("what only changes is replaced in one step, and a part that it has no more goes with that", () => {
  const before = declared(old, [":more"]);
  const next = { ...old, digest: "d-2" };
  expect(awaitingHeirs(handed(pass(grantedOf([before]), [declared(next)]), [before]))).toEqual([]);
  // Also while it waits for another network itself.
  const emptied = declared(profile("old", { digest: "d-3" }));
  const a = wifi("a");
  const granted = pass(grantedOf([before]), [emptied, a]);
  expect(awaitingHeirs(handed(granted, [before, a]))).toEqual([]);
  expect(tokens(handed(granted, [before, a]))).toEqual(["d-a", "d-old"]);
  // As a profile it can only come when its declaration is gone.
  const { parts: _parts, wraps: _wraps, ...plain } = { ...next, kind: "Profile" as const };
  expect(awaitingHeirs(handed(grantedOf([plain]), [before]))).toEqual([]);
});

test("nothing is waited for where nothing is granted or nothing was handed out", () => {
  const situation = handed(grantedOf([]), [old]);
  for (const none of [{ granted: undefined }, { declared: undefined }])
    expect(awaitingHeirs({ ...situation, ...none })).toEqual([]);
});

test("what was handed out under an earlier name stays as well until another network is there", () => {
  const a = wifi("a", { drift: "ignore" });
  const renamed = { ...old, key: "Profile/renamed", formerly: [old.key] };
  const granted = pass(pass(grantedOf([old]), [renamed]), [a]);
  // The set was not written again, for no declaration had changed.
  const situation = handed(granted, [old], [old]);
  expect(tokens(situation)).toEqual(["d-a", "d-old"]);
  const desired = { items: [a], conflicts: [], unsupported: [] } as never;
  expect(leavingDeclarations(desired, situation)).toEqual([
    { key: old.key, state: "leaving", because: "stays until Profile/a is there" },
  ]);
  expect(tokens(handed(granted, [old, a], [old, a]))).toEqual(["d-a"]);
});

test("what policies disagree about stays by whatever way and under whatever name the device has it", () => {
  const renamed = { ...old, key: "Profile/renamed" };
  const granted = pass(grantedOf([renamed]), [], [renamed.key]);
  expect(tokens(handed(granted, [old], [old]))).toEqual(["d-old"]);
  const observed = {
    profiles: { [old.id]: "U" },
    apps: {},
    owned: { [old.key]: { ...ownedOf(old), kind: "Profile" as const } },
  };
  expect(leavers(granted, { observed })).toEqual([]);
});

test("what waits for another network was not handed out, and hides nothing of that", () => {
  const a = wifi("a");
  const emptied = declared(profile("old", { digest: "d-3" }));
  const granted = pass(grantedOf([old]), [emptied, a]);
  const before = handed(granted, [old], [old]);
  const wanted = wantedDeclarations(before);
  if (wanted === undefined) throw new Error("nothing is declared");
  const { transition } = handOut(before, wanted, new Map(), start);
  expect(Object.keys(transition.state.progress)).toEqual([a.key]);
  const after = { ...before, state: transition.state, declared: wanted };
  const seen = { token: "d-a", active: false, valid: "invalid", reasons: ["no"] } as const;
  const observed = {
    ...after.observed,
    declarations: { ...after.observed.declarations, [legacyIdentifier(a.id)]: seen },
  };
  const failing = {
    digest: a.digest,
    attempts: 9,
    phase: "failed",
    at: start,
    errors: [{ domain: "x", code: 1, text: "no" }],
  } as const;
  const situation = { ...after, observed, state: { ...after.state, progress: { [a.key]: failing } } };
  const contact = { now: start, lastSeenAt: start, unreachableAfterMs: hour };
  expect(conditionOf(situation, contact)).toMatchObject({
    type: "Stalled",
    message: expect.stringContaining(a.key),
  });
});

test("what waits keeps what had its identifier, and not what had its name", () => {
  // Its identifier had a network that `a` came for, and its name was that of another one, which went by the word.
  const [a, former] = [wifi("a"), wifi("former")];
  const moved = declared(profile("former", { id: old.id, digest: "d-2" }));
  const granted = pass(pass(grantedOf([old, former]), [former, a]), [moved, a]);
  const situation = handed(granted, [old, former, a], [old, former]);
  expect(tokens(situation)).toEqual(["d-a", "d-former", "d-old"]);
  expect(tokens(handed(granted, [old, former, a], [old, a]))).toEqual(["d-a", "d-former", "d-2"]);
  const more = partIdentifier(old.id, ":more");
  const before = declarationsOf(grantedOf([declared(old, [":more"]), former, a]), {});
  const { entries } = withEarlier(declarationsOf(granted, {}), before, [moved]);
  const profiles = entries.filter((one) => one.profile !== undefined);
  expect(profiles.map(({ token }) => token)).toEqual(["d-a", "d-old"]);
  expect(entries.map(({ identifier }) => identifier)).toContain(more);
});

test("what has the identifier of a declaration is not waited for, while others are", () => {
  const left = [{ key: old.key, kind: old.kind, id: old.id, effects: old.effects ?? {} }];
  const plain = profile("x", { id: old.id, effects: { trust: "ca" }, inPlaceOf: left });
  const other = wifi("other", { inPlaceOf: left });
  const keeps = (granted: Granted) => awaitingHeirs(handed(granted, [old], [old])).length > 0;
  expect(keeps(grantedOf([plain]))).toBe(false);
  expect(keeps(grantedOf([plain, other]))).toBe(true);
  expect(keeps(grantedOf([plain], { leftAlone: [other] }))).toBe(true);
});
