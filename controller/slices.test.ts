import { expect, test } from "vitest";
import { inSlices, inTurn } from "./slices.ts";

test("long work lets everything else go first again and again", async () => {
  const turns = await turnsDuring(async () => {
    for await (const _ of inSlices(Array.from({ length: 30 }))) busy(3);
  });

  expect(turns).toBeGreaterThan(5);
});

test("short work that many ask for at once lets everything else go first, and keeps its order", async () => {
  const done: number[] = [];
  const work = (index: number) => () => {
    busy(3);
    return done.push(index);
  };

  const turns = await turnsDuring(async () => {
    const results = await Promise.all(Array.from({ length: 30 }, (_, index) => inTurn(work(index))));
    expect(results).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  expect(done).toEqual(Array.from({ length: 30 }, (_, index) => index));
  expect(turns).toBeGreaterThan(5);
});

test("work that throws rejects its own caller, now and when it had to wait, and nobody else's", async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      inTurn(() => {
        busy(3);
        if (index % 2 === 0) throw new Error(`no ${index}`);
        return index;
      }),
    ),
  );

  expect(results.filter((one) => one.status === "rejected").map((one) => one.reason.message)).toEqual(
    [0, 2, 4, 6, 8].map((index) => `no ${index}`),
  );
  expect(results.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))).toEqual([1, 3, 5, 7, 9]);
});

/** How often the event loop got around to others. */
async function turnsDuring(work: () => Promise<void>): Promise<number> {
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  await work();
  clearInterval(others);
  return turns;
}

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
