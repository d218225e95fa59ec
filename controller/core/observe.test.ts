import { describe, expect, test } from "vitest";
import type { GrantedItem } from "./granted.ts";
import { removalDigest } from "./item-state.ts";
import type { Outcome, Report } from "./report.ts";
import type { Situation } from "./situation.ts";
import {
  app,
  described,
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

const wifi = profile("wifi");
const idle: Report = { type: "idle" };

/** A device that acknowledged an item at `start` and is asked now what it has. */
function asked(item: GrantedItem, more: Parameters<typeof situationOf>[1] = {}): Situation {
  const section = item.kind === "Profile" ? ("profiles" as const) : ("managedApps" as const);
  return situationOf([item], {
    observed: { profiles: {}, apps: {}, owned: { [item.key]: ownedOf(item) } },
    ...more,
    state: {
      progress: { [item.key]: progressOf(item.digest, "acknowledged") },
      outstanding: sentFor({ type: "query", section }),
      ...more.state,
    },
  });
}

/** What is told of an item and sent next when the device answers so. */
function answered(situation: Situation, outcome: Outcome, now: number) {
  const report: Report = { type: "result", commandId: situation.state.outstanding?.id ?? "", outcome };
  const [seen, { events, command, dueAt }] = round(situation, report, now);
  return {
    seen,
    told: events.map((one) => one.type),
    command: command && described(command.intent),
    dueAt,
    events,
  };
}

const shown = listed({ profiles: { [wifi.id]: wifi.uuid ?? "" } });

describe("what a device shows", () => {
  test.each([
    ["later", minute],
    ["in the same millisecond", 0],
    ["by the clock of another replica, which is behind", -5_000],
  ])(
    "is newer than what it acknowledged before: it verifies, and shows what is not there, %s",
    (_name, ms) => {
      expect(answered(asked(wifi), shown, start + ms).told).toEqual(["item.verified"]);
      const absent = answered(asked(wifi), listed({ profiles: {} }), start + ms);
      expect([absent.told, absent.seen.state.progress[wifi.key]?.phase]).toEqual([["item.failed"], "failed"]);
    },
  );

  test("before an update of an app was acknowledged does not verify the update", () => {
    const item = app("a");
    const apps = { "corp.a": { status: "Managed" } };
    const observed = { profiles: {}, apps, owned: { [item.key]: ownedOf(item) } };
    const { state, ...rest } = asked(item, { observed });
    const { outstanding: _asked, ...waiting } = state;
    const look = (seenAt: number) =>
      round(
        { ...rest, state: { ...waiting, collected: { device: start, managedApps: seenAt } } },
        idle,
        start + hour,
      )[1];
    expect(look(start).command?.intent).toEqual({ type: "query", section: "managedApps" });
    expect(look(start + 1).command).toBeUndefined();
  });

  test("is no proof when another version is there", () => {
    const { told, command, dueAt } = answered(
      asked(wifi),
      listed({ profiles: { [wifi.id]: "OTHER" } }),
      start + 1,
    );
    expect([told, command]).toEqual([["item.failed"], undefined]);
    expect(dueAt ?? 0).toBeLessThan(start + 2 * minute);
  });

  test("of one section says nothing about what another shows", () => {
    const situation = asked(wifi, {
      state: { outstanding: sentFor({ type: "query", section: "managedApps" }) },
    });
    const { told, seen } = answered(situation, listed({ apps: {} }), start + 1);
    expect([told, seen.state.progress[wifi.key]?.phase]).toEqual([[], "acknowledged"]);
  });

  test.each([
    [59_999, []],
    [60_000, ["item.failed"]],
  ])("an accepted app that is not listed has failed after a minute, and not before: %i ms", (ms, told) => {
    expect(answered(asked(app("a")), listed({ apps: {} }), start + ms).told).toEqual(told);
  });

  test("an app that is still being installed is waited for, however long it takes", () => {
    const { told, seen } = answered(
      asked(app("a")),
      listed({ apps: { "corp.a": "Installing" } }),
      start + 5 * hour,
    );
    expect([told, seen.state.progress["App/a"]?.phase]).toEqual([[], "acknowledged"]);
  });

  test.each([
    ["UserRejected", 12 * hour],
    ["ManagementRejected", 12 * hour],
    ["UpdateRejected", 12 * hour],
    ["Failed", 0],
    ["UserInstalledApp", 0],
  ])("an app that is %s is told once and asked for again after %i ms at the soonest", (status, soonest) => {
    const first = answered(asked(app("a")), listed({ apps: { "corp.a": status } }), start + 1);
    expect(first.events).toMatchObject([
      { type: "item.failed", message: expect.stringContaining(`(${status})`) },
    ]);
    const retryAt = first.seen.state.progress["App/a"]?.retryAt ?? 0;
    expect(retryAt).toBeGreaterThan(start + soonest);
    if (soonest === 0) expect(retryAt).toBeLessThan(start + 2 * minute);
    const again = {
      ...first.seen,
      state: { ...first.seen.state, outstanding: sentFor({ type: "query", section: "managedApps" }) },
    };
    const second = answered(again, listed({ apps: { "corp.a": status } }), start + 2);
    expect([second.told, second.seen.state.progress["App/a"]?.retryAt]).toEqual([[], retryAt]);
  });
});

describe("what nobody remembers having sent", () => {
  const look = (item: GrantedItem, outcome: Outcome) => {
    const section = item.kind === "Profile" ? ("profiles" as const) : ("managedApps" as const);
    const state = { outstanding: sentFor({ type: "query", section }) };
    const situation = situationOf([item], { allows: "queries", state });
    return answered(situation, outcome, start + 1).seen.observed.owned;
  };

  test("is ours when it is exactly what is granted, with what is to become of it", () => {
    expect(look(wifi, shown)).toEqual({ [wifi.key]: { ...ownedOf(wifi), adopted: true } });
    const kept = profile("wifi", { onLeave: "keep" });
    expect(look(kept, shown)[kept.key]?.onLeave).toBe("keep");
  });

  test("is not ours when only its identifier is, or when an app is not managed, or is given settings", () => {
    expect(look(wifi, listed({ profiles: { [wifi.id]: "OTHER" } }))).toEqual({});
    const managed = listed({ apps: { "corp.a": "Managed" } });
    expect(look(app("a"), managed)).toEqual({ "App/a": { ...ownedOf(app("a")), adopted: true } });
    expect(look(app("a"), listed({ apps: { "corp.a": "UserInstalledApp" } }))).toEqual({});
    expect(look(app("a", { base: "b", shownBy: ["appConfiguration"] }), managed)).toEqual({});
  });
});

describe("a removal", () => {
  const gone = profile("gone");
  const removing = (profiles: Record<string, string>) => {
    const situation = situationOf([], {
      observed: { profiles: { [gone.id]: "U" }, apps: {}, owned: { [gone.key]: ownedOf(gone) } },
      state: {
        progress: { [gone.key]: progressOf(removalDigest, "acknowledged") },
        outstanding: sentFor({ type: "query", section: "profiles" }),
      },
    });
    return answered(situation, listed({ profiles }), start + 1);
  };

  test("is over when the device shows that it is gone", () => {
    const { told, seen } = removing({});
    expect([told, seen.observed.owned, seen.state.progress]).toEqual([["item.removed"], {}, {}]);
  });

  test("that was acknowledged and not carried out has failed, and is tried again later", () => {
    const { seen, command } = removing({ [gone.id]: "U" });
    expect([seen.state.progress[gone.key]?.phase, command]).toEqual(["failed", undefined]);
    const [looking] = round(seen, idle, start + 2 * minute);
    expect(answered(looking, listed({ profiles: { [gone.id]: "U" } }), start + 2 * minute).command).toBe(
      `remove ${gone.key}`,
    );
  });
});
