import { describe, expect, test } from "vitest";
import type { Intent } from "./intent.ts";
import { next } from "./next.ts";
import type { Situation } from "./situation.ts";
import {
  actOf,
  answer,
  app,
  described,
  grantedOf,
  hour,
  minute,
  orderOf,
  ownedOf,
  profile,
  progressOf,
  round,
  sentFor,
  situationOf,
  start,
} from "./test-situation.ts";

const security = { name: "s", collect: ["security" as const], every: hour, timeZone: "UTC", spreadMs: 1 };
const lockSent = sentFor({ type: "act", act: "lock", verb: "lock" });

/** Something to remove, something to install and something to do. */
function everything(more: Partial<Situation> = {}): Situation {
  const gone = profile("gone");
  return situationOf([profile("wifi"), app("slack")], {
    observed: { profiles: { [gone.id]: "U-gone" }, apps: {}, owned: { [gone.key]: ownedOf(gone) } },
    acts: [actOf("lock"), actOf("reboot")],
    ...more,
  });
}

describe("the order", () => {
  test("is urgent acts, set-up, certificates, profiles, apps, verification, removals, other acts, inventory", () => {
    const gone = profile("a-gone");
    const sent = profile("a-sent");
    const { granted, ...situation } = situationOf([
      app("a"),
      profile("wifi"),
      profile("ca", { key: "Profile/z", first: true }),
      sent,
    ]);
    expect(
      orderOf({
        ...situation,
        granted: { ...grantedOf(granted?.items ?? []), inventory: [security] },
        observed: {
          profiles: { [gone.id]: "U" },
          apps: {},
          owned: { [gone.key]: ownedOf(gone), [sent.key]: ownedOf(sent) },
        },
        state: {
          ...situation.state,
          collected: { profiles: start, managedApps: start },
          progress: { [sent.key]: progressOf(sent.digest, "acknowledged") },
        },
        acts: [actOf("reboot", { act: "a" }), actOf("lock", { act: "z" })],
      }),
    ).toEqual([
      "act lock",
      "query device",
      "install Profile/z",
      "install Profile/wifi",
      "install App/a",
      "query profiles",
      "remove Profile/a-gone",
      "act reboot",
      "query security",
    ]);
  });

  test.each(["lock", "wipe", "lostMode", "unenroll", "clearPasscode"] as const)("puts %s first", (verb) => {
    const acts = [actOf("reboot"), actOf(verb, { act: "z" })];
    const [first] = orderOf(situationOf([profile("wifi")], { acts, state: { collected: {} } }));
    expect(first).toBe(`act ${verb}`);
  });

  test("of equals is that of their names, whatever order they are declared in", () => {
    const items = ["c", "a", "b"].map((name) => profile(name));
    const wanted = ["install Profile/a", "install Profile/b", "install Profile/c"];
    expect(orderOf(situationOf(items))).toEqual(wanted);
    expect(orderOf(situationOf([...items].reverse()))).toEqual(wanted);
  });

  test.each([
    [0, "install App/a", "a reboot comes after an app"],
    [45 * minute - 1, "install App/a", "also when it has waited nearly three quarters of an hour"],
    [45 * minute, "install App/a", "at the same rank the name decides"],
    [60 * minute - 1, "install App/a", "until the quarter is full"],
    [60 * minute, "act reboot", "then it goes first, so that it does not starve"],
  ])("after %i ms of waiting: %s (%s)", (waited, first) => {
    const situation = situationOf([app("a")], { acts: [actOf("reboot")] });
    expect(orderOf(situation, start + waited)[0]).toBe(first);
  });

  test("what has waited for days comes neither before certificates nor before urgent acts and set-up", () => {
    const now = start + 5 * 24 * hour;
    const situation = situationOf([profile("z", { first: true })], {
      acts: [
        actOf("reboot", { act: "0", expiresAt: now + 1 }),
        actOf("lock", { act: "z", frozenAt: now, expiresAt: now + 1 }),
      ],
      state: { collected: { profiles: start, managedApps: start } },
    });
    expect(orderOf(situation, now)).toEqual(["act lock", "query device", "install Profile/z", "act reboot"]);
  });

  test("an urgent act does not lose its place by waiting", () => {
    const situation = situationOf([profile("a", { first: true })], { acts: [actOf("lock", { act: "z" })] });
    expect(orderOf(situation, start + 2 * hour)[0]).toBe("act lock");
  });

  test("what waits for nothing does not age: an app comes after a profile whose back-off is over", () => {
    const wifi = profile("wifi");
    const progress = { [wifi.key]: progressOf(wifi.digest, "failed", { retryAt: start + minute }) };
    const situation = situationOf([app("a"), wifi], { state: { progress } });
    expect(orderOf(situation, start + minute)).toEqual(["install Profile/wifi", "install App/a"]);
    expect(orderOf(situation, start + minute - 1)).toEqual(["install App/a"]);
  });
});

