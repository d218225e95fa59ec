import { expect, test } from "vitest";
import { readOperation } from "./read-operation.ts";

const name = "enterprises/LC1/devices/d1/operations/1786048723669";

function outcome(metadata: object, more: object = { done: true }) {
  return readOperation({ name, metadata: { type: "LOCK", ...metadata }, ...more })?.outcome;
}

test("an operation is over when Google says done, with or without a response", () => {
  expect(outcome({}, {})).toBeUndefined();
  expect(outcome({}, { done: "true" })).toBeUndefined();
  expect(outcome({})).toEqual({ type: "executed" });
  expect(outcome({}, { done: true, response: {} })).toEqual({ type: "executed" });
});

test("what the command says of itself counts before its code, and that before the operation's error", () => {
  const error = { done: true, error: { code: 13, message: "inner" } };
  expect(outcome({ startLostModeStatus: { status: "SUCCESS" } }, error)).toEqual({ type: "executed" });
  expect(outcome({ errorCode: "MANAGEMENT_MODE" }, error)).toEqual({
    type: "failed",
    text: "it is not managed in a way that allows that",
  });
  expect(outcome({}, error)).toEqual({ type: "failed", text: "Google says: inner" });
});

test("cancelled, expired and failed are told apart", () => {
  const ended = (code: number) => outcome({}, { done: true, error: { code } })?.type;
  expect([ended(1), ended(4), ended(7)]).toEqual(["cancelled", "expired", "failed"]);
});

test("a new password is in nothing that is read, also when Google repeats it", () => {
  const newPassword = "Canary-4711";
  const message = `${newPassword} is too short`;
  const read = readOperation({
    name,
    metadata: { type: "RESET_PASSWORD", newPassword },
    done: true,
    error: { code: 3, message },
  });
  expect(JSON.stringify(read)).not.toContain(newPassword);
});

test("what is no operation is none", () => {
  for (const value of [undefined, [], {}, { name: "operations/1" }, { name: `${name}/../../x` }])
    expect(readOperation(value)).toBeUndefined();
});
