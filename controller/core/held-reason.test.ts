import { expect, test } from "vitest";
import { heldReason } from "./held-reason.ts";
import type { Situation } from "./situation.ts";
import { actOf, grantedOf, profile, situationOf, start } from "./test-situation.ts";

const [kept, late] = [
  profile("kept", { retained: "frozen" }),
  profile("late", { retained: "waits for Sunday" }),
];
const waiting = [{ key: late.key, reason: "waits for Sunday" }];
const held = actOf("wipe", { status: "held" });
const put = actOf("lock", { note: "the day's ceiling" });

/** What may hold a device back, the first first. */
const reasons: readonly (readonly [string, string, Partial<Situation>])[] = [
  ["Quarantined", "only asked questions until its enrollment is complete or released", { allows: "queries" }],
  [
    "AwaitsApproval",
    "wipe (Operation/wipe@1) waits for approval, or cools off after it: reeve holds",
    { acts: [put, held] },
  ],
  ["AwaitsGate", "lock (Operation/lock@1) is due; the day's ceiling", { acts: [put] }],
  ["QueriesOnly", "observe", { granted: grantedOf([kept], { because: "observe" }) }],
  [
    "RemovalHeld",
    "Profile/kept stays: frozen",
    { granted: grantedOf([profile("a"), late, kept], { waiting }) },
  ],
  [
    "RemovalHeld",
    "App/x is held back: it takes more",
    {
      granted: grantedOf([late], { waiting, withheld: [{ key: "App/x", reason: "it takes more" }] as never }),
    },
  ],
  ["AwaitsWindow", "Profile/late waits for Sunday", { granted: grantedOf([late], { waiting }) }],
  ["Halted", "the kill switch is on: nothing is sent to it", { halted: true }],
];

test.each(reasons)("%s: %s", (reason, message, more) => {
  expect(heldReason(situationOf([], more), start)).toEqual({ reason, message });
});

test("what waits for a person is told although another item of its name waits for a window", () => {
  const last = profile("late", { retained: "allowIsolating does not name it" });
  const message = "Profile/late stays: allowIsolating does not name it";
  const situation = situationOf([], { granted: grantedOf([last], { waiting }) });
  expect(heldReason(situation, start)).toEqual({ reason: "RemovalHeld", message });
  // Another one that waits for the same window is another one.
  const [other] = [profile("other", { retained: "waits for Sunday" })];
  const stays = situationOf([], { granted: grantedOf([other], { waiting }) });
  expect(heldReason(stays, start)?.reason).toBe("RemovalHeld");
  const both = [{ key: late.key, reason: "waits for its policy" }, ...waiting];
  const waits = situationOf([], { granted: grantedOf([late], { waiting: both }) });
  expect(heldReason(waits, start)?.reason).toBe("AwaitsWindow");
});

test("of several reasons the first is told", () => {
  let all: Partial<Situation> = {};
  for (const [reason, message, { granted, ...more }] of reasons.toReversed()) {
    const merged = granted === undefined ? {} : { granted: { ...granted, withheld: granted.withheld ?? [] } };
    all = { ...all, ...merged, ...more };
    expect(heldReason(situationOf([], all), start)).toEqual({ reason, message });
  }
});

test("nothing is held where nothing waits: what may be sent, and what is over, does not", () => {
  const over = (["sent", "executed", "failed", "refused"] as const).map((status) =>
    actOf("wipe", { status, note: "no" }),
  );
  expect(heldReason(situationOf([profile("a")], { acts: [actOf("lock"), ...over] }), start)).toBeUndefined();
  expect(heldReason(situationOf([], { granted: undefined }), start)).toBeUndefined();
});
