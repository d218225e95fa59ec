import { expect, test } from "vitest";
import { attemptsLeft } from "./armed.ts";

const passcode = "com.apple.mobiledevice.passwordpolicy";

test.each([
  ["a payload that says so", [{ type: passcode, content: { maxFailedAttempts: 6 } }], 6],
  [
    "the declaration that says so",
    [{ type: "com.apple.configuration.passcode.settings", content: { MaximumFailedAttempts: 4 } }],
    4,
  ],
  [
    "a number that a file writes as a real",
    [{ type: passcode, content: { maxFailedAttempts: { $real: "2.0" } } }],
    2,
  ],
  [
    "the fewest of several",
    [
      { type: passcode, content: { maxFailedAttempts: 8 } },
      { type: passcode, content: { maxFailedAttempts: 3 } },
    ],
    3,
  ],
  [
    "what is so without it",
    [{ type: passcode, content: { maxFailedAttempts: 11, minLength: 6 } }],
    undefined,
  ],
  ["a payload of another type", [{ type: "com.acme.x", content: { maxFailedAttempts: 2 } }], undefined],
  ["nothing", [], undefined],
])("%s", (_name, contents, attempts) => {
  expect(attemptsLeft(contents)).toBe(attempts);
});
