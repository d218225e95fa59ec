import { expect, test } from "vitest";
import { createTroubles } from "./troubles.ts";

test("a part that fails is told until it works again", () => {
  let now = 0;
  const troubles = createTroubles(() => now);
  troubles.failed("snapshot", new Error("no space left on device"));
  troubles.failed("push", "BadCertificate");
  now += 12 * 60_000;
  troubles.failed("snapshot", new Error("no space left on device"));
  expect(troubles.warnings().map((one) => one.message)).toEqual([
    "writing the snapshot fails since 12 min (2 times): no space left on device",
    "waking devices fails since 12 min (1 times): BadCertificate",
  ]);
  troubles.worked("snapshot");
  troubles.worked("push");
  expect(troubles.warnings()).toEqual([]);
});
