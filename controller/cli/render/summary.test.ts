import { expect, test } from "vitest";
import { counts, now } from "../sample-views.ts";
import { renderSummary, type Summary, summaryJson } from "./summary.ts";

const look = { now, width: 100, color: false };

const settled: Summary = {
  revision: "9d03e11",
  platforms: [
    { platform: "ios", ...counts(17, 0, 0, 1) },
    { platform: "macos", ...counts(6) },
    { platform: "tvos", ...counts(2) },
    { platform: "android", ...counts(4) },
  ],
  held: ["wipe IPAD-07 waits for approval (intended; reeve holds)"],
  commands: { InstallProfile: { executed: 112, failed: 2 }, ProfileList: { executed: 100 } },
  durationMs: 6_240,
};

test("the final table accounts for every device and command", () => {
  expect(renderSummary(settled, look)).toBe(`         total  ready  held  stalled  pending
iOS         18     17     1        0        0
macOS        6      6     0        0        0
tvOS         2      2     0        0        0
Android      4      4     0        0        0
Settled in 6.2 s: 30 devices, 29 as declared and verified by themselves, 1 held.
Held     wipe IPAD-07 waits for approval (intended; reeve holds)
Sent     214 commands: 212 executed, 2 failed
`);
});

test("its JSON has the documented shape", () => {
  expect(summaryJson(settled)).toEqual({
    formatVersion: 1,
    revision: "9d03e11",
    devices: { total: 30, ready: 29, held: 1, stalled: 0, pending: 0, unreachable: 0 },
    commands: settled.commands,
    durationMs: 6_240,
  });
});

test("what has not settled is not called settled", () => {
  const text = renderSummary(
    { ...settled, platforms: [{ platform: "ios", ...counts(1, 2, 3, 0, 4) }], held: [] },
    look,
  );

  expect(text).toContain("unreachable\n");
  expect(text).toContain(
    "Not settled after 6.2 s: 10 devices, 1 as declared and verified by themselves, 3 stalled, 2 pending, 4 unreachable.",
  );
});

test("hundreds of held acts are shown as ten and a number", () => {
  const held = Array.from({ length: 500 }, (_, index) => `wipe IPAD-${index}`);

  expect(renderSummary({ ...settled, held }, look)).toContain("         and 490 more: reeve holds\n");
});
