import { describe, expect, test } from "vitest";
import type { Report } from "./report.ts";
import type { Situation } from "./situation.ts";
import {
  actOf,
  answer,
  app,
  described,
  grantedOf,
  hour,
  listed,
  minute,
  ownedOf,
  profile,
  progressOf,
  round,
  sentFor,
  situationOf,
  start,
} from "./test-situation.ts";

const idle: Report = { type: "idle" };
const done = { status: "acknowledged" } as const;
const wifi = profile("wifi");

/** A device that was handed the first command that is due for it. */
function handed(situation: Situation): Situation {
  const [after, { command }] = round(situation, idle, start);
  expect(command).toBeDefined();
  return after;
}

function failedWith(domain: string, code: number, text = "no") {
  return { status: "failed", errors: [{ domain, code, text }] } as const;
}

function commandOf(situation: Situation, now: number): string {
  const { command } = round(situation, idle, now)[1];
  return command === undefined ? "nothing" : described(command.intent);
}

describe("the result of a command", () => {
  const strangers = ["SOMEBODY-ELSE'S", "", "sent-install Profile/wifi "];

  test.each(strangers)("is not taken for the outstanding one when its id is %j", (commandId) => {
    const situation = handed(situationOf([wifi], { acts: [actOf("reboot")] }));
    const [after, { ledger, acts }] = round(
      situation,
      { type: "result", commandId, outcome: done },
      start + 1,
    );
    expect(after.state.outstanding?.id).toBe(situation.state.outstanding?.id);
    expect(after.state.progress[wifi.key]?.phase).toBe("sent");
    expect(ledger).toEqual([
      { type: "closed", id: commandId, status: "executed", at: start + 1, note: "late" },
    ]);
    expect(acts).toEqual([]);
  });

  test("of another command does not say that an act was carried out", () => {
    const situation = handed(situationOf([], { acts: [actOf("lock")] }));
    const [after] = round(situation, { type: "result", commandId: "other", outcome: done }, start + 1);
    expect(after.acts[0]?.status).not.toBe("executed");
  });

  test("that comes twice is told twice and counts once", () => {
    const situation = handed(situationOf([], { acts: [actOf("reboot")] }));
    const [first] = round(situation, answer(situation, done), start + 1);
    const [second, { acts, ledger, events }] = round(first, answer(situation, failedWith("x", 1)), start + 2);
    expect([acts, events, second.acts[0]?.status]).toEqual([[], [], "executed"]);
    expect(ledger).toMatchObject([{ status: "failed", note: "late", errors: [{ domain: "x" }] }]);
  });

  test("NotNow that comes late changes nothing at all", () => {
    const situation = handed(situationOf([], { acts: [actOf("reboot")] }));
    const [over] = round(situation, answer(situation, done), start + 1);
    const [after, { ledger, acts, events, command }] = round(
      over,
      answer(situation, { status: "notNow" }),
      start + 2,
    );
    expect([ledger, acts, events, command]).toEqual([[], [], [], undefined]);
    expect([after.state, after.observed]).toEqual([over.state, over.observed]);
  });

  test("of what was put off counts, though another command is outstanding", () => {
    const lock = sentFor({ type: "act", act: "lock", verb: "lock" });
    const aside = [{ ...lock, count: 1, last: start }];
    const outstanding = sentFor({
      type: "install",
      item: wifi.key,
      kind: "Profile",
      id: wifi.id,
      digest: wifi.digest,
    });
    const situation = situationOf([wifi], { acts: [actOf("lock")], state: { aside, outstanding } });
    const [after] = round(situation, { type: "result", commandId: lock.id, outcome: done }, start + 1);
    expect([after.acts[0]?.status, after.state.aside]).toEqual(["executed", []]);
    expect(after.state.outstanding?.id).toBe(outstanding.id);
  });

  test("of a question without what was asked for is a failure, and is asked again later", () => {
    const situation = handed(situationOf([], { state: { collected: {} } }));
    const [after, { ledger }] = round(situation, answer(situation, done), start + 1);
    expect(ledger).toMatchObject([
      { status: "failed", errors: [{ domain: "reeve", text: expect.stringContaining("lacks") }] },
    ]);
    expect(after.state.collected).toEqual({});
    expect([commandOf(after, start + 10_000), commandOf(after, start + 2 * minute)]).toEqual([
      "nothing",
      "query device",
    ]);
  });
});

