import { expect, test } from "vitest";
import * as sample from "./sample-views.ts";
import { type Asked, refusal, runReeve, startTestDaemon } from "./test-daemon.ts";

const event = (id: number) => ({
  id: String(id),
  at: sample.now + id,
  type: "item.failed",
  message: `number ${id}`,
});

/** A daemon where events happen one after the other, and which is away for a moment. */
function happening(count: number) {
  let asked = 0;
  return ({ query }: Asked) => {
    asked += 1;
    if (asked === 3) return refusal(503, { code: "database-down", message: "the database is down" });
    const after = Number(query.after ?? 0);
    const events = Array.from({ length: Math.min(count, asked + 1) }, (_, n) => event(n + 1)).filter(
      (one) => Number(one.id) > after,
    );
    return { events: query.after === undefined ? events.reverse() : events, hidden: 0 };
  };
}

async function follow(argv: readonly string[], turns: number) {
  await using daemon = await startTestDaemon({ "GET /v1/events": happening(5) });
  let left = turns;
  const wait = async () => {
    left -= 1;
    return left >= 0;
  };
  const ran = await runReeve(["events", "-f", ...argv, "--server", daemon.url], { wait });
  return { ...ran, asked: daemon.asked };
}

test("following shows what was and then each event once, in order, also over a moment without a daemon", async () => {
  const { code, out, err, asked } = await follow(["--type", "item."], 6);

  expect(code).toBe(0);
  expect(out.match(/number \d/g)).toEqual(["number 1", "number 2", "number 3", "number 4", "number 5"]);
  expect(err).toBe("the database is down; asking again\n");
  expect(asked.map((one) => one.query.after)).toEqual([undefined, "2", "3", "3", "5", "5", "5"]);
  expect(asked.every((one) => one.query.type === "item.")).toBe(true);
});

test("as JSON each event is a line", async () => {
  const { out } = await follow(["-o", "json"], 1);

  const lines = out.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(["1", "2", "3"]);
});

test("what has no end goes to no file", async () => {
  expect(await follow(["--out", "events.txt"], 1)).toMatchObject({ code: 3, asked: [] });
});
