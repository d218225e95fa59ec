import { expect, test } from "vitest";
import { refusalSaid } from "./gate-words.ts";
import { gatherNotices, isAnyUrgent, toldKeys } from "./gather-notices.ts";
import type { Event } from "./ledger.ts";
import { topicOf, topics } from "./notice.ts";

const at = 1;
const event = (type: string, message = "x", more: Partial<Event> = {}): Event => ({
  type,
  message,
  at,
  ...more,
});

test.each([
  ["revision.refused", "refused"],
  ["act.held", "held"],
  ["act.approved", "approved"],
  ["gate.breaker", "stopped"],
  ["gate.break-glass", "stopped"],
  ["gate.lifted", "stopped"],
  ["gate.changed", "stopped"],
  ["act.unknown", "act"],
  ["act.expired", "act"],
  ["removals.frozen", "frozen"],
  ["changes.armed", "stopped"],
  ["push-certificate.expiring", "certificate"],
  ["content-token.expired", "certificate"],
  ["device.enrolled", "enrolled"],
  ["device.left", "left"],
  ["device.silent", "unreachable"],
  ["concern.stalled", "stalled"],
  ["concern.began", "warning"],
  ["rollout.paused", "rollout"],
  ["exemption.expired", "exemption"],
  ["lifecycle.retired", "left"],
  ["lifecycle.erasure-failed", "warning"],
  ["gate.breaker", "stopped"],
  ["gate.break-glass", "stopped"],
  ["store.behind", "stopped"],
  ["act.sent", undefined],
  ["halted", "stopped"],
  ["item.violated", "drift"],
  ["item.verified", undefined],
  ["item.failed", undefined],
  ["secret.read", undefined],
])("%s is told to those who ask for %s", (type, topic) => {
  expect(topicOf(event(type))).toBe(topic);
});

test("the same news of many devices is one; devices that come and go are told one by one, and nobody hears what he did not ask for", () => {
  const events = [
    ...Array.from({ length: 50 }, (_, index) =>
      event("enrollment.refused", "no such link", { device: `d${index}` }),
    ),
    event("enrollment.refused", "no such link", { device: "d1" }),
    event("device.left", "gone", { device: "d1" }),
    event("device.left", "gone", { device: "d2" }),
    event("act.held", "digest 1", { subject: "Operation/a@1", by: "lea" }),
    event("act.held", "digest 2", { subject: "Operation/b@1", by: "lea" }),
  ];
  const found = gatherNotices(events, topics);
  expect(found.map(({ type, devices, examples }) => [type, devices, examples.length])).toEqual([
    ["enrollment.refused", 50, 3],
    ["device.left", 1, 1],
    ["device.left", 1, 1],
    ["act.held", 0, 0],
    ["act.held", 0, 0],
  ]);
  expect(gatherNotices(events, ["left"]).map((one) => one.topic)).toEqual(["left", "left"]);
  expect([isAnyUrgent(found), isAnyUrgent(gatherNotices(events, ["left", "warning"]))]).toEqual([
    true,
    false,
  ]);
  expect(new Set(found.map((one) => one.key)).size).toBe(found.length);
});

test("each stop and each end of one is told, and each step of a rollout, also the same one twice in a day", () => {
  const keys = (type: string) =>
    [1, 2].map((when) => gatherNotices([event(type, "all", { at: when })], topics)[0]?.key);
  for (const type of ["gate.breaker", "halted", "resumed", "rollout.paused", "rollout.completed"])
    expect(new Set(keys(type)).size, type).toBe(2);
  expect(new Set(keys("concern.began")).size).toBe(1);
});

test("a second device in quarantine is told when the first one was, and one that flaps is told once", () => {
  const about = (type: string, ...devices: readonly string[]) =>
    devices.map((device) => event(type, "always the same", { device }));
  for (const type of [
    "device.quarantined",
    "device.rival",
    "identity.unvouched",
    "lifecycle.erasure-failed",
  ]) {
    const told = new Set(toldKeys(about(type, "d1", "d1"), topics));
    expect(gatherNotices(about(type, "d1"), topics, told)).toEqual([]);
    // All that is new is one line.
    const [found, ...more] = gatherNotices(about(type, "d1", "d2", "d3", "d2"), topics, told);
    expect([found?.devices, found?.examples, more]).toEqual([2, ["d2", "d3"], []]);
    expect(gatherNotices(about(type, "d3", "d2"), topics, new Set(found?.toldAs))).toEqual([]);
  }
  const told = new Set(toldKeys(about("enrollment.refused", "d1"), topics));
  expect(gatherNotices(about("enrollment.refused", "d2"), topics, told)).toEqual([]);
  expect(toldKeys(about("device.quarantined", "d1"), ["left"])).toEqual([]);
});

test("what is approved, and a breaker that engages, is told while there is time to stop it; what waits for room is of the budget", () => {
  for (const type of ["act.approved", "gate.breaker", "gate.break-glass"])
    expect(isAnyUrgent(gatherNotices([event(type)], topics))).toBe(true);
  for (const reason of ["budget", "daily"])
    expect(topicOf(event("gate.refused", refusalSaid(reason)))).toBe("budget");
  expect(topicOf(event("gate.refused", refusalSaid("stopped: breaker")))).toBe("act");
});
