import { expect, test } from "vitest";
import { isInstalled, isThere } from "./presence.ts";
import { profile } from "./test-situation.ts";

test("a profile is on a device when the device says so, whatever its identifier is", () => {
  for (const id of ["corp.wifi", "constructor"]) {
    const item = profile("wifi", { id });
    const there = { profiles: { [id]: "U-wifi" }, owned: {} };
    const gone = { profiles: {}, owned: {} };
    expect([there, gone, { owned: {} }].map((one) => isThere(item, one))).toEqual([true, false, undefined]);
    expect([there, gone, { owned: {} }].map((one) => isInstalled(item, one))).toEqual([true, false, false]);
  }
});
