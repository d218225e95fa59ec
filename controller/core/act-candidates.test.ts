import { expect, test } from "vitest";
import type { ActTarget } from "./act.ts";
import { actCandidate, afterApps, appRemovals, ranks } from "./act-candidates.ts";
import { appsFirstMs } from "./apps-first.ts";
import { digestOf } from "./canonical.ts";
import type { Verb } from "./intent.ts";
import { removalDigest } from "./item-state.ts";
import type { Owned } from "./observed.ts";
import type { Situation } from "./situation.ts";
import { actOf, app, ownedOf, situationOf, start } from "./test-situation.ts";

const chat = app("chat");
const leave = actOf("unenroll");
const leaving = { act: leave.act, since: start };

function having(more: Parameters<typeof situationOf>[1] = {}): Situation {
  const observed = {
    profiles: {},
    apps: { [chat.id]: { status: "Managed" } },
    owned: { [chat.key]: ownedOf(chat) as Owned },
  };
  return situationOf([], { observed, acts: [leave], state: { leaving }, ...more });
}

test("ranks are in the order in which a device gets what it needs", () => {
  const order = ["urgent", "setup", "certificate", "profile", "app", "verify", "remove", "act", "inventory"];
  expect(Object.keys(ranks)).toEqual(order);
  expect(Object.values(ranks)).toEqual([...order.keys()]);
});

test("what somebody waits for with a stolen device goes before everything else", () => {
  const rankOf = (verb: Verb): number => actCandidate(actOf(verb)).rank;
  for (const verb of ["lock", "wipe", "lostMode", "unenroll", "clearPasscode"] as const)
    expect([verb, rankOf(verb)]).toEqual([verb, ranks.urgent]);
  for (const verb of ["reboot", "shutdown", "locate"] as const)
    expect([verb, rankOf(verb)]).toEqual([verb, ranks.act]);
});

test("the command of an act is told by what it does, and by the mark that only the store knows", () => {
  const [lock, digest] = [actOf("lock"), actCandidate(actOf("lock")).digest];
  expect(actCandidate(lock)).toMatchObject({
    key: "act/lock",
    intent: { type: "act", act: "lock", verb: "lock" },
    notBefore: lock.frozenAt,
  });
  expect(actCandidate({ ...lock, parameters: { pin: "1" } }).digest).not.toBe(digest);
  expect(actCandidate({ ...lock, verb: "wipe" }).digest).not.toBe(digest);
  // The same as before there were marks: what was handed out then is known by its id.
  expect(digest).toBe(digestOf(["lock", {}]));
  expect(actCandidate({ ...lock, mark: null }).digest).toBe(digest);
  const marked = ["0123", "4567"].map((mark) => actCandidate({ ...lock, mark }).digest);
  expect(new Set([digest, ...marked]).size).toBe(3);
});

test("the command that ends the management waits for its apps, a quarter of an hour at most", () => {
  const at = (situation: Situation, now = start, act = leave) => afterApps(situation, act, now).notBefore;
  expect(at(having())).toBe(start + appsFirstMs);
  expect(at(having(), start + appsFirstMs)).toBe(leave.frozenAt);
  expect(at(having({ state: {} }))).toBe(leave.frozenAt);
  expect(at(having({ state: { leaving: { act: "other", since: start } } }))).toBe(leave.frozenAt);
  expect(at(having({ observed: { profiles: {}, apps: {}, owned: {} } }))).toBe(leave.frozenAt);
});

test("its apps go at once while it may leave, and none of them when it may not", () => {
  const going = (more: Parameters<typeof situationOf>[1] = {}, act: Partial<ActTarget> = {}, now = start) =>
    appRemovals(having(more), { ...leave, ...act }, now);
  expect(going()).toEqual([
    {
      key: chat.key,
      digest: removalDigest,
      intent: { type: "remove", item: chat.key, kind: "App", id: chat.id },
      rank: ranks.urgent,
      notBefore: leave.frozenAt,
    },
  ]);
  expect(going({}, { expiresAt: start + 1 })).toHaveLength(1);
  expect(going({}, { expiresAt: start })).toEqual([]);
  for (const status of ["held", "sent", "executed", "cancelled"] as const)
    expect(going({}, { status })).toEqual([]);
  expect(going({ state: {} })).toEqual([]);
  expect(going({ state: { leaving: { act: "other", since: start } } })).toEqual([]);
  expect(going({ allows: "queries" })).toEqual([]);
  expect(going({ destructionStopped: true })).toEqual([]);
  expect(going({ destructionStopped: false })).toHaveLength(1);
  expect(going({ removalsStopped: true })).toEqual([]);
});
