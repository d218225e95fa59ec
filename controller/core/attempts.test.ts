import { expect, test } from "vitest";
import { conditionOf } from "./condition.ts";
import type { Outcome } from "./report.ts";
import type { Situation } from "./situation.ts";
import {
  answer,
  described,
  grantedOf,
  listed,
  minute,
  profile,
  round,
  situationOf,
  start,
} from "./test-situation.ts";

const identity = profile("identity", { enrolls: true });
const idle = { type: "idle" } as const;

/** A device that was sent the profile and whose answer was lost. */
function afterLoss(): {
  readonly situation: Situation;
  readonly asked: string | undefined;
  readonly ledger: readonly unknown[];
} {
  const [sent] = round(situationOf([identity]), idle, start);
  const [situation, decision] = round(sent, idle, start + minute);
  return {
    situation,
    asked: decision.command && described(decision.command.intent),
    ledger: decision.ledger,
  };
}

test("a profile that obtains an identity is not sent again when its answer is lost: the device is asked first", () => {
  const { asked, ledger } = afterLoss();

  expect(asked).toBe("query profiles");
  expect(ledger).toContainEqual(expect.objectContaining({ type: "closed", status: "unknown" }));
});

test("what the device then shows is verified, with one attempt", () => {
  const { situation } = afterLoss();
  const [after, decision] = round(
    situation,
    answer(situation, listed({ profiles: { [identity.id]: identity.uuid ?? "" } })),
    start + 2 * minute,
  );

  expect(decision.command).toBeUndefined();
  expect(decision.events).toContainEqual(expect.objectContaining({ type: "item.verified" }));
  expect(conditionOf(after, contact)).toMatchObject({ type: "Ready" });
});

test("what the device does not show is tried once more, after a while", () => {
  const { situation } = afterLoss();
  const [after, decision] = round(situation, answer(situation, listed({ profiles: {} })), start + 2 * minute);
  expect(decision.command).toBeUndefined();
  expect(decision.events).toContainEqual(
    expect.objectContaining({
      type: "item.failed",
      message: "no answer came, and the device does not show it",
    }),
  );

  const [, later] = round(after, idle, start + 5 * minute);
  expect(later.command?.attempt).toBe(2);
});

test("an answer that comes late changes nothing: the list of profiles has the word", () => {
  const [sent] = round(situationOf([identity]), idle, start);
  const late = answer(sent, { status: "acknowledged" });
  const [situation] = round(sent, idle, start + minute);
  const [after, decision] = round(situation, late, start + 2 * minute);

  expect(decision.command && described(decision.command.intent)).toBe("query profiles");
  expect(after.state.progress[identity.key]).toMatchObject({ phase: "unknown", attempts: 1 });
});

test("a profile that costs nothing is sent again under the same id", () => {
  const [sent, first] = round(situationOf([profile("wifi")]), idle, start);
  const [, second] = round(sent, idle, start + minute);

  expect(second.command?.id).toBe(first.command?.id);
});

test("NotNow is no attempt: it goes on under the same id", () => {
  const [sent, first] = round(situationOf([identity]), idle, start);
  const [aside] = round(sent, answer(sent, { status: "notNow" } satisfies Outcome), start + minute);
  const [, second] = round(aside, idle, start + 2 * minute);

  expect(second.command?.id).toBe(first.command?.id);
});

test("a new content is not taken for the one whose outcome is unknown", () => {
  const { situation } = afterLoss();
  const next = { ...identity, digest: "d-2", uuid: "U-2" };
  const [after, decision] = round(
    { ...situation, granted: grantedOf([next]) },
    answer(situation, listed({ profiles: {} })),
    start + 2 * minute,
  );

  expect(decision.command?.intent).toMatchObject({ type: "install", digest: "d-2" });
  expect(after.state.progress[identity.key]).toMatchObject({ digest: "d-2", attempts: 1 });
});

const contact = { lastSeenAt: start, now: start, unreachableAfterMs: 1e12 };
