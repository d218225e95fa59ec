import { expect, test } from "vitest";
import { Retry } from "../../errors.ts";
import { runRounds } from "./run-rounds.ts";

test("a round that is wished for comes before its time, and whoever wished hears how it ended", async () => {
  let fails = false;
  const errors: unknown[] = [];
  const rounds = runRounds({
    android: {
      round: async () => {
        if (fails) throw new Error("Google does not answer");
        return true;
      },
    },
    isLeader: () => true,
    everyMs: 3_600_000,
    onError: (error) => errors.push(error),
    onRound: () => {},
  });
  await rounds.soon();
  fails = true;
  await expect(rounds.soon()).rejects.toThrow("Google does not answer");
  expect(errors).toHaveLength(1);
  await rounds.stop();
  await expect(rounds.soon()).rejects.toThrow("ended");
});

test("Google is left alone for as long as it said, and only the leader calls it", async () => {
  let calls = 0;
  let leads = true;
  const failed = Promise.withResolvers<void>();
  const ports = {
    android: {
      round: async () => {
        calls++;
        throw new Retry("google-quota", "the quota is used up", { afterMs: 3_600_000 });
      },
    },
    isLeader: () => leads,
    everyMs: 5,
    onError: () => failed.resolve(),
    onRound: () => {},
  };
  const left = runRounds(ports);
  await failed.promise;
  leads = false;
  const follower = runRounds(ports);
  await follower.soon();
  await follower.soon();
  await Promise.all([left.stop(), follower.stop()]);
  expect(calls).toBe(1);
});
