import { expect, test } from "vitest";
import { dayMs, entry, heldDevice, hold, now, plan } from "../sample-views.ts";
import { hasChanges, renderPlan } from "./plan.ts";

const look = { now, width: 100, color: false };
const tree = { source: "working tree" } as const;

test("a plan names what is done to which devices, why, and what destroys last", () => {
  const text = renderPlan(
    plan({
      devices: 20_114,
      changed: 18_829,
      unchanged: 1_285,
      newestReportAt: now - 4_000,
      entries: [
        entry("install", "Profile/wifi-corp", 1_904),
        entry("update", "Profile/passcode", 18_402, {
          place: "security.yaml:9",
          changes: ["minLength 6 -> 8"],
        }),
        entry("remove", "App/yammer", 311, { place: "baseline.yaml:9" }),
      ],
      removals: { devices: 311, budget: 500, used: 0, frozen: "12 devices (report older than maxAge)" },
      destructive: [hold()],
    }),
    look,
    tree,
  );

  expect(text).toBe(`4f1c2ab (working tree) against 9d03e11 (in force); 20,114 devices, newest report 4 s ago

  + install  Profile/wifi-corp                     1,904 devices  Policy/baseline
  ~ update   Profile/passcode   minLength 6 -> 8  18,402 devices  security.yaml:9
  - remove   App/yammer                              311 devices  baseline.yaml:9
             removal budget 311 of 500; frozen: 12 devices (report older than maxAge)

Plan: 1 to install, 1 to update, 1 to remove on 18,829 devices; 1,285 unchanged.

DESTRUCTIVE: 1 device. Nothing is sent before approval.
  ! wipe     IPAD-0417  DMPXK2ABQ1  company, whole device  seen 3 d ago
             Deprovision/lost-2026-11  lifecycle.yaml:2  "stolen, case 4711"  by
             it-lead@acme.example
  expected 1, found 1; budget 1 of 10 in 20 min; needs 1 approval, not it-lead's unless alone
  (solo); expires in 3 d
  digest 7be2-91c4-e0aa   after merge: reeve approve 7be2-91c4-e0aa
`);
});

test("what users get is counted in users", () => {
  const text = renderPlan(
    plan({
      devices: 4,
      changed: 1,
      unchanged: 3,
      users: { total: 5, changed: 2 },
      entries: [entry("install", "Profile/dock", 0, { users: 2 }), entry("install", "Profile/wifi", 1)],
    }),
    look,
    tree,
  );
  expect(text).toContain("4 devices and 5 users, no report yet");
  expect(text).toMatch(/Profile\/dock +2 users/);
  expect(text).toContain("Plan: 2 to install on 1 device and 2 users; 3 devices and 3 users unchanged.");
});

test("nothing to do is one sentence", () => {
  const text = renderPlan(plan({ devices: 1, unchanged: 1 }), look, { source: "revision" });

  expect(text).toBe(`4f1c2ab against 9d03e11 (in force); 1 device, no report yet

No changes: 1 device as planned.
`);
  expect(hasChanges(plan())).toBe(false);
});

test("the first plan of all has nothing to compare with", () => {
  const { inForce: _none, ...first } = plan({
    devices: 1,
    changed: 1,
    entries: [entry("install", "App/a", 1)],
  });

  expect(renderPlan(first, look, tree).split("\n")[0]).toBe(
    "4f1c2ab (working tree); nothing in force yet; 1 device, no report yet",
  );
});

test("holds, conflicts and what is not supported tell their reasons", () => {
  const text = renderPlan(
    plan({
      devices: 3,
      changed: 3,
      entries: [
        entry("hold", "Profile/vpn", 3, { reason: "its policy is in observe mode" }),
        entry("conflict", "App/slack", 2, { policy: "a, b", reason: "equal priority" }),
        entry("unsupported", "Profile/camera", 1, { policy: "", reason: "needs supervision" }),
      ],
    }),
    look,
    tree,
  );

  expect(text).toContain(`
  = hold         Profile/vpn       3 devices  Policy/baseline
                 its policy is in observe mode
  x conflict     App/slack         2 devices  Policy/a, b
                 equal priority
  ? unsupported  Profile/camera     1 device
                 needs supervision

Plan: 1 held, 1 in conflict, 1 not supported on 3 devices; 0 unchanged.
`);
});

test("contents that differ in nothing a reader sees are one line", () => {
  const entries = [1, 2, 3].map((number) =>
    entry("install", "Profile/wifi", number, { to: `digest-${number}` }),
  );

  const text = renderPlan(plan({ devices: 6, changed: 6, entries }), look, tree);

  expect(text).toContain("  + install  Profile/wifi    6 devices  Policy/baseline\n");
  expect(text).toContain("Plan: 1 to install on 6 devices");
});

test("hundreds of lines are cut, counted, and shown on demand", () => {
  const entries = Array.from({ length: 300 }, (_, index) => entry("install", `App/a${index}`, 2));
  const view = plan({ devices: 20_000, changed: 600, unchanged: 19_400, entries });

  const short = renderPlan(view, look, tree);
  const long = renderPlan(view, look, { ...tree, all: true });

  expect(short).toContain("             and 275 lines more to install, 550 devices (--all shows each)\n");
  expect(short.split("\n").length).toBeLessThan(40);
  expect(long).toContain("App/a299");
});

