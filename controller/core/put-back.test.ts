import { expect, test } from "vitest";
import { admit, type Gates } from "./admission.ts";
import type { CompiledPolicy } from "./compiled.ts";
import { conditionOf } from "./condition.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { grantedOf, hour, profile, situationOf, start } from "./test-situation.ts";
import { wanting } from "./test-wanting.ts";
import { fleetGates } from "./window-gates.ts";

const noon = Date.UTC(2026, 0, 5, 12);
const windowOf = (from: string, to: string) => [
  { type: "allow", days: ["Mon"], from, to, timeZone: "UTC", gates: ["disruptive"] },
];
const policies = [
  { name: "early", windows: windowOf("08:00", "11:00") },
  { name: "late", windows: windowOf("19:00", "23:00") },
  { name: "free" },
] as unknown as readonly CompiledPolicy[];

function gatesAt(now: number, more: Partial<Gates> = {}): Gates {
  const common = { observe: false, suspended: undefined, removalsFrozen: undefined, removalBudget: true };
  const windows = fleetGates(policies, [now], now).of(undefined);
  return { ...common, windows, traits: { platform: "ipados", supervised: true }, ...more };
}

const asks = { effects: { disrupts: "its user is asked" } } as const;
const [a, b] = [profile("a", { ...asks, policy: "late" }), profile("b", { policy: "free" })];
/** The two with each other's identifiers. */
const swapped: readonly GrantedItem[] = [
  { ...a, id: b.id, digest: "d-a2" },
  { ...b, id: a.id, digest: "d-b2" },
];
const why = "waits for its window, which opens Mon 19:00 UTC";
const contents = ({ items }: Granted) => items.map(({ key, digest }) => [key, digest]);

test("what waits beside something that waits for its window waits for that as well, and is told and planned so", () => {
  const found = admit(wanting(...swapped), grantedOf([a, b]), gatesAt(noon));
  expect(contents(found.granted)).toEqual(contents(grantedOf([a, b])));
  const because = `Profile/b, which has its name, stays: ${why}`;
  expect(found.granted.waiting).toEqual([
    { key: a.key, reason: why },
    // What stays under its name until then.
    { key: a.key, reason: because },
    { key: b.key, reason: because },
  ]);
  expect(found.waiting?.map(({ key, reason }) => [key, reason])).toEqual([
    [a.key, why],
    [b.key, because],
  ]);
  expect([found.retained, found.granted.withheld]).toEqual([[], undefined]);
  const verified = Object.fromEntries([a, b].map(({ id, uuid = "" }) => [id, uuid]));
  const observed = { profiles: verified, apps: {}, owned: {} };
  const situation = situationOf([], { granted: found.granted, observed });
  expect(conditionOf(situation, { now: start, lastSeenAt: start, unreachableAfterMs: hour }).reason).toBe(
    "AwaitsWindow",
  );
  expect(contents(admit(wanting(...swapped), found.granted, gatesAt(noon + 8 * hour)).granted)).toEqual(
    swapped.map(({ key, digest }) => [key, digest]),
  );
});

test("what waits beside something that is only watched is held with that reason, and is in the plan", () => {
  const desired = wanting({ ...a, digest: "d-a2" }, { ...b, id: a.id, digest: "d-b2" });
  const items = desired.items.map((item) => ({ ...item, observe: item.key === a.key }));
  const found = admit({ ...desired, items, watching: ["late"] }, grantedOf([a, b]), gatesAt(noon));
  const held = {
    key: b.key,
    reason: "Profile/a, which has its identifier, stays: its policy is in observe mode",
  };
  expect([found.retained, found.granted.withheld]).toEqual([[held], [held]]);
  expect(contents(found.granted)).toEqual(contents(grantedOf([a, b])));
  // What is new and has its identifier is told as well.
  const fresh = wanting({ ...a, digest: "d-a2" }, profile("new", { id: a.id }));
  const watched = fresh.items.map((item) => ({ ...item, observe: item.key === a.key }));
  const other = admit({ ...fresh, items: watched }, grantedOf([a]), gatesAt(noon));
  expect(other.retained).toEqual([{ ...held, key: "Profile/new" }]);
});

test("what leaves in a window only keeps others for that, and what another guard keeps does not", () => {
  const taking = { ...profile("new"), key: a.key, id: b.id, digest: "d-n" };
  const pass = (gates: Partial<Gates>) =>
    admit(wanting(taking), grantedOf([a, { ...b, policy: "late", ...asks }]), gatesAt(noon, gates));
  const late = pass({}).granted;
  expect([late.waiting?.map(({ key }) => key), late.withheld]).toEqual([[a.key, a.key, b.key], undefined]);
  // What is new keeps nothing.
  const lock = profile("lock", { ...asks, policy: "late" });
  expect(admit(wanting(a, lock), grantedOf([a]), gatesAt(noon)).granted.waiting).toEqual([
    { key: lock.key, reason: why },
  ]);
  const frozen = pass({ removalsFrozen: "frozen" });
  expect(frozen.retained.map(({ key }) => key)).toContain(a.key);
  expect(frozen.granted.waiting).toBeUndefined();
});

test("reasons do not grow where two wait for each other's windows, or are watched by turns", () => {
  const pair = [a, { ...b, ...asks, policy: "early" }];
  const wanted = wanting(
    { ...a, id: b.id, digest: "d-a2" },
    { ...b, ...asks, policy: "early", id: a.id, digest: "d-b2" },
  );
  let granted = grantedOf(pair);
  const sizes = new Set<number>();
  for (let day = 0; day < 10; day++)
    for (const at of [9, 12, 20]) {
      granted = admit(wanted, granted, gatesAt(noon + (at - 12) * hour)).granted;
      sizes.add(Math.ceil(JSON.stringify(granted).length / 1000));
    }
  expect(Math.max(...sizes)).toBeLessThan(4);
});
