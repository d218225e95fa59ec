import { expect, test } from "vitest";
import { declaredState, faultsOf } from "./declared-state.ts";
import type { DeclaredPart } from "./granted.ts";
import type { DeclarationStatus, Observed } from "./observed.ts";
import { profile, progressOf, situationOf, start } from "./test-situation.ts";

const part = (form: DeclaredPart["form"], more: Partial<DeclaredPart> = {}): DeclaredPart => ({
  form,
  type: `com.apple.${form}`,
  identifier: `corp.${form}`,
  token: "t1",
  ...more,
});
const inForce: DeclarationStatus = { token: "t1", active: true, valid: "valid" };

const itemOf = (...parts: readonly DeclaredPart[]) => profile("mail", { kind: "Declarations", parts });

function stateOf(
  parts: readonly DeclaredPart[],
  declarations: Readonly<Record<string, DeclarationStatus>> | undefined,
  { state, ...observed }: { state?: Parameters<typeof situationOf>[1] & {} } & Partial<Observed> = {},
) {
  const item = itemOf(...parts);
  const situation = situationOf([item], state);
  return declaredState(
    item,
    { owned: {}, ...(declarations && { declarations }), ...observed },
    situation.state,
  );
}

const verified = { type: "verified" };
const missing = { type: "missing", retryAt: 0 };

test.each<[DeclaredPart["form"], boolean]>([
  ["configuration", false],
  ["activation", false],
  ["asset", true],
  ["management", true],
])(
  "%s counts when the device names this very content as valid, and as active where it can be",
  (form, idle) => {
    const one = part(form);
    const state = (status: Partial<DeclarationStatus>) =>
      stateOf([one], { [one.identifier]: { ...inForce, ...status } });
    expect(state({})).toEqual(verified);
    expect(state({ active: false })).toEqual(idle ? verified : missing);
    for (const other of [{ token: "t0" }, { valid: "invalid" }, { valid: "unknown" }] as const)
      expect(state(other)).toEqual(missing);
    for (const nothing of [undefined, {}]) expect(stateOf([one], nothing)).toEqual(missing);
  },
);

test("all parts of it must be there", () => {
  const [one, other] = [part("configuration"), part("activation")];
  expect(stateOf([one, other], { [one.identifier]: inForce, [other.identifier]: inForce })).toEqual(verified);
  for (const { identifier } of [one, other])
    expect(stateOf([one, other], { [identifier]: inForce })).toEqual(missing);
});

test("what a predicate keeps inactive is right so, and is judged when it is active", () => {
  const one = part("configuration", { conditional: true });
  const state = (status: Partial<DeclarationStatus>) =>
    stateOf([one], { [one.identifier]: { ...inForce, ...status } });
  expect(state({ active: false, valid: "unknown" })).toEqual(verified);
  expect(state({ active: true, valid: "unknown" })).toEqual(missing);
  expect(state({ active: true })).toEqual(verified);
  expect(state({ active: false, valid: "invalid" })).toEqual(missing);
  expect(state({ active: false, token: "t0" })).toEqual(missing);
});

test("a status from before the change says nothing of it", () => {
  const one = part("configuration");
  const after = (
    declarations: number | undefined,
    digest = "d-mail",
    phase: "acknowledged" | "failed" = "acknowledged",
  ) =>
    stateOf(
      [one],
      { [one.identifier]: inForce },
      {
        state: {
          state: {
            progress: { "Profile/mail": progressOf(digest, phase, { retryAt: start + 9 }) },
            collected: declarations === undefined ? {} : { declarations },
          },
        },
      },
    );
  const waits = { type: "acknowledged", since: start };
  expect([after(undefined), after(start - 1), after(start)]).toEqual([waits, waits, waits]);
  expect(after(start + 1)).toEqual(verified);
  // Only an answer of the device makes its status old, and only one about this content.
  expect(after(start, "d-mail", "failed")).toEqual(verified);
  expect(after(start, "d-before")).toEqual(verified);
});

test("it is tried again when its back-off is over, and what another content waits for does not keep it", () => {
  const one = part("configuration");
  const after = (digest: string) =>
    stateOf(
      [one],
      {},
      {
        state: {
          state: { progress: { "Profile/mail": progressOf(digest, "failed", { retryAt: start + 9 }) } },
        },
      },
    );
  expect(after("d-mail")).toEqual({ type: "missing", retryAt: start + 9 });
  expect(after("d-before")).toEqual(missing);
});

test("what the device says that it does not support is unsupported, whatever else it says", () => {
  const one = part("configuration");
  expect(stateOf([one], { [one.identifier]: inForce }, { supports: [] })).toEqual({
    type: "unsupported",
    reason: "the device says that it does not support com.apple.configuration",
  });
});

test("faults are those of this very content, in the words of the device", () => {
  const parts = [part("configuration"), part("asset"), part("activation"), part("management")];
  const fault: DeclarationStatus = { token: "t1", active: false, valid: "invalid" };
  const declarations = {
    "corp.configuration": { ...fault, reasons: ["Error.One", "Error.Two"] },
    "corp.asset": fault,
    "corp.activation": { ...fault, token: "t0" },
    "corp.management": { ...fault, valid: "unknown" as const },
  };
  expect(faultsOf(itemOf(...parts), { declarations })).toEqual([
    "com.apple.configuration: Error.One, Error.Two",
    "com.apple.asset: invalid",
  ]);
  expect(faultsOf(itemOf(...parts), {})).toEqual([]);
  expect(faultsOf(profile("x"), { declarations })).toEqual([]);
});
