import { expect, test } from "vitest";
import { answerFaults, notificationFaults } from "./answer-faults.ts";

test("what an answer says that the facts do not know is found, also in the metadata of operations", () => {
  const metadata = {
    "@type": "type.googleapis.com/google.android.devicemanagement.v1.Command",
    type: "LOCK",
  };
  expect(answerFaults("Operation", { name: "o", metadata })).toEqual([]);
  expect(answerFaults("Operation", { name: "o", metadata: { ...metadata, type: "DANCE" } })).toEqual([
    "type: bad-enum",
  ]);
  expect(
    answerFaults("ListOperationsResponse", { operations: [{ metadata: { ...metadata, colour: 1 } }] }),
  ).toEqual(["colour: unknown-field"]);
  expect(answerFaults("Device", { hardwareInfo: { model: 7 } })).toEqual(["hardwareInfo.model: wrong-type"]);
  expect(notificationFaults("STATUS_REPORT", { state: "ASLEEP" })).toEqual(["state: bad-enum"]);
  expect(notificationFaults("GREETING", {})).toHaveLength(1);
});