describe("only questions are sent", () => {
  test.each<[string, Partial<Situation>]>([
    ["to a quarantined epoch", { allows: "queries" }],
    [
      "in observe mode and suspension",
      { granted: grantedOf([profile("wifi"), app("slack")], { sends: "queries" }) },
    ],
    ["after a destructive act was sent", { acts: [actOf("lock"), actOf("wipe", { status: "sent" })] }],
    ["after its outcome became unknown", { acts: [actOf("lock"), actOf("wipe", { status: "unknown" })] }],
  ])("%s", (_name, more) => {
    const audit = actOf("audit", { frozenAt: start + 1 });
    const situation = everything(more);
    const asked = orderOf({ ...situation, acts: [...situation.acts, audit] }, start + 1);
    expect(asked).toEqual(["query applications", "query device", "query security"]);
  });

  test.each<[string, Partial<Situation>]>([
    ["by its admission", { granted: grantedOf([profile("wifi")], { sends: "queries", acts: true }) }],
    ["by the latch itself", { allows: "acts" }],
  ])("and acts where only changes are held %s", (_name, more) => {
    expect(orderOf(everything(more))).toEqual(["act lock", "act reboot"]);
    const over = { ...more, acts: [actOf("lock"), actOf("wipe", { status: "sent" })] };
    expect(orderOf(everything(over))).toEqual([]);
    expect(orderOf(everything({ ...more, allows: "queries" }))).toEqual([]);
  });

  test("and all is sent where nothing forbids it, also after a harmless act was sent or a wipe failed", () => {
    const all = [
      "act lock",
      "install Profile/wifi",
      "install App/slack",
      "remove Profile/gone",
      "act reboot",
    ];
    expect(orderOf(everything())).toEqual(all);
    const over = [actOf("wipe", { status: "failed" }), actOf("locate", { status: "unknown" })];
    expect(orderOf(everything({ acts: [actOf("lock"), actOf("reboot"), ...over] }))).toEqual(all);
  });

  test("with the kill switch on not even those, and what was put off is not forgotten", () => {
    const aside = [{ ...lockSent, count: 1, last: start }];
    const situation = everything({ halted: true, state: { ...everything().state, aside } });
    expect(orderOf(situation, start, { idle: true })).toEqual([]);
    const [after, decision] = round(situation, { type: "idle" }, start + hour);
    expect([decision.command, decision.dueAt, decision.ledger]).toEqual([undefined, start + hour, []]);
    expect(after.state.aside).toEqual(aside);
  });
});

describe("an act", () => {
  test.each<[string, (situation: Situation) => Situation]>([
    ["the kill switch", (situation) => ({ ...situation, halted: true })],
    ["a suspension", (situation) => ({ ...situation, granted: grantedOf([], { sends: "queries" }) })],
    ["a quarantine", (situation) => ({ ...situation, allows: "queries" })],
    [
      "an approval that ended",
      ({ acts, ...rest }) => ({ ...rest, acts: acts.map((act) => ({ ...act, status: "held" })) }),
    ],
  ])(
    "that was put off and then stopped by %s goes on under its id, and wakes nobody before",
    (_name, stop) => {
      const acts = [actOf("wipe", { expiresAt: start + 24 * hour })];
      const [handed, { command }] = round(situationOf([], { acts }), { type: "idle" }, start);
      const [putOff] = round(handed, answer(handed, { status: "notNow" }), start + 1);
      const [stopped, { ledger, command: nothing, dueAt }] = round(
        stop(putOff),
        { type: "idle" },
        start + hour,
      );
      expect([ledger, nothing]).toEqual([[], undefined]);
      if (!stopped.halted) expect(dueAt).toBeUndefined();
      const on = { ...putOff, state: stopped.state };
      expect(round(on, { type: "idle" }, start + 2 * hour)[1].command?.id).toBe(command?.id);
      const late = round(on, { type: "idle" }, start + 24 * hour)[1];
      expect(late.ledger).toMatchObject([{ type: "closed", id: command?.id, status: "abandoned" }]);
    },
  );

  test.each(["held", "sent", "executed", "failed", "unknown", "expired", "cancelled", "refused"] as const)(
    "that is %s is not sent",
    (status) => expect(orderOf(situationOf([], { acts: [actOf("lock", { status })] }))).toEqual([]),
  );

  test("is sent until its time is over, and not at it", () => {
    const situation = situationOf([], { acts: [actOf("lock", { expiresAt: start + hour })] });
    expect(orderOf(situation, start + hour - 1)).toEqual(["act lock"]);
    expect(orderOf(situation, start + hour)).toEqual([]);
  });

  test("has the same id however much was sent before it; what converges has another each time", () => {
    const idOf = (situation: Situation): string => {
      const step = next(situation, { now: start, afterNotNow: false, idle: true });
      return step.type === "send" ? step.sent.id : "nothing";
    };
    const act = (handed: number) => idOf(situationOf([], { acts: [actOf("lock")], state: { handed } }));
    const install = (handed: number) => idOf(situationOf([profile("wifi")], { state: { handed } }));
    expect(act(7)).toBe(act(1));
    expect(install(7)).not.toBe(install(1));
  });
});

