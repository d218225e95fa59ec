import { expect, test } from "vitest";
import { runEvents } from "./run-events.ts";

test("a failure is told and events are taken again, by the leader alone; stopping ends a wait for them", async () => {
  let times = 0;
  const errors: unknown[] = [];
  const waiting = Promise.withResolvers<void>();
  const events = {
    take: (_: unknown, signal?: AbortSignal): Promise<number> => {
      times++;
      if (times === 1) return Promise.reject(new Error("Google does not answer"));
      waiting.resolve();
      return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(0)));
    },
  };
  const ports = {
    events,
    round: async () => {},
    everyMs: 5,
    onError: (error: unknown) => void errors.push(error),
    onTaken: () => {},
  };
  const follower = runEvents({ ...ports, isLeader: () => false });
  const leader = runEvents({ ...ports, isLeader: () => true });
  await waiting.promise;
  await Promise.all([leader.stop(), follower.stop()]);
  expect(times).toBe(2);
  expect(errors).toHaveLength(1);
});
