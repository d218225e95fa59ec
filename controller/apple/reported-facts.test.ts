import { expect, test } from "vitest";
import { factsOf } from "./reported-facts.ts";

test("a device tells its time zone, and that it holds a SIM by the number of one", () => {
  const told = (body: Parameters<typeof factsOf>[0]) => {
    const { timeZone, cellular } = factsOf(body);
    return [timeZone?.value, cellular?.value];
  };
  const slots = (...numbers: readonly string[]) => ({
    ServiceSubscriptions: numbers.map((ICCID) => ({ Slot: "CTSubscriptionSlotOne", ICCID })),
  });
  expect(told({ TimeZone: "Asia/Tokyo", ...slots("", "8949 0200") })).toEqual(["Asia/Tokyo", "true"]);
  expect(told({ ICCID: "89490200" })).toEqual([undefined, "true"]);
  expect(told({ CellularTechnology: 3, ...slots("") })).toEqual([undefined, undefined]);
  expect(told({ ServiceSubscriptions: ["odd", { ICCID: 7 }] })).toEqual([undefined, undefined]);
});