test("of 20,000 wiped devices the number, the kinds and the digest always stand there", () => {
  const devices = Array.from({ length: 20_000 }, (_, index) => heldDevice(index));
  const text = renderPlan(plan({ destructive: [hold({ devices, expectedDevices: 20_000 })] }), look, tree);

  expect(text).toContain("DESTRUCTIVE: 20,000 devices. Nothing is sent before approval.");
  expect(text).toContain("  ! and 19,950 devices more (19,950 wipe): reeve holds -o json names each");
  expect(text).toContain("  digest 7be2-91c4-e0aa   after merge: reeve approve 7be2-91c4-e0aa\n");
  expect(text.split("\n").length).toBeLessThan(70);
});

test("an act that somebody approved, that several must approve, or that is over says so", () => {
  const approved = hold({ approvals: [{ by: "ann", at: now }], status: "ready" });
  const half = hold({ approvals: [{ by: "ann", at: now }], approvalsNeeded: 2 });
  const over = hold({ expiresAt: now - dayMs, status: "expired" });
  const text = (one: ReturnType<typeof hold>) => renderPlan(plan({ destructive: [one] }), look, tree);

  expect(text(approved)).toContain("approved by ann");
  expect(text(approved)).toContain("digest 7be2-91c4-e0aa   ready");
  expect(text(half)).toContain("needs 2 approvals, not it-lead's unless alone\n  (solo); 1 given by ann");
  expect(text(over)).toContain("EXPIRED");
});

test("an act that is only planned has no digest yet", () => {
  const planned = hold({ digest: "", author: "", status: "would be held" });
  const text = renderPlan(plan({ destructive: [planned] }), look, tree);

  expect(text).toContain(`
             Deprovision/lost-2026-11  lifecycle.yaml:2  "stolen, case 4711"
  expected 1, found 1; budget 1 of 10 in 20 min; needs 1 approval; expires in 3 d
  would be held; its digest is told after merge: reeve holds
`);
  expect(hasChanges(plan({ destructive: [planned] }))).toBe(true);
});

test("an act that would be refused says so, and is no change", () => {
  const refused = hold({
    digest: "",
    status: "would be refused",
    refusals: [
      { reason: "its ownership is unknown", count: 7, devices: ["MAC-01", "MAC-02"] },
      { reason: "expected 2, found 1", count: 0, devices: [] },
    ],
    moreReasons: 1,
  });
  const view = plan({ destructive: [refused] });

  expect(renderPlan(view, look, tree)).toContain(`"stolen, case 4711"`);
  expect(renderPlan(view, look, tree)).toContain(`
  refused for MAC-01, MAC-02 and 5 more: its ownership is unknown
  refused: expected 2, found 1
  and others for 1 more reason
`);
  expect(renderPlan(view, look, tree).trimEnd().endsWith("  would be refused")).toBe(true);
  expect(hasChanges(view)).toBe(false);
});

test("an act that leaves devices out names them, a line for each reason", () => {
  const refusals = [{ reason: "timeZone does not exist on macOS", count: 1, devices: ["MAC-01"] }];
  const act = entry("act", "Operation/set@1", 1, { policy: "", place: "a.yaml:1", reason: "move", refusals });

  expect(renderPlan(plan({ entries: [act] }), look, tree)).toContain(`
         move
         without MAC-01: timeZone does not exist on macOS
`);
});

test("a held act is a change that is pending, one that is over is none", () => {
  expect(hasChanges(plan({ destructive: [hold()] }))).toBe(true);
  expect(hasChanges(plan({ destructive: [hold({ status: "executed" })] }))).toBe(false);
  expect(hasChanges(plan({ entries: [entry("remove", "App/a", 1)] }))).toBe(true);
  expect(hasChanges(plan({ entries: [entry("unsupported", "App/a", 1)] }))).toBe(false);
});

test("colours are added only where they are wanted, and change no blank", () => {
  const view = plan({
    devices: 1,
    changed: 1,
    entries: [entry("install", "App/a", 1)],
    destructive: [hold()],
  });

  const plain = renderPlan(view, look, tree);
  const colored = renderPlan(view, { ...look, color: true }, tree);

  expect(plain).not.toContain("\u001b");
  expect(colored).toContain("\u001b[32m+ install\u001b[39m");
  expect(colored.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
});

test("at a terminal of 80 columns a change that is long is whole, below its line", () => {
  const changes = ["passwordMinimumLength 6 -> 11", "passwordQuality NUMERIC -> COMPLEX"];
  const long = entry("update", "Profile/passcode", 3, { place: "mobile.yaml:9", changes });
  const text = renderPlan(plan({ entries: [long] }), { ...look, width: 80 }, tree);

  for (const change of changes) expect(text).toMatch(new RegExp(`^ +${change}$`, "m"));
});