describe("an installation that fails", () => {
  test.each([
    ["it is there already", failedWith("MCMDMErrorDomain", 12025)],
    ["it is on its way", failedWith("MCMDMErrorDomain", 12042)],
    ["it is there already, in Apple's word", failedWith("RejectionReason", 0, "AppAlreadyInstalled")],
    ["it is on its way, in Apple's word", failedWith("RejectionReason", 0, "AppAlreadyQueued")],
  ])("because %s leads to a look", (_name, outcome) => {
    const situation = handed(situationOf([app("a")]));
    const [after, { command, ledger, events }] = round(situation, answer(situation, outcome), start + 1);
    expect(command?.intent).toEqual({ type: "query", section: "managedApps" });
    expect([ledger[0], events]).toMatchObject([{ type: "closed", status: "failed" }, []]);
    expect(after.observed.owned["App/a"]?.digest).toBe("d-a");
    const [seen, { events: told }] = round(
      after,
      answer(after, listed({ apps: { "corp.a": "Managed" } })),
      start + 2,
    );
    expect([told[0]?.type, commandOf(seen, start + hour)]).toEqual(["item.verified", "nothing"]);
  });

  test.each([
    ["another code", failedWith("MCMDMErrorDomain", 12026)],
    ["the code of another domain", failedWith("MCInstallationErrorDomain", 12025)],
    ["another word", failedWith("RejectionReason", 12025, "AppStoreDisabled")],
  ])("with %s has failed, is tried again later, and is not ours", (_name, outcome) => {
    const situation = handed(situationOf([app("a")]));
    const [after, { command, events }] = round(situation, answer(situation, outcome), start + 1);
    expect([command, events[0]?.type, after.observed.owned]).toEqual([undefined, "item.failed", {}]);
    expect([commandOf(after, start + 30_000), commandOf(after, start + 2 * minute)]).toEqual([
      "nothing",
      "install App/a",
    ]);
  });

  test("a removal that fails with such a code has failed", () => {
    const observed = {
      profiles: {},
      apps: { "corp.a": { status: "Managed" } },
      owned: { "App/a": ownedOf(app("a")) },
    };
    const situation = handed(situationOf([], { observed }));
    const [after] = round(situation, answer(situation, failedWith("MCMDMErrorDomain", 12025)), start + 1);
    expect(after.state.progress["App/a"]?.phase).toBe("failed");
  });
});

