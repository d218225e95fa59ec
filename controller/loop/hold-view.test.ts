import { expect, test } from "vitest";
import { byName, type HoldDevice } from "./hold-view.ts";

test("devices stand as people look for them, with numbers in their order", () => {
  const named = ["iPad 10", "iPad 9", "iPad 9", "Anna's"].map(
    (name, index): HoldDevice => ({
      device: `d-${9 - index}`,
      name,
      verb: "wipe",
      lastSeenAt: 0,
      status: "held",
    }),
  );
  const sorted = byName(named).map(({ name, device }) => `${name} ${device}`);
  expect(sorted).toEqual(["Anna's d-6", "iPad 9 d-7", "iPad 9 d-8", "iPad 10 d-9"]);
});