describe("a command without an answer", () => {
  const installing: Intent = { type: "install", item: "App/a", kind: "App", id: "corp.a", digest: "d-a" };
  const idle = { now: start, afterNotNow: false, idle: true };

  test("is sent again under its id before anything else, if repeating it is harmless and it is still due", () => {
    const outstanding = sentFor(installing);
    const situation = situationOf([profile("first"), app("a")], { state: { outstanding } });
    expect(next(situation, idle)).toMatchObject({ type: "send", again: true, sent: outstanding });
  });

  test("gives way when another content is wanted by now", () => {
    const outstanding = sentFor(installing);
    const situation = situationOf([app("a", { digest: "d-2" })], { state: { outstanding } });
    const step = next(situation, idle);
    expect(step).toMatchObject({ type: "send", again: false, sent: { intent: { digest: "d-2" } } });
  });

  test("that must happen once is never sent again by itself, though its act looks as if it were due", () => {
    const situation = situationOf([], { acts: [actOf("lock")], state: { outstanding: lockSent } });
    const [after, decision] = round(situation, { type: "idle" }, start + 1);
    expect(decision.command).toBeUndefined();
    expect(after.acts[0]?.status).toBe("unknown");
    expect(round(after, { type: "idle" }, start + hour)[1].command).toBeUndefined();
  });
});

describe("what waits for something else", () => {
  test("an item is installed when all that it comes after is verified, and not when one of them is", () => {
    const items = [
      profile("ca"),
      profile("scep"),
      profile("wifi", { after: ["Profile/ca", "Profile/scep"] }),
    ];
    const showing = (names: readonly string[]) => {
      const profiles = Object.fromEntries(names.map((name) => [`corp.${name}`, `U-${name}`]));
      return orderOf(situationOf(items, { observed: { profiles, apps: {}, owned: {} } }));
    };
    expect(showing([])).toEqual(["install Profile/ca", "install Profile/scep"]);
    expect(showing(["ca"])).toEqual(["install Profile/scep"]);
    expect(showing(["ca", "scep"])).toEqual(["install Profile/wifi"]);
  });

  test("what is not known is asked for before anything rests on it", () => {
    const situation = situationOf([profile("wifi"), app("a")], { observed: { apps: {}, owned: {} } });
    expect(orderOf(situation)).toEqual(["query profiles", "install App/a"]);
  });
});

describe("when a channel is due again", () => {
  const dueIn = (situation: Situation, afterNotNow: boolean, now = start) => {
    const step = next(situation, { now, afterNotNow, idle: false });
    if (step.type !== "wait") throw new Error(`sends ${described(step.sent.intent)}`);
    return step.until === undefined ? undefined : step.until - now;
  };
  const putOff = (count: number, more: Partial<Situation> = {}) => {
    const situation = situationOf([], { acts: [actOf("lock")], ...more });
    return { ...situation, state: { ...situation.state, aside: [{ ...lockSent, count, last: start }] } };
  };

  test("is never while nothing changes", () => expect(dueIn(situationOf([]), false)).toBeUndefined());

  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [6, 32],
    [7, 60],
    [1_000, 60],
  ])("after %i times NotNow it is %i minutes, unless the device polls by itself", (count, minutes) => {
    expect(dueIn(putOff(count), false)).toBe(minutes * minute);
    expect(dueIn(putOff(count), true)).toBe(60 * minute);
  });

  test("is not in the past, however long ago it was put off", () => {
    expect(dueIn(putOff(1), false, start + 4 * minute)).toBe(1);
  });

  test("is an hour after the last NotNow, whatever else was put off earlier", () => {
    expect(dueIn(putOff(1), true, start + 5 * hour)).toBe(60 * minute);
  });

  test("is not waited for by what an earlier connection put off, once the device takes something", () => {
    const step = next(putOff(1), { now: start + 5 * minute, afterNotNow: false, idle: false });
    expect(step).toMatchObject({ type: "send", sent: { id: lockSent.id } });
  });

  test("is when the first of all that waits is", () => {
    const wifi = profile("wifi");
    const failed = (ms: number) => ({
      [wifi.key]: progressOf(wifi.digest, "failed", { retryAt: start + ms }),
    });
    const waiting = (ms: number) => {
      const situation = putOff(3, { granted: grantedOf([wifi]) });
      return { ...situation, state: { ...situation.state, progress: failed(ms) } };
    };
    expect(dueIn(waiting(3 * minute), false)).toBe(3 * minute);
    expect(dueIn(waiting(5 * minute), false)).toBe(4 * minute);
  });

  test("what was put off is offered again at the next connection, and not on this one", () => {
    expect(orderOf(putOff(1))).toEqual([]);
    const step = (afterNotNow: boolean) => next(putOff(1), { now: start, afterNotNow, idle: true });
    expect(step(false)).toMatchObject({ type: "send", sent: { id: lockSent.id } });
    expect(step(true).type).toBe("wait");
  });
});
