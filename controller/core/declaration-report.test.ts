import { describe, expect, test } from "vitest";
import { applyStatus, type DeclarationReport } from "./declaration-report.ts";
import { declarationsOf } from "./declarations.ts";
import { legacyIdentifier } from "./declared-identifier.ts";
import { wantedDeclarations } from "./declaring.ts";
import type { GrantedItem } from "./granted.ts";
import { handOut } from "./handing-out.ts";
import { itemState } from "./item-state.ts";
import type { DeclarationStatus } from "./observed.ts";
import type { Situation } from "./situation.ts";
import { grantedOf, minute, profile, situationOf, start } from "./test-situation.ts";

function item(name: string, token: string): GrantedItem {
  const { uuid: _uuid, ...rest } = profile(name, { digest: `${name}-${token}` });
  const type = "com.apple.configuration.management.test";
  const part = { form: "configuration", type, identifier: `corp.${name}:test`, token } as const;
  return { ...rest, kind: "Declarations", parts: [part] };
}

/** A channel that was handed the declarations of these items at a time. */
function handed(items: readonly GrantedItem[], at: number, before?: Situation): Situation {
  const situation = { ...(before ?? situationOf(items)), granted: situationOf(items).granted };
  const set = declarationsOf(grantedOf(items), {});
  const { transition } = handOut(situation, set, new Map(), at);
  return { ...situation, state: transition.state, observed: transition.observed, declared: set };
}

function status(token: string, more: Partial<DeclarationStatus> = {}): DeclarationStatus {
  return { token, active: true, valid: "valid", ...more };
}

function report(
  declarations: Readonly<Record<string, DeclarationStatus>> | undefined,
  more: Partial<DeclarationReport> = {},
): DeclarationReport {
  const seen = declarations === undefined ? {} : { declarations };
  return {
    observation: { section: "declarations", detail: {}, ...seen },
    full: false,
    gone: [],
    told: {},
    ...more,
  };
}

const events = (changed: { readonly events: readonly { readonly type: string }[] }) =>
  changed.events.map((one) => one.type);

describe("a status report", () => {
  const one = handed([item("a", "t1")], start);

  test("verifies an item that it shows valid and active with exactly this token", () => {
    const changed = applyStatus(one, report({ "corp.a:test": status("t1") }), start + minute);

    expect(events(changed)).toEqual(["item.verified"]);
    expect(changed.state.progress["Profile/a"]).toBeUndefined();
  });

  test.each([
    ["another token", status("t0")],
    ["inactive", status("t1", { active: false })],
    ["not judged yet", status("t1", { valid: "unknown" })],
  ])("verifies nothing when it is %s", (_what, told) => {
    const changed = applyStatus(one, report({ "corp.a:test": told }), start + minute);

    expect(events(changed)).toEqual([]);
    expect(changed.state.progress["Profile/a"]?.phase).toBe("acknowledged");
  });

  test("says why something is invalid, once", () => {
    const reasons = ["Error.ConfigurationCannotBeApplied"];
    const bad = report({ "corp.a:test": status("t1", { valid: "invalid", active: false, reasons }) });
    const first = applyStatus(one, bad, start + minute);
    const again = applyStatus(
      { ...one, state: first.state, observed: first.observed },
      bad,
      start + 2 * minute,
    );

    expect(events(first)).toEqual(["item.failed"]);
    expect(first.state.progress["Profile/a"]?.errors?.[0]?.text).toContain(reasons[0]);
    expect(events(again)).toEqual([]);
  });

  test("of what changed leaves what it does not speak of", () => {
    const two = handed([item("a", "t1"), item("b", "t1")], start);
    const first = applyStatus(two, report({ "corp.a:test": status("t1") }), start + minute);
    const then = { ...two, state: first.state, observed: first.observed };
    const second = applyStatus(then, report({ "corp.b:test": status("t1") }), start + 2 * minute);

    expect(Object.keys(second.observed.declarations ?? {})).toEqual(["corp.a:test", "corp.b:test"]);
  });

  test("that is full takes the place of all, and a removed one goes", () => {
    const two = handed([item("a", "t1"), item("b", "t1")], start);
    const all = report({ "corp.a:test": status("t1"), "corp.b:test": status("t1") });
    const known = applyStatus(two, all, start + minute);
    const then = { ...two, state: known.state, observed: known.observed };
    const full = applyStatus(
      then,
      report({ "corp.a:test": status("t1") }, { full: true }),
      start + 2 * minute,
    );
    const removed = applyStatus(then, report({}, { gone: ["corp.b:test"] }), start + 2 * minute);

    expect(Object.keys(full.observed.declarations ?? {})).toEqual(["corp.a:test"]);
    expect(Object.keys(removed.observed.declarations ?? {})).toEqual(["corp.a:test"]);
  });

  test("without declarations, even a full one, makes nothing unknown", () => {
    const known = applyStatus(one, report({ "corp.a:test": status("t1") }), start + minute);
    const then = { ...one, state: known.state, observed: known.observed };
    const changed = applyStatus(then, report(undefined, { full: true }), start + 2 * minute);

    expect(changed.observed.declarations).toEqual(known.observed.declarations);
  });

  test("makes no room for declarations that were never handed out", () => {
    const changed = applyStatus(one, report({ "somebody.else": status("x") }), start + minute);

    expect(changed.observed.declarations).toEqual({});
  });
});

