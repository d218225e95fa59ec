import { expect, test } from "vitest";
import { giveUpOutstanding } from "./ending.ts";
import { failAct, finishAct } from "./finish-act.ts";
import type { Intent, Verb } from "./intent.ts";
import { protectionIn } from "./protections.ts";
import type { Situation } from "./situation.ts";
import { sendsNoActs, sendsOnlyQueries, stopsActs } from "./situation.ts";
import { actOf, grantedOf, profile, sentFor, situationOf, start } from "./test-situation.ts";
import { type Transition, unchanged } from "./transition.ts";

const at = start + 1_000;
const act = (verb: Verb): Intent => ({ type: "act", act: verb, verb });
const fresh = (situation: Situation): Transition => unchanged(situation.state, situation.observed);
/** Something of what came before: it stays. */
const earlier: Pick<Transition, "acts" | "events" | "ledger" | "kept"> = {
  acts: [{ act: "other", status: "executed" }],
  events: [{ type: "other", at: start, subject: "s", message: "m" }],
  ledger: [{ type: "closed", id: "other", status: "executed", at: start }],
  kept: [{ kind: "unlock-pin", source: "other" }],
};

const shelf = situationOf([]);

test("an act that ends is told with what became of it, after what was told before", () => {
  const done = finishAct({ ...fresh(shelf), ...earlier }, sentFor(act("reboot")), "executed", at);
  expect(done).toEqual({
    ...fresh(shelf),
    ...earlier,
    acts: [...earlier.acts, { act: "reboot", status: "executed" }],
    events: [...earlier.events, { type: "act.executed", at, subject: "reboot", message: "reboot" }],
  });
  expect(done.acts[1]).not.toHaveProperty("note");
  expect(finishAct(fresh(shelf), sentFor(act("lock")), "unknown", at, "no answer")).toMatchObject({
    kept: [],
    acts: [{ act: "lock", status: "unknown", note: "no answer" }],
    events: [],
  });
  const query = sentFor({ type: "query", section: "device" });
  const before = fresh(shelf);
  expect(finishAct(before, query, "executed", at)).toBe(before);
});

test("what a refused act would have set is told as never set, and only of acts that set something", () => {
  const refused = (verb: Verb, status: "failed" | "executed" = "failed") =>
    finishAct({ ...fresh(shelf), ...earlier }, sentFor(act(verb)), status, at).kept.slice(1);
  expect(refused("lock")).toEqual([{ kind: "unlock-pin", source: "sent-act lock" }]);
  expect(refused("setRecoveryLock")).toMatchObject([{ kind: "recovery-lock" }]);
  expect([refused("reboot"), refused("lock", "executed")]).toEqual([[], []]);
  expect(finishAct({ ...fresh(shelf), ...earlier }, sentFor(act("lock")), "failed", at).kept[0]).toEqual(
    earlier.kept[0],
  );
});

test("a Mac that refuses to be erased may erase itself all the same, where it was told to if need be", () => {
  const no = [{ domain: "MDM", code: 1, text: "not now" }];
  const fails = (obliteration: string | undefined, errors = no, verb: Verb = "wipe", id = verb as string) => {
    const target = actOf("wipe", { parameters: obliteration === undefined ? {} : { obliteration } });
    const situation = situationOf([], {
      acts: [actOf("lock", { parameters: { obliteration: "default" } }), target],
    });
    return failAct(fresh(situation), situation, sentFor({ type: "act", act: id, verb }), errors, at).acts;
  };
  expect(fails("default")).toEqual([
    { act: "wipe", status: "unknown", note: "it may erase itself all the same: not now" },
  ]);
  expect(fails("default", [])).toMatchObject([{ note: "it may erase itself all the same: it said no" }]);
  expect(fails("doNotObliterate")).toEqual([{ act: "wipe", status: "failed", note: "not now" }]);
  expect(fails(undefined)).toMatchObject([{ status: "failed" }]);
  // The refusal is reeve's own: the device was never asked.
  expect(fails("default", [{ domain: "reeve", code: 1, text: "no key" }])).toMatchObject([
    { status: "failed" },
  ]);
  expect(fails("default", no, "lock")).toMatchObject([{ status: "failed" }]);
  expect(fails("default", no, "wipe", "gone")).toMatchObject([{ status: "failed" }]);
  const query = sentFor({ type: "query", section: "device" });
  const before = fresh(shelf);
  expect(failAct(before, shelf, query, no, at)).toBe(before);
});

const install = (more: { readonly enrolls?: true } = {}): Intent => ({
  type: "install",
  item: "Profile/a",
  kind: "Profile",
  id: "corp.a",
  digest: "d-a",
  ...more,
});

