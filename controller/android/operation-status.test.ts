import { expect, test } from "vitest";
import { readOperation } from "./read-operation.ts";

const name = "enterprises/E/devices/D/operations/1786048723669";

function outcomeOf(metadata: object, more: object = {}) {
  return readOperation({ name, done: true, metadata: { type: "ADD_ESIM", ...metadata }, ...more })?.outcome;
}

test("an eSIM is there when the device says so, and what its user is still asked is open", () => {
  const esim = (status: string, more: object = {}) => ({ esimStatus: { status, ...more } });
  expect(outcomeOf(esim("SUCCESS", { esimInfo: { iccId: "89880000000000000012" } }))).toEqual({
    type: "executed",
    note: "eSIM 89880000000000000012",
  });
  expect(outcomeOf(esim("SUCCESS", { esimInfo: { iccId: "<script>" } }))).toEqual({ type: "executed" });
  for (const status of ["IN_PROGRESS", "PENDING_USER_ACTION"]) {
    expect(outcomeOf(esim(status))).toBeUndefined();
    // It was cancelled, or ran out, while its user was asked.
    expect(outcomeOf(esim(status), { error: { code: 1 } })).toEqual({ type: "cancelled" });
    expect(outcomeOf(esim(status), { error: { code: 4 } })).toEqual({ type: "expired" });
  }
  for (const [status, text] of [
    ["ERROR_USER_DENIED", "its user did not allow it"],
    ["ERROR_SETUP_IN_PROGRESS", "it is still being set up"],
    ["ERROR_ICC_ID_NOT_FOUND", "it has no eSIM of the company with this ICCID"],
    ["ERROR_MULTIPLE_ACTIVE_ESIMS_NO_AVAILABLE_SLOT", expect.stringContaining("all its slots")],
    ["NEW_WORD", "NEW_WORD"],
  ])
    expect(outcomeOf(esim(String(status)))).toEqual({ type: "failed", text });
  const internalErrorDetails = {
    errorCode: "10011",
    errorCodeDetail: "ERROR_INVALID_ACTIVATION_CODE",
    operationCodeDetail: "OPERATION_CODE_DETAIL_UNSPECIFIED",
  };
  expect(outcomeOf(esim("INTERNAL_ERROR", { internalErrorDetails }))).toEqual({
    type: "failed",
    text: "INTERNAL_ERROR, ERROR_INVALID_ACTIVATION_CODE",
  });
});

test("an EID is kept and stands in no text", () => {
  const info = (status: string, more: object = {}) => ({ requestDeviceInfoStatus: { status, ...more } });
  const eidInfo = { eids: [{ eid: "89033000000000000000000000000001" }, { eid: "no\nEID" }, 7] };
  const told = outcomeOf(info("SUCCEEDED", { eidInfo }));
  expect(told).toMatchObject({
    type: "executed",
    kept: { kind: "eid", value: "89033000000000000000000000000001", source: "latest" },
  });
  expect(told?.type === "executed" ? told.note : "").not.toContain("8903");
  expect(outcomeOf(info("PENDING_USER_ACTION"))).toBeUndefined();
  expect(outcomeOf(info("USER_DECLINED"))).toMatchObject({ text: "its user did not want to tell it" });
  expect(outcomeOf(info("UNSUPPORTED"))).toMatchObject({ type: "failed" });
  expect(outcomeOf(info("SUCCEEDED"))).toMatchObject({ type: "failed", text: "it told no EID" });
});

test("what says nothing leaves the word to the error code, and that to the error", () => {
  const nothing = { esimStatus: { status: "STATUS_UNSPECIFIED" }, startLostModeStatus: {} };
  expect(outcomeOf(nothing)).toEqual({ type: "executed" });
  expect(outcomeOf({ ...nothing, errorCode: "COMMAND_ERROR_CODE_UNSPECIFIED" })).toEqual({
    type: "executed",
  });
  expect(outcomeOf({ ...nothing, errorCode: "API_LEVEL" }, { error: { code: 9, message: "x" } })).toEqual({
    type: "failed",
    text: "its Android is too old for that",
  });
  const newPassword = "Canary-Pass-4711";
  expect(outcomeOf({ newPassword }, { error: { code: 3, message: `${newPassword} is too weak` } })).toEqual({
    type: "failed",
    text: "Google says: [secret] is too weak",
  });
});
