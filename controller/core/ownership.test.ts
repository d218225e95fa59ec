import { expect, test } from "vitest";
import { freshChannel } from "./channel.ts";
import { connect } from "./connect.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import type { Observed } from "./observed.ts";
import type { Outcome } from "./report.ts";
import { Conversation } from "./test-conversation.ts";

const start = 1_000_000_000_000;
const item: GrantedItem = {
  key: "Profile/claim",
  kind: "Profile",
  id: "com.acme.mine",
  digest: "d1",
  uuid: "OURS",
  drift: "correct",
  install: "required",
  onLeave: "remove",
  policy: "p",
  after: [],
};

function granted(items: Granted["items"]): Granted {
  const nothing = { conflicts: [], lifted: [], unsupported: [], notApplicable: [] };
  return { items, inventory: [], groups: [], sends: "all", ...nothing };
}

/** Somebody else's profile is there under the identifier that a policy then claims, and is given up again. */
function afterwards(outcome: Outcome) {
  const foreign: Observed = { profiles: { [item.id]: "FOREIGN" }, apps: {}, owned: {} };
  const state = { ...freshChannel, collected: { device: start, profiles: start } };
  const channel = { device: "d", channel: "c", epoch: 1, allows: "all", acts: [], halted: false } as const;
  const name = () => "";
  const before = { ...channel, granted: granted([item]), observed: foreign, state };
  const sent = connect(before, { type: "idle" }, start + 1, name);
  const told = { ...before, state: sent.state, observed: sent.observed };
  const report = { type: "result", commandId: sent.command?.id ?? "", outcome } as const;
  const answered = connect(told, report, start + 2, name);
  const given = { ...channel, granted: granted([]), observed: answered.observed, state: answered.state };
  const last = connect(given, { type: "idle" }, start + 3, name);
  return [sent.command?.intent.type, last.command?.intent.type];
}

test("what a device refused to take is never removed from it, whoever brought something of that name", () => {
  const errors = [{ domain: "MCInstallationErrorDomain", code: 4001, text: "no" }];
  expect(afterwards({ status: "failed", errors })).toEqual(["install", undefined]);
});

test("what it took is", () => {
  expect(afterwards({ status: "acknowledged" })[0]).toBe("install");
  expect(afterwards({ status: "acknowledged" })[1]).not.toBe(undefined);
});

test("a profile that somebody else brought is not ours because its identifier is", () => {
  const conversation = new Conversation(granted([item]));
  conversation.device.profiles[item.id] = "FOREIGN";
  conversation.visit(["ok", "ok", "failed"]);
  conversation.grant(granted([]));
  conversation.settle(3 * 3_600_000);
  expect(conversation.device.profiles[item.id]).toBe("FOREIGN");
  expect(conversation.wrongs).toEqual([]);
});

test("what it took stays ours when it refuses the next version", () => {
  const conversation = new Conversation(granted([item]));
  conversation.settle(3_600_000);
  conversation.grant(granted([{ ...item, digest: "d2", uuid: "OURS-2" }]));
  conversation.visit(["failed"]);
  expect(conversation.device.holds(item)).toBe(true);
  conversation.grant(granted([]));
  conversation.settle(3 * 3_600_000);
  expect(conversation.device.has(item)).toBe(false);
});