/** What becomes of a command whose device asks for the next without having answered it. */
function givenUp(intent: Intent, more: Partial<Omit<Situation, "state">> = {}) {
  const sent = sentFor(intent, { attempt: 2 });
  const situation = situationOf([profile("a")], { ...more, state: { outstanding: sent } });
  return giveUpOutstanding({ ...fresh(situation), ...earlier }, situation, at);
}

test("without anything outstanding nothing is given up", () => {
  const before = fresh(shelf);
  expect(giveUpOutstanding(before, shelf, at)).toBe(before);
});

test("a question and what converges are let go: they are due again by themselves", () => {
  const setup: Intent = { type: "enrollment", step: "deviceConfigured", about: "" };
  for (const intent of [{ type: "query", section: "device" } as const, install(), setup]) {
    const after = givenUp(intent);
    expect(after.state.outstanding).toBeUndefined();
    expect(after.ledger).toMatchObject([earlier.ledger[0], { type: "closed", status: "abandoned", at }]);
    expect([after.state.progress, after.acts, after.events]).toEqual([{}, earlier.acts, earlier.events]);
  }
});

test("what has a cost is unknown until the device has been looked at", () => {
  const after = givenUp(install({ enrolls: true }));
  expect(after.ledger[1]).toMatchObject({ status: "unknown" });
  expect(after.state.progress).toEqual({ "Profile/a": { digest: "d-a", attempts: 2, phase: "unknown", at } });
  expect(after.acts).toEqual(earlier.acts);
  const renewal = givenUp({ type: "enrollment", step: "renew", about: "cert" });
  expect(renewal.state.progress).toMatchObject({
    "enrollment/renew": { digest: "cert", attempts: 2, phase: "unknown", at },
  });
});

test("an act is never sent again by itself, whether it was carried out or not", () => {
  const after = givenUp(act("wipe"));
  expect(after.ledger[1]).toMatchObject({ status: "unknown" });
  expect(after.acts.slice(1)).toEqual([
    { act: "wipe", status: "unknown", note: "no answer; not sent again by itself" },
  ]);
  expect(after.state.progress).toEqual({});
});

test("nothing but questions is sent while a device is only watched, in quarantine, or may be gone by an act", () => {
  const only = (more: Partial<Situation>) => sendsOnlyQueries({ ...shelf, ...more });
  expect(only({})).toBe(false);
  expect([only({ allows: "queries" }), only({ granted: grantedOf([], { sends: "queries" }) })]).toEqual([
    true,
    true,
  ]);
  expect(only({ granted: undefined })).toBe(false);
  const statuses = ["ready", "sent", "unknown", "executed", "failed"] as const;
  expect(statuses.map((status) => only({ acts: [actOf("wipe", { status })] }))).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(statuses.map((status) => only({ acts: [actOf("lock", { status })] }))).toEqual(
    statuses.map(() => false),
  );
  expect(only({ acts: [actOf("lock"), actOf("wipe", { status: "sent" })] })).toBe(true);
});

test("a refusal tells of what its user has switched on, in any of its lines", () => {
  const says = (...texts: readonly string[]) =>
    protectionIn(texts.map((text) => ({ domain: "MDM", code: 1, text })));
  expect(says("no", "The device is in Lockdown Mode.")).toBe("is in Lockdown Mode");
  expect(says("Stolen Device Protection: a security delay is in progress")).toBe(
    "waits out Stolen Device Protection",
  );
  expect(says("no security delay", "no")).toBe("waits out Stolen Device Protection");
  expect([says("lockdown modes"), says("no"), says(), protectionIn(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test.each([
  ["nothing stands in the way", {}, false],
  ["changes alone are stopped", { allows: "acts" }, false],
  ["its epoch is in quarantine", { allows: "queries" }, true],
  ["it is not admitted yet", { granted: undefined }, false],
  ["it is suspended, or only watched", { granted: grantedOf([], { sends: "queries" }) }, true],
  ["what would erase it sooner is held", { granted: grantedOf([], { sends: "queries", acts: true }) }, false],
] as const)("whether acts leave where %s", (_, more, isStopped) => {
  const situation = situationOf([], more);
  expect(stopsActs(situation)).toBe(isStopped);
  expect(sendsNoActs(situation)).toBe(isStopped);
  // What ends its enrollment keeps all others, whoever has stopped nothing.
  const ended = situationOf([], { ...more, acts: [actOf("wipe", { status: "sent" })] });
  expect([stopsActs(ended), sendsNoActs(ended)]).toEqual([isStopped, true]);
  const unknown = situationOf([], { ...more, acts: [actOf("unenroll", { status: "unknown" })] });
  expect(sendsNoActs(unknown)).toBe(true);
  const others = [actOf("lock", { status: "sent" }), actOf("wipe", { status: "ready" })];
  expect(sendsNoActs(situationOf([], { ...more, acts: others }))).toBe(isStopped);
});