describe("silence", () => {
  /** Comes back so many times without a word about what it was handed. */
  const silent = (situation: Situation, times: number) => {
    let last = round(situation, idle, start + 1);
    for (let time = 1; time < times; time++) last = round(last[0], idle, start + 1 + time);
    return last;
  };

  test("is borne four times, and at the fifth the command was not notified and its item waits", () => {
    const situation = handed(situationOf([wifi]));
    const id = situation.state.outstanding?.id;
    expect(silent(situation, 4)[1]).toMatchObject({ command: { id }, ledger: [], events: [] });
    const [after, { ledger, command, events }] = silent(situation, 5);
    expect([command, events[0]?.type]).toEqual([undefined, "item.failed"]);
    expect(ledger).toMatchObject([{ type: "closed", id, status: "not-notified" }]);
    expect(after.state.progress[wifi.key]).toMatchObject({ phase: "failed", attempts: 1 });
  });

  test("disowns nothing: the device may have taken it, and so it is looked for when it should go", () => {
    const [after] = silent(handed(situationOf([wifi])), 5);
    const given = { ...after, granted: grantedOf([]) };
    const [looking, { command }] = round(given, idle, start + 10);
    expect(command?.intent).toEqual({ type: "query", section: "profiles" });
    const told = round(
      looking,
      answer(looking, listed({ profiles: { [wifi.id]: wifi.uuid ?? "" } })),
      start + 20,
    );
    expect(told[1].command?.intent).toMatchObject({ type: "remove", id: wifi.id });
  });

  test("about an act makes its outcome unknown and never a failure, however long it has lasted", () => {
    const lock = sentFor({ type: "act", act: "lock", verb: "lock" }, { unanswered: 4 });
    const situation = situationOf([], {
      acts: [actOf("lock", { status: "sent" })],
      state: { outstanding: lock },
    });
    const [after, { ledger }] = round(situation, idle, start + 1);
    expect(ledger).toMatchObject([{ status: "unknown" }]);
    expect(after.acts[0]?.status).toBe("unknown");
  });

  test("about what is not wanted any more gives it up", () => {
    const situation = { ...handed(situationOf([wifi])), granted: grantedOf([]) };
    const { ledger } = round(situation, idle, start + 1)[1];
    expect(ledger[0]).toMatchObject({ type: "closed", status: "abandoned" });
  });
});

describe("an item that gets another name", () => {
  const renamed = { ...wifi, key: "Profile/wlan", formerly: [wifi.key] };

  test("after it was acknowledged is looked for, and not sent again", () => {
    const state = { progress: { [wifi.key]: progressOf(wifi.digest, "acknowledged") } };
    const observed = { profiles: {}, apps: {}, owned: { [wifi.key]: ownedOf(wifi) } };
    expect(commandOf(situationOf([renamed], { state, observed }), start + 1)).toBe("query profiles");
  });

  test("before its answer came is not sent again either", () => {
    const situation = { ...handed(situationOf([wifi])), granted: grantedOf([renamed]) };
    const [after, { command }] = round(situation, answer(situation, done), start + 1);
    expect(command?.intent).toEqual({ type: "query", section: "profiles" });
    expect(Object.keys(after.observed.owned)).toEqual([renamed.key]);
    expect(after.state.progress[wifi.key]).toBeUndefined();
  });
});

describe("what is to be kept when it leaves", () => {
  const kept = profile("kept", { onLeave: "keep" });
  const shows = listed({ profiles: { [kept.id]: kept.uuid ?? "" } });

  test("stays where its answer was lost before it left", () => {
    const situation = { ...handed(situationOf([kept])), granted: grantedOf([]) };
    const looking = { ...situation.state, collected: { device: start, profiles: start + hour } };
    const observed = { ...situation.observed, profiles: { [kept.id]: kept.uuid ?? "" } };
    expect(commandOf({ ...situation, state: looking, observed }, start + hour)).toBe("nothing");
  });

  test("stays where its answer comes after it left", () => {
    const situation = { ...handed(situationOf([kept])), granted: grantedOf([]) };
    const [after, { command }] = round(situation, answer(situation, done), start + 1);
    expect(command).toBeUndefined();
    const later = { ...after, observed: { ...after.observed, profiles: { [kept.id]: kept.uuid ?? "" } } };
    expect([commandOf(later, start + hour), later.observed.owned]).toEqual(["nothing", {}]);
  });

  test("and what is not is looked for and taken back", () => {
    const gone = profile("kept");
    const situation = { ...handed(situationOf([gone])), granted: grantedOf([]) };
    const [after] = round(situation, answer(situation, done), start + 1);
    const [looking, { command }] = round(after, idle, start + 2);
    expect(command?.intent).toEqual({ type: "query", section: "profiles" });
    expect(round(looking, answer(looking, shows), start + 3)[1].command?.intent.type).toBe("remove");
  });
});
