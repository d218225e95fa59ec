import { expect, test } from "vitest";
import type { ActTarget } from "./act.ts";
import { connect } from "./connect.ts";
import type { Granted } from "./granted.ts";
import { commandIdOf } from "./next.ts";
import { Conversation } from "./test-conversation.ts";

const hour = 3_600_000;
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
function told(verb: ActTarget["verb"]): Conversation {
  const conversation = new Conversation(nothing);
  conversation.settle(hour);
  const times = { frozenAt: conversation.now, expiresAt: conversation.now + hour };
  const target = {
    act: "a",
    name: "Operation/x@1",
    verb,
    parameters: {},
    status: "ready" as const,
    ...times,
  };
  conversation.acts = [{ ...target, destructive: verb === "wipe" }];
  return conversation;
}

function statusOf({ acts }: Conversation): string | undefined {
  return acts[0]?.status;
}

test("an act that was handed out is on its way; without an answer it is unknown, and stays so when its time is over", () => {
  const conversation = told("lock");
  conversation.visit(["unheard"]);
  expect(statusOf(conversation)).toBe("sent");
  conversation.now += 2 * hour;
  conversation.visit();
  expect(statusOf(conversation)).toBe("unknown");
  conversation.visit();
  expect(statusOf(conversation)).toBe("unknown");
  expect(conversation.handed.filter((one) => one.intent.type === "act").length).toBe(1);
});

test.each(["held", "ready"] as const)(
  "a device that answers an act which is only %s has had it from a newer copy: it is over, and never sent again",
  (status) => {
    const conversation = told("wipe");
    const act = { ...conversation.acts[0]!, status, mark: "0123456789abcdef" };
    conversation.acts = [act];
    const situation = conversation.situation();
    const report = (commandId: string) =>
      connect(
        situation,
        { type: "result", commandId, outcome: { status: "acknowledged" } },
        conversation.now,
        () => "",
      );

    const known = report(commandIdOf(act, situation));
    expect(known.acts).toMatchObject([{ act: "a", status: "executed" }]);
    expect(known.events.map((event) => event.type)).toContain("store.behind");
    expect(known.command?.intent.type).not.toBe("act");
    // Any other id proves nothing, and nobody but its own epoch can say it; nor does one that a device works out from
    // what stands in the policies.
    const { mark: _mark, ...guessed } = act;
    const others = [
      commandIdOf(act, { ...situation, epoch: situation.epoch + 1 }),
      commandIdOf(guessed, situation),
    ];
    for (const id of ["x", ...others]) {
      expect(report(id).events.map((event) => event.type)).not.toContain("store.behind");
      expect(report(id).acts).not.toContainEqual(expect.objectContaining({ status: "executed" }));
    }
  },
);

test("an act that comes too late is never handed out", () => {
  const conversation = told("lock");
  conversation.now += 2 * hour;
  conversation.visit();
  expect(statusOf(conversation)).toBe("expired");
  expect(conversation.handed.filter((one) => one.intent.type === "act")).toEqual([]);
});

test("an audit is executed when all its answers are there, and not before", () => {
  const conversation = told("audit");
  conversation.visit(["ok", "unheard"]);
  expect(statusOf(conversation)).toBe("ready");
  conversation.visit();
  expect(statusOf(conversation)).toBe("executed");
});

test("while the kill switch is on nothing is handed out, and the device is due as soon as it is lifted", () => {
  const conversation = told("lock");
  const situation = { ...conversation.situation(), halted: true };
  const decision = connect(situation, { type: "idle" }, conversation.now, () => "");
  expect([decision.command, decision.dueAt]).toEqual([undefined, conversation.now]);
});

test("an urgent act goes before what is to be installed, however long that has waited", () => {
  const conversation = told("lock");
  const item = {
    key: "Profile/a",
    kind: "Profile",
    id: "a",
    digest: "a",
    uuid: "U",
    drift: "correct",
  } as const;
  const rest = { install: "required", onLeave: "remove", policy: "p", after: [] } as const;
  conversation.grant({ ...nothing, items: [{ ...item, ...rest }] });
  conversation.observed = { ...conversation.observed, profiles: {} };
  conversation.visit(["unheard"]);
  expect(conversation.handed.at(-1)?.intent).toMatchObject({ type: "act", verb: "lock" });
});

test("the ledger says of an act without an answer that its outcome is unknown", () => {
  const conversation = told("lock");
  conversation.visit(["unheard"]);
  const { ledger } = connect(conversation.situation(), { type: "idle" }, conversation.now, () => "");
  expect(ledger.map((one) => one.type === "closed" && one.status)).toEqual(["unknown"]);
});
