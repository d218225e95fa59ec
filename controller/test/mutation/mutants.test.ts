import { expect, test } from "vitest";
import { mutantsOf, switchable } from "./mutants.ts";

const code = `
type Limit = 1 | 2;
function gate(n: number, list: readonly number[], open = false) {
  if (n < 2 && !open) return "shut";
  list.forEach((one) => one);
  return list?.filter((one) => one > n).length ?? "none";
}`;

test("mutants are small mistakes in what runs, each with a name that does not hang on its line", () => {
  expect(mutantsOf(code).map(({ name }) => name)).toEqual([
    "gate: false → true",
    "gate: n < 2 && !open → true",
    "gate: n < 2 && !open → false",
    "gate: n < 2 && !open → n < 2",
    "gate: n < 2 && !open → !open",
    "gate: n < 2 && !open → (n < 2) || (!open)",
    "gate: n < 2 → n <= 2",
    "gate: n < 2 → n >= 2",
    "gate: 2 → 3",
    "gate: !open → open",
    "gate: list.forEach((one) => one); → ;",
    'gate: list?.filter((one) => one > n).length ?? "none" → list?.filter((one) => one > n).length',
    "gate: one > n → one >= n",
    "gate: one > n → one <= n",
  ]);
  expect(mutantsOf(`\n\n${code}`).map(({ name }) => name)).toEqual(mutantsOf(code).map(({ name }) => name));
});

test.each(["{ at += 1; }", "at += 1;"])(
  "a text with all mutants in it is as before until one is in force, and no loop goes round for ever: %s",
  async (body) => {
    const text = `export function f(n) { let at = 0; while (at < n) ${body} return at >= 3; }`;
    const mutants = mutantsOf(text);
    const { f } = await import(`data:text/javascript,${encodeURIComponent(switchable(text, mutants))}`);
    const ask = globalThis as { reeveIsOn?: (index: number) => boolean; reeveTurns?: number };
    const before = ask.reeveIsOn;
    const results = [-1, ...mutants.keys()].map((on) => {
      ask.reeveIsOn = (index) => index === on;
      ask.reeveTurns = 0;
      try {
        return f(3);
      } catch {
        return "thrown";
      }
    });
    Object.assign(ask, { reeveIsOn: before });
    expect([results[0], results[mutants.findIndex(({ name }) => name.includes("; → ;")) + 1]]).toEqual([
      true,
      "thrown",
    ]);
    expect(results.slice(1)).toContain(false);
  },
);
