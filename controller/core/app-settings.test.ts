import { expect, test } from "vitest";
import { conditionOf } from "./condition.ts";
import type { Outcome } from "./report.ts";
import type { Situation } from "./situation.ts";
import {
  answer,
  app,
  described,
  hour,
  listed,
  minute,
  ownedOf,
  round,
  situationOf,
  start,
} from "./test-situation.ts";

const slack = app("slack", { digest: "two", base: "b", shownBy: ["appConfiguration"] });
const idle = { type: "idle" } as const;
const contact = { lastSeenAt: start, now: start, unreachableAfterMs: 1e12 };

/** A managed app that was given another configuration before. */
function managed(base = "b"): Situation {
  const owned = { [slack.key]: { ...ownedOf({ ...slack, digest: "one" }), base } };
  return situationOf([slack], {
    observed: { profiles: {}, apps: { [slack.id]: { status: "Managed" } }, owned },
  });
}

function shows(isAsGiven: boolean): Outcome {
  const configured = { [slack.id]: isAsGiven };
  return { status: "acknowledged", observation: { section: "appConfiguration", configured, detail: [] } };
}

/** The app after its settings were taken and it was seen to be managed still. */
function taken(from: Situation, now: number): Situation {
  const [sent] = round(from, idle, now);
  const [accepted] = round(sent, answer(sent, { status: "acknowledged" }), now);
  const [seen, decision] = round(
    accepted,
    answer(accepted, listed({ apps: { [slack.id]: "Managed" } })),
    now + 1,
  );
  expect(decision.command && described(decision.command.intent)).toBe("query appConfiguration");
  return seen;
}

test("only another configuration is a change in place; another source or flag is an installation", () => {
  const intentOf = (situation: Situation) => round(situation, idle, start)[1].command?.intent;

  expect(intentOf(managed())).toMatchObject({ type: "install", inPlace: true, base: "b" });
  expect(intentOf(managed("another"))).not.toHaveProperty("inPlace");
  const gone = { ...managed(), observed: { ...managed().observed, apps: {} } };
  expect(intentOf(gone)).not.toHaveProperty("inPlace");
});

test("it is verified by what the device shows, and not by its yes", () => {
  const seen = taken(managed(), start);
  expect(conditionOf(seen, contact).type).toBe("Reconciling");

  const [after, decision] = round(seen, answer(seen, shows(true)), start + 2);
  expect(decision.events).toContainEqual(expect.objectContaining({ type: "item.verified" }));
  expect(conditionOf(after, contact).type).toBe("Ready");
});

test("a device that says yes and shows another configuration is tried again, at last by an installation", () => {
  let situation = managed();
  const ways: unknown[] = [];
  for (let attempt = 0, now = start; attempt < 3; attempt++, now += hour) {
    const [sent, decision] = round(situation, idle, now);
    ways.push(decision.command?.intent.type === "install" && decision.command.intent.inPlace === true);
    expect(sent.state.progress[slack.key]?.attempts).toBe(attempt + 1);
    const seen = taken(situation, now);
    [situation] = round(seen, answer(seen, shows(false)), now + minute);
    expect(situation.state.progress[slack.key]).toMatchObject({ phase: "failed" });
  }

  expect(ways).toEqual([true, true, false]);
  expect(conditionOf(situation, contact)).toMatchObject({
    type: "Stalled",
    reason: "Failing",
    message: expect.stringContaining("shows another configuration"),
  });
});

test("an app that the answer leaves out shows nothing", () => {
  const seen = taken(managed(), start);
  const [after] = round(
    seen,
    answer(seen, {
      status: "acknowledged",
      observation: { section: "appConfiguration", configured: {}, detail: [] },
    }),
    start + 2,
  );

  expect(after.state.progress[slack.key]).toMatchObject({ phase: "failed" });
});

test("settings that the device never shows are told, and do not stand under way for ever", () => {
  let situation = taken(managed(), start);
  const no = { status: "failed", errors: [{ domain: "MDM", code: 1, text: "not now, not ever" }] } as const;
  for (let now = start + 2; situation.state.outstanding !== undefined; now += hour) {
    [situation] = round(situation, answer(situation, no), now);
    if (situation.state.progress["query/appConfiguration"]?.attempts === 3) break;
    [situation] = round(situation, idle, now + hour);
  }
  expect(conditionOf(situation, contact)).toEqual({
    type: "Stalled",
    reason: "Unreadable",
    message: "its appConfiguration cannot be read: not now, not ever",
  });
});

test("what was seen by a clock that ran ahead a little shows nothing of what is taken after it", () => {
  const ahead = start + 5 * minute;
  const known = managed();
  const collected = { device: ahead, managedApps: ahead, appConfiguration: ahead };
  const before: Situation = { ...known, state: { ...known.state, collected } };
  const [sent] = round(before, idle, start);
  const [accepted] = round(sent, answer(sent, { status: "acknowledged" }), start);
  expect(conditionOf(accepted, contact).type).toBe("Reconciling");

  const [asked, decision] = round(accepted, idle, ahead);
  expect(decision.command && described(decision.command.intent)).toBe("query managedApps");
  const [seen] = round(asked, answer(asked, listed({ apps: { [slack.id]: "Managed" } })), ahead);
  expect(conditionOf(seen, contact).type).toBe("Reconciling");
  const [shown] = round(seen, answer(seen, shows(true)), ahead);
  expect(conditionOf(shown, contact).type).toBe("Ready");
});
