import { expect, test } from "vitest";
import { conditionOf } from "./condition.ts";
import { declarationsOf } from "./declarations.ts";
import type { Desired } from "./desired.ts";
import type { GrantedItem } from "./granted.ts";
import { heldReason } from "./held-reason.ts";
import { leavingDeclarations } from "./leaving-items.ts";
import { grantedOf, hour, ownedOf, profile, progressOf, situationOf, start } from "./test-situation.ts";

const wifi = (name: string, more: Partial<GrantedItem> = {}) =>
  profile(name, { effects: { network: { over: "local", digest: name } }, ...more });
const old = wifi("old");
const contact = { now: start, lastSeenAt: start, unreachableAfterMs: hour };

test("what waits for something that is not there, and is not mended, is told and not called as declared", () => {
  const told = (heir: GrantedItem, progress: Parameters<typeof situationOf>[1]) =>
    conditionOf(
      situationOf([{ ...heir, inPlaceOf: [old] }], {
        observed: { profiles: { [old.id]: "U-old" }, apps: {}, owned: { [old.key]: ownedOf(old) } },
        ...progress,
      }),
      contact,
    );
  const temporary = wifi("a", { lasts: { at: start } });
  const lapsed = { [temporary.key]: progressOf(temporary.digest, "lapsed") };
  expect(told(temporary, { state: { progress: lapsed } })).toEqual({
    type: "Held",
    reason: "RemovalHeld",
    message: "Profile/old stays until Profile/a is there; its time is over",
  });
  const ignored = wifi("a", { drift: "ignore" });
  const owned = { [old.key]: ownedOf(old), [ignored.key]: ownedOf(ignored) };
  const observed = { profiles: { [old.id]: "U-old" }, apps: {}, owned };
  expect(told(ignored, { observed })).toEqual({
    type: "Held",
    reason: "RemovalHeld",
    message: "Profile/old stays until Profile/a is there; its user has removed it, and that is left so",
  });
  // What is still to come, or there, is told otherwise, and so is what waits for nothing.
  const open = situationOf([{ ...ignored, inPlaceOf: [old] }, wifi("b")], {
    observed: { ...observed, owned: { [old.key]: ownedOf(old) } },
  });
  expect(heldReason(open, start)).toBeUndefined();
  expect(heldReason(situationOf([], { observed }), start)).toBeUndefined();
  expect(told(ignored, {}).type).toBe("Reconciling");
  const both = { ...observed, profiles: { [old.id]: "U-old", [ignored.id]: "U-a" } };
  expect(told(ignored, { observed: both }).message).toBe("Profile/old is being removed");
});

test("what stays by declaration until another is there is not told as on its way off", () => {
  const parts = (name: string): Partial<GrantedItem> => ({
    kind: "Declarations",
    parts: [
      { form: "configuration", type: "com.apple.configuration.legacy", identifier: `i-${name}`, token: "t" },
    ],
  });
  const before = wifi("old", parts("old"));
  const heir = wifi("a", { drift: "ignore", inPlaceOf: [before] });
  const declared = declarationsOf(grantedOf([before]), {});
  const entry = { token: "t", active: true, valid: "valid" } as const;
  const situation = situationOf([heir], {
    declared,
    observed: {
      profiles: {},
      apps: {},
      owned: { [heir.key]: ownedOf(heir) },
      declarations: Object.fromEntries(declared.entries.map(({ identifier }) => [identifier, entry])),
    },
    state: { declared: { wanted: declared.token, at: start } as never },
  });
  const message = "Profile/old stays until Profile/a is there; its user has removed it, and that is left so";
  expect(conditionOf(situation, contact)).toEqual({ type: "Held", reason: "RemovalHeld", message });
  const desired = { items: [heir], conflicts: [], unsupported: [] } as unknown as Desired;
  expect(leavingDeclarations(desired, situation)).toEqual([
    { key: before.key, state: "leaving", because: "stays until Profile/a is there" },
  ]);
});

test("what was tried in vain under a name is nothing of what is there under it by now", () => {
  const a = profile("a");
  const failed = { [a.key]: progressOf("d-0", "failed", { attempts: 9, retryAt: start + hour }) };
  const there = { profiles: { [a.id]: a.uuid ?? "" }, apps: {}, owned: { [a.key]: ownedOf(a) } };
  const told = (items: readonly GrantedItem[]) =>
    conditionOf(situationOf(items, { observed: there, state: { progress: failed } }), contact);
  expect(told([a]).type).toBe("Ready");
  expect(told([])).toMatchObject({ type: "Stalled", message: "Profile/a cannot be removed" });
});

test("what was sent before it had to wait is not told as failing", () => {
  const left = [{ key: "Profile/x", kind: "Profile", id: "corp.x", effects: { trust: "ca" } }] as const;
  const other = [{ key: "Profile/y", kind: "Profile", id: "corp.y", effects: old.effects ?? {} }] as const;
  const x = wifi("x", { id: "corp.x", inPlaceOf: other });
  const y = profile("y", { id: "corp.y", effects: { trust: "ca" }, inPlaceOf: left });
  const had = { x: { ...ownedOf(x), digest: "d-0" }, y: { ...ownedOf(y), digest: "d-0" } };
  const sent = {
    [x.key]: progressOf(x.digest, "sent"),
    [y.key]: progressOf(y.digest, "failed", { attempts: 9 }),
  };
  const observed = { profiles: { [x.id]: "U-0", [y.id]: "U-0" }, apps: {}, owned: had };
  const message = "Profile/x and Profile/y wait for each other's place; give one of them another identifier";
  expect(conditionOf(situationOf([x, y], { observed, state: { progress: sent } }), contact)).toEqual({
    type: "Held",
    reason: "RemovalHeld",
    message,
  });
});
