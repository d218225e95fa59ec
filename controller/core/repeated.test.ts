import { expect, test } from "vitest";
import type { ActTarget } from "./act.ts";
import type { Granted } from "./granted.ts";
import { longestRepeatMs, repeatedAct } from "./repeated.ts";
import { Conversation } from "./test-conversation.ts";

const hour = 3_600_000;
const day = 24 * hour;
const nothing: Granted = {
  items: [],
  inventory: [],
  groups: [],
  sends: "all",
  conflicts: [],
  lifted: [],
  unsupported: [],
  notApplicable: [],
};

/** A device that has told what is asked of it, and an act that is ready for it. */
function told(verb: ActTarget["verb"], parameters: ActTarget["parameters"], lastsMs: number): Conversation {
  const conversation = new Conversation(nothing);
  conversation.settle(hour);
  const times = { frozenAt: conversation.now, expiresAt: conversation.now + lastsMs };
  const act = { act: "a", name: "Operation/x@1", verb, parameters, status: "ready" as const, ...times };
  conversation.acts = [{ ...act, destructive: verb === "wipe" }];
  return conversation;
}

const untilAcknowledged = { delivery: "untilAcknowledged" };

/** The ids under which the command of the act was handed out, one for each time. */
function handed(conversation: Conversation): readonly string[] {
  return conversation.handed.filter((one) => one.intent.type === "act").map((one) => one.id);
}

function silentFor(conversation: Conversation, visits: number, stepMs: number): void {
  for (let visit = 0; visit < visits; visit++) {
    conversation.visit(["unheard"]);
    conversation.now += stepMs;
  }
}

test.each(["lock", "wipe"] as const)(
  "a %s goes again under its id until it is answered, and never after that",
  (verb) => {
    const conversation = told(verb, untilAcknowledged, 3 * day);
    silentFor(conversation, 6, 5 * hour);
    conversation.visit();
    expect(conversation.acts[0]?.status).toBe("executed");
    conversation.visit();
    expect(handed(conversation).length).toBe(7);
    expect(new Set(handed(conversation)).size).toBe(1);
  },
);

test.each([
  ["the end of its act", 20 * hour, 20 * hour],
  ["seven days, whatever the end of its act", 30 * day, 7 * day],
])("nothing goes again after %s: what became of it is unknown", (_, lastsMs, untilMs) => {
  const conversation = told("lock", untilAcknowledged, lastsMs);
  const began = conversation.now;
  while (conversation.now < began + untilMs) silentFor(conversation, 1, 2 * hour);
  const before = handed(conversation).length;
  expect(before).toBe(untilMs / (2 * hour));
  silentFor(conversation, 3, 2 * hour);
  expect(conversation.acts[0]?.status).toBe("unknown");
  expect(handed(conversation).length).toBe(before);
});

test.each<[string, (conversation: Conversation) => void]>([
  ["a suspension", (one) => one.grant({ ...nothing, sends: "queries" })],
  ["a quarantine", (one) => Object.assign(one, { allows: "queries" })],
  [
    "its withdrawal",
    (one) => Object.assign(one, { acts: one.acts.map((act) => ({ ...act, status: "unknown" })) }),
  ],
])("%s ends the repeating for good", (_, stop) => {
  const conversation = told("wipe", untilAcknowledged, 3 * day);
  silentFor(conversation, 2, hour);
  stop(conversation);
  conversation.visit(["unheard"]);
  Object.assign(conversation, { allows: "all" });
  conversation.grant(nothing);
  silentFor(conversation, 3, hour);
  expect(conversation.acts[0]?.status).toBe("unknown");
  expect(handed(conversation).length).toBe(2);
});

test.each<[string, (conversation: Conversation) => void]>([
  ["is told them", (one) => one.grant({ ...nothing, sends: "queries", because: "armed", acts: true })],
  ["reads them", (one) => Object.assign(one, { allows: "acts" })],
])("what holds changes alone ends no repeating: a device that %s", (_, hold) => {
  const conversation = told("wipe", untilAcknowledged, 3 * day);
  silentFor(conversation, 1, hour);
  hold(conversation);
  silentFor(conversation, 1, hour);
  expect(handed(conversation).length).toBe(2);
});

test("the breaker ends the repeating of what destroys, and of nothing else", () => {
  const again = (["lock", "wipe"] as const).map((verb) => {
    const conversation = told(verb, untilAcknowledged, 3 * day);
    silentFor(conversation, 1, hour);
    const { outstanding } = conversation.state;
    if (outstanding === undefined) throw new Error("nothing was handed out");
    const situation = { ...conversation.situation(), destructionStopped: true };
    return repeatedAct(situation, outstanding, conversation.now)?.verb;
  });
  expect(again).toEqual(["lock", undefined]);
});

test("what is not over goes again until its last moment; stopped removals and a clock that went back end it", () => {
  const conversation = told("removeProfile", untilAcknowledged, 3 * day);
  silentFor(conversation, 1, hour);
  const { outstanding } = conversation.state;
  if (outstanding === undefined) throw new Error("nothing was handed out");
  const situation = conversation.situation();
  const [act] = situation.acts;
  if (act === undefined) throw new Error("there is no act");
  const again = (at: number, more: object = {}, sent: object = {}) =>
    repeatedAct({ ...situation, ...more }, { ...outstanding, ...sent }, at) !== undefined;
  const { frozenAt, expiresAt } = act;
  expect([frozenAt - 1, frozenAt, expiresAt - 1, expiresAt].map((at) => again(at))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(longestRepeatMs).toBe(7 * day);
  expect(again(frozenAt, { removalsStopped: true })).toBe(false);
  expect(again(frozenAt, { removalsStopped: false })).toBe(true);
  expect(again(frozenAt, { removalsStopped: true, acts: [{ ...act, verb: "lock" }] })).toBe(true);
  expect(again(frozenAt, {}, { intent: { type: "query", section: "device", act: "a" } })).toBe(false);
  expect(again(frozenAt, { acts: [{ ...act, parameters: {} }] })).toBe(false);
  // Somebody only says that it was sent.
  expect(again(frozenAt, { acts: [{ ...act, released: null }] })).toBe(false);
  expect(again(frozenAt, {}, { id: "another" })).toBe(false);
});

test("without the word in its manifest an act goes once", () => {
  const conversation = told("lock", {}, 3 * day);
  silentFor(conversation, 3, hour);
  expect(conversation.acts[0]?.status).toBe("unknown");
  expect(handed(conversation).length).toBe(1);
});
