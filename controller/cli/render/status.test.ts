import { expect, test } from "vitest";
import { stoppingActs } from "../../loop/latches.ts";
import { counts, heldDevice, hold, hour, minute, now, revision, status } from "../sample-views.ts";
import { renderHolds } from "./holds.ts";
import { renderStatus } from "./status.ts";

const look = { now, width: 100, color: false };

test("what is approved and cools off is said before it leaves", () => {
  const holds = { acts: 2, devices: 3, cooling: 1, leavesAt: now + 12 * 60_000 };
  expect(renderStatus(status({ holds }), look)).toContain(
    "Holds     2 (3 devices); 1 approved, leaves in 12 min       reeve holds\n",
  );
  expect(renderStatus(status({ holds: { acts: 0, devices: 0, ready: 1 } }), look)).toContain(
    "Holds     0 (0 devices); 1 act on the way                   reeve holds\n",
  );
  const cooling = renderHolds([hold({ leavesAt: now + 60_000, status: "cooling" })], { ...look, width: 80 });
  expect(Math.max(...cooling.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(renderHolds([hold(), hold({ leavesAt: now + 60_000 })], look).replace("\n", " ")).toContain(
    "1 is approved and leaves when it has cooled off; nothing else is sent before approval.",
  );
});

test("what stops all acts is said before what would leave", () => {
  const latched = ["armed", "frozen", "suspended/ipads", "maybe-restored"].map((name) => ({
    name,
    reason: "this database ends with event 188",
    by: "reeve",
    since: now,
  }));
  const ready = [
    hold({ status: "leaving", devices: hold().devices.map((one) => ({ ...one, status: "ready" })) }),
  ];
  const text = renderHolds([], look, false, { ready, stopped: stoppingActs({ all: latched }) });
  expect(text).toMatch(
    /^No act leaves: maybe-restored: this database ends with event 188; reeve resume restored\n\nNothing is held/,
  );
  expect(text).toContain("may leave as soon as that is lifted.");
  expect(text).not.toContain("when the device connects");
  const cooling = hold({ leavesAt: now + 60_000, status: "cooling" });
  const stopped = stoppingActs({ all: [] }, { suspended: "an audit", mode: "observe" });
  const later = renderHolds([cooling], look, false, { stopped });
  expect(later).toContain("No act leaves: suspended: an audit; a commit ends that\n");
  expect(later).toContain("would leave when it has cooled off");
  expect(later).toContain("would leave in 1 min");
  const halted = { holds: { acts: 1, devices: 1, cooling: 1, leavesAt: now + 60_000 }, latches: latched };
  expect(renderStatus(status(halted), look)).toContain("1 approved, would leave in 1 min");
  const free = renderHolds([], look, false, { ready, stopped: stoppingActs({ all: latched.slice(0, 3) }) });
  expect(free).toMatch(/^Nothing is held/);
  expect(free).toContain("may leave without another word.");
});

test("status tells what is in force, what was refused, how devices stand and what to do", () => {
  const text = renderStatus(
    status({
      refused: {
        ...revision("4f1c2ab", "Kiosk", "it-lead", now - 5 * minute),
        diagnostics: [
          {
            severity: "error",
            rule: "equal-priority",
            origin: { file: "kiosk.yaml", line: 6, column: 13 },
            length: 3,
            message: "priority 100 is taken",
            subject: "Policy/kiosk",
            detail: [],
          },
        ],
      },
      platforms: [
        { platform: "ios/ipados", ...counts(11_649, 198, 9, 2, 152) },
        { platform: "macos", ...counts(3_001, 60, 3, 0, 40) },
        { platform: "android", ...counts(4_900, 51, 4, 0, 45) },
      ],
      total: counts(19_550, 309, 16, 2, 237),
      stalled: [
        {
          devices: 9,
          reason: "Profile/vpn: certificate not found",
          example: "d-1",
          name: "MAC-0007",
        },
      ],
      held: [
        {
          devices: 2,
          reason: "Profile/vpn waits for its window, which opens Fri 10:00 Europe/Berlin",
          example: "d-2",
          name: "MAC-0008",
        },
      ],
      holds: { acts: 1, devices: 2 },
      latches: [{ name: "frozen", reason: "membership of ipads-berlin fell by 40 %", since: now - hour }],
      warnings: [{ message: "push certificate expires in 27 days", hint: "reeve apple push-csr" }],
      underWay: ["Android: 312 of 5,000 devices moved to other policies; by Google's quota about 8 min left"],
    }),
    look,
  );

  expect(text).toBe(`acme   in force 9d03e11 "Passcode 8" it-lead, 2 h ago
       REFUSED  4f1c2ab kiosk.yaml:6:13 equal-priority, 5 min ago; 9d03e11 stays in force

             total   ready  reconciling  stalled  held  unreachable
iOS/iPadOS  12,010  11,649          198        9     2          152
macOS        3,104   3,001           60        3     0           40
Android      5,000   4,900           51        4     0           45
            20,114  19,550          309       16     2          237

Under way Android: 312 of 5,000 devices moved to other policies; by Google's quota about 8 min left
Stalled   9  Profile/vpn: certificate not found             reeve explain MAC-0007
Held back 2  Profile/vpn waits for its window, which opens Fri 10:00 Europe/Berlin
          reeve explain MAC-0008
Holds     1 (2 devices)                                     reeve holds
Stopped   frozen: membership of ipads-berlin fell by 40 %, for 1 h
          reeve resume removals
Warning   push certificate expires in 27 days               reeve apple push-csr
Gate      enforced by the database
`);
});

test("a controller without policies and devices says how to begin", () => {
  const { inForce: _none, ...empty } = status({ gate: "advisory" });

  expect(renderStatus(empty, look)).toBe(`acme   nothing in force yet

No device is enrolled yet: reeve enroll apple --link

Gate      advisory: this database role could bypass it
`);
});

test("one platform needs no sum below it", () => {
  const text = renderStatus(
    status({ platforms: [{ platform: "tvos", ...counts(1) }], total: counts(1) }),
    look,
  );

  expect(text).toContain(`
      total  ready  reconciling  stalled  held  unreachable
tvOS      1      1            0        0     0            0

`);
});

test("a source that cannot be read is told with the time of the last reading", () => {
  const source = {
    description: "https://git.acme.example/p",
    error: "certificate expired",
    lastPollAt: now - hour,
  };

  expect(renderStatus(status({ source }), look)).toContain(
    "       SOURCE   https://git.acme.example/p: certificate expired (last read 1 h ago)\n",
  );
});

test.each([
  ["kill-switch", "reeve unhalt --reason WHY"],
  ["observe", "reeve resume observe"],
  ["suspended", "reeve resume all"],
  ["suspended/ipads-berlin", "reeve resume group ipads-berlin"],
])("what stopped %s is ended by %s", (name, hint) => {
  const text = renderStatus(status({ latches: [{ name, reason: "x", since: now - hour }] }), look);

  expect(text).toMatch(new RegExp(`^Stopped {3}${name}: x, for 1 h +${hint}$`, "m"));
});

test("a hundred reasons for stalling are shown as five and a number", () => {
  const stalled = Array.from({ length: 100 }, (_, index) => ({
    devices: 1,
    reason: `Profile/p${index}`,
    example: "x",
    name: "x",
  }));
  const text = renderStatus(status({ stalled, total: counts(0, 0, 100), platforms: [] }), look);

  expect(text).toContain(
    "          95 more reasons                                   reeve devices --condition Stalled",
  );
  expect(text.split("\n").length).toBeLessThan(20);
});

test("of thousands of devices of which a thousand are listed, all are counted", () => {
  const devices = (state: string) =>
    Array.from({ length: 1_000 }, (_, index) => heldDevice(index, { status: state }));
  const held = hold({
    devices: devices("held"),
    expectedDevices: 1_500,
    count: { devices: 1_500, waiting: 1_500 },
  });
  const text = renderHolds([held], look);
  expect(text).toMatch(/^1 act on 1,500 devices\. /);
  expect(text).toContain("  ! and 1,450 devices more: reeve holds -o json names the first 1,000\n");
  expect(text).toContain("expected 1,500, found 1,500");
  const ready = hold({
    status: "leaving",
    devices: devices("ready"),
    count: { devices: 2_500, waiting: 1_200 },
  });
  const leaving = renderHolds([], look, false, { ready: [ready] });
  expect(leaving).toContain("1 act on 1,200 devices may leave without another word.");
  expect(leaving).toContain("not sent yet to 1,200 of 2,500 devices");
  expect(leaving).toContain("  ! and 1,150 devices more: reeve holds -o json names the first 1,000\n");
});
