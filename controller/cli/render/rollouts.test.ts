import { expect, test } from "vitest";
import type { DeviceRollout, RolloutView } from "../../loop/rollout-views.ts";
import { entry, hour, minute, now, plan, status } from "../sample-views.ts";
import { renderPlan } from "./plan.ts";
import { renderPlanMarkdown } from "./plan-markdown.ts";
import { deviceRolloutText, renderRollouts } from "./rollouts.ts";
import { renderStatus } from "./status.ts";

const look = { now, width: 100, color: false };
const tree = { source: "working tree" } as const;

function rollout(more: Partial<RolloutView> = {}): RolloutView {
  return {
    policy: "security",
    status: "progressing",
    wave: 2,
    waves: [0.01, 0.1, 1],
    share: 0.1,
    soakMs: 4 * hour,
    soakLeftMs: hour + 20 * minute,
    deadlineMs: 7 * 24 * hour,
    maxFailed: 0.02,
    elapsedMs: 3 * hour,
    counts: { devices: 1_840, given: 1_840, reported: 1_744, failing: 4, failed: 2, offline: 96 },
    needed: 5,
    by: "reeve",
    since: now - 3 * hour,
    versions: [
      { version: "aaa", revision: "4f1c2ab00000", since: now - 6 * hour, share: 0.1 },
      { version: "bbb", revision: "9d03e1100000", since: now - 72 * hour, share: 1 },
    ],
    ...more,
  };
}

test("status tells of each rollout its wave, what is left of its soak, and the reports", () => {
  expect(renderStatus(status({ rollouts: [rollout()] }), look)).toContain(
    "Rollout   security  wave 2 of 3 (10%), soak 1 h 20 min left, 4 failed (2 for good) of 1,744\n          reported, 96 offline\n",
  );
  const paused = rollout({ status: "paused", reason: "7 of 120 reported have failed; first: Profile/a: no" });
  const text = renderStatus(status({ rollouts: [paused] }), look).replace(/\n +/g, " ");
  expect(text).toContain("96 offline, paused: 7 of 120 reported have failed; first: Profile/a: no");
  expect(text).not.toContain("a newer version");
  const waits = rollout({ status: "paused", reason: "hot", by: "ada", wave: 0, since: now - 7 * hour });
  expect(renderRollouts([waits], look).replace(/\n */g, " ")).toContain(
    "paused: hot; a newer version came since and waits for reeve rollout resume security",
  );
  expect(text).toContain("commit what mends it, or reeve rollout abort security --reason WHY, or resume");
  const stopped = (more: Partial<RolloutView>) =>
    renderStatus(status({ rollouts: [rollout(more)] }), look).replace(/\n +/g, " ");
  expect(stopped({ status: "paused", by: "ada" })).toContain(
    "reeve rollout resume security --reason WHY, or",
  );
  expect(stopped({ status: "paused", by: "ada" })).not.toContain("commit what mends it");
  expect(stopped({ status: "aborted" })).toContain("commit the version that its devices should have, or");
});

test("rollouts are shown with their versions, who stopped them, and without control characters of anybody", () => {
  expect(renderRollouts([], look)).toBe("No rollout is under way.\n");
  expect(renderRollouts([], look, "baseline")).toBe(
    "Policy/baseline declares no rollout: what changes in it reaches all its devices at once.\n",
  );
  expect(
    renderRollouts([rollout()], look),
  ).toBe(`security  wave 2 of 3 (10%), soak 1 h 20 min left, 4 failed (2 for good) of 1,744 reported, 96
offline
  waves 1% 10% 100%, soak 4 h, paused when it was not judged for 7 d, or more than 2% of the reports
    have failed for good: 3 times each, or refused
  judged by 5 reports at least
  who is offline or not given it yet holds up no wave as long as enough others report: they get it
    when they are heard, or what holds them ends
  newest  4f1c2ab  10%  6 h ago
  older   9d03e11  100%  3 d ago
`);
  const hostile = rollout({ status: "aborted", reason: "\u001b[31mred", by: "it\u0007duty" });
  expect(renderRollouts([hostile], look)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});

test("a plan has the waves behind what comes in them, and the devices of the first one", () => {
  const waves = [0.01, 0.1, 1];
  const planned = plan({
    entries: [entry("update", "Profile/passcode", 18_402, { place: "security.yaml:9", waves })],
    rollouts: [
      {
        policy: "security",
        place: "security.yaml:2",
        how: "waves",
        waves,
        soakMs: 4 * hour,
        devices: 18_402,
        first: 184,
      },
      {
        policy: "baseline",
        place: "baseline.yaml:2",
        how: "back",
        waves,
        soakMs: hour,
        devices: 12,
        first: 12,
      },
      {
        policy: "mobile",
        place: "mobile.yaml:2",
        how: "under-way",
        waves,
        soakMs: hour,
        devices: 18,
        first: 1,
        wave: 1,
        status: "progressing",
      },
      {
        policy: "laptops",
        place: "laptops.yaml:2",
        how: "waves",
        waves,
        soakMs: hour,
        devices: 18,
        first: 1,
        status: "paused",
        by: "ada",
      },
      {
        policy: "tablets",
        place: "tablets.yaml:2",
        how: "ends",
        waves,
        soakMs: hour,
        devices: 18,
        first: 18,
        wave: 1,
        status: "aborted",
        by: "ada",
      },
    ],
  });
  const line = "Rollout  Policy/security security.yaml:2 in waves 1% 10% 100%, soak 4 h; first 184 of 18,402";
  for (const text of [renderPlan(planned, look, tree), renderPlanMarkdown(planned, now, tree)]) {
    expect(text).toContain("waves 1% 10% 100%\n");
    expect(text).toContain(line);
    const unfolded = text.replace(/\n +/g, " ");
    expect(unfolded).toContain("goes back to an earlier version, on 12 devices at once");
    expect(unfolded).toContain(
      "Policy/mobile mobile.yaml:2 under way, wave 1 of 3: it has begun for 1 of 18",
    );
    expect(unfolded).toContain(
      "declares no waves any more: its rollout ends in wave 1 of 3, aborted by ada, and the others of 18 devices get",
    );
  }
});

test("a device is told which version it has until its wave comes", () => {
  const one: DeviceRollout = {
    policy: "security",
    sees: "older",
    status: "progressing",
    revision: "9d03e1100000",
    wave: 3,
    from: 0.1,
    to: 1,
  };
  expect(deviceRolloutText(one)).toBe(
    "security: in wave 3 (10% to 100%), has the version of 9d03e11 until then",
  );
  expect(deviceRolloutText({ ...one, status: "paused" })).toBe(
    "security: in wave 3 (10% to 100%), which does not begin while the rollout is paused; has the version of 9d03e11",
  );
  expect(deviceRolloutText({ ...one, status: "aborted" })).toBe(
    "security: aborted, it has the version of 9d03e11",
  );
  const { revision: _none, ...fresh } = one;
  expect(deviceRolloutText({ ...fresh, about: true })).toContain(
    "in about wave 3 (10% to 100%), has none of it",
  );
  expect(deviceRolloutText({ ...one, sees: "newest" })).toContain("its wave has begun");
});