test("a change back to what was reported before waits for a newer report", () => {
  const first = handed([item("a", "t1")], start);
  const seen = applyStatus(first, report({ "corp.a:test": status("t1") }), start + minute);
  const known = { ...first, state: seen.state, observed: seen.observed };
  const second = handed([item("a", "t2")], start + 2 * minute, known);
  const back = handed([item("a", "t1")], start + 3 * minute, second);

  expect(back.state.progress["Profile/a"]?.phase).toBe("acknowledged");
  const told = applyStatus(back, report({ "corp.a:test": status("t1") }), start + 4 * minute);
  expect(events(told)).toEqual(["item.verified"]);
});

test("what was renamed under another identifier stays until its successor is verified", () => {
  const before = handed([item("a", "t1")], start);
  const seen = applyStatus(before, report({ "corp.a:test": status("t1") }), start + minute);
  const heir = { ...item("b", "t1"), formerly: ["Profile/a"] };
  const renamed: Situation = {
    ...before,
    state: seen.state,
    observed: seen.observed,
    granted: grantedOf([heir]),
  };
  const names = (situation: Situation) => {
    const entries = wantedDeclarations(situation)?.entries ?? [];
    return entries.filter((one) => one.item !== "reeve").map((one) => one.identifier);
  };
  expect(names(renamed)).toEqual(["corp.a:test", "corp.b:test"]);

  const both = wantedDeclarations(renamed);
  if (both === undefined) throw new Error("nothing is declared");
  const { transition } = handOut(renamed, both, new Map(), start + 2 * minute);
  const told = applyStatus(
    { ...renamed, state: transition.state, declared: both },
    report({ "corp.b:test": status("t1") }),
    start + 3 * minute,
  );
  expect(names({ ...renamed, state: told.state, observed: told.observed, declared: both })).toEqual([
    "corp.b:test",
  ]);
});

test("a profile that a declaration may have taken over unheard is looked for before it counts as there", () => {
  const plain = profile("a");
  const { uuid: _uuid, ...rest } = plain;
  const type = "com.apple.configuration.legacy";
  const part = { form: "configuration", type, identifier: legacyIdentifier(plain.id), token: "t1" } as const;
  const wrapping: GrantedItem = {
    ...rest,
    kind: "Declarations",
    wraps: true,
    parts: [{ ...part, profile: plain.digest }],
  };
  const other = item("b", "t1");
  const had = situationOf([plain]);
  const before = { ...had, observed: { ...had.observed, profiles: { [plain.id]: plain.uuid ?? "" } } };

  // The device puts the profile under its declaration, and goes before it can say so.
  const taken = handed([wrapping, other], start, before);
  const back = handed([plain, other], start + minute, taken);
  const judge = ({ observed, state }: Pick<Situation, "observed" | "state">) =>
    itemState(plain, observed, state).type;
  expect(judge(back)).toBe("unknown");

  // It was asked before it had let go of it: what it says then comes from what went before its report.
  const asked = { ...back, observed: { ...back.observed, profiles: before.observed.profiles } };
  const after = applyStatus(asked, report({ "corp.b:test": status("t1") }), start + 2 * minute);
  expect(judge(after)).toBe("unknown");
  const seen = { ...asked, state: after.state, observed: { ...after.observed, profiles: {} } };
  expect(judge(seen)).toBe("acknowledged");
  const later = { ...seen, observed: { ...seen.observed, profiles: before.observed.profiles } };
  const again = applyStatus(later, report({ "corp.b:test": status("t1") }), start + 3 * minute);
  expect(judge(again)).toBe("verified");
});
