import { expect, test } from "vitest";
import { askedAnew } from "./asked-anew.ts";
import { conditionOf } from "./condition.ts";
import { answer, app, listed, round, situationOf, start } from "./test-situation.ts";

const day = 24 * 60 * 60_000;
const slack = app("slack");
const idle = { type: "idle" } as const;

test("a user who always declines is asked five times over weeks, and then only when a person wants it", () => {
  let situation = situationOf([slack]);
  let asked = 0;
  let now = start;
  for (let days = 0; days < 120; days++, now += day)
    for (let [next, decision] = round(situation, idle, now); decision.command !== undefined; ) {
      const { intent } = decision.command;
      if (intent.type === "install") asked++;
      const said =
        intent.type === "install"
          ? ({ status: "acknowledged" } as const)
          : listed({ apps: { [slack.id]: "UserRejected" } });
      [next, decision] = round(next, answer(next, said), now + 1);
      situation = next;
    }

  expect(asked).toBe(5);
  const contact = { lastSeenAt: now, now, unreachableAfterMs: 1e12 };
  expect(conditionOf(situation, contact)).toMatchObject({
    type: "Stalled",
    reason: "Rejected",
    message: expect.stringContaining("its user declined the app (UserRejected); asked 5 times"),
  });

  const wanted = askedAnew({ ...situation, state: { ...situation.state, askedAt: now } });
  const [, again] = round(
    {
      ...wanted,
      state: { ...wanted.state, collected: { ...wanted.state.collected, device: now, managedApps: now } },
    },
    idle,
    now,
  );
  expect(again.command?.intent).toMatchObject({ type: "install", item: slack.key });
});
