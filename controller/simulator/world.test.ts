import { expect, test } from "vitest";
import { virtualWorld } from "./world.ts";

test("tasks run in the order of their times, and at the time they see", async () => {
  const world = virtualWorld(1_000);
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, world.now()]);
  world.after(30, note("c"));
  world.after(10, note("a"));
  world.after(10, note("b"));
  const cancel = world.after(20, note("never"));

  cancel();
  await world.advance(29);
  const before = seen.length;
  await world.advance(1);

  expect(before).toBe(2);
  expect(seen).toEqual([
    ["a", 1_010],
    ["b", 1_010],
    ["c", 1_030],
  ]);
  expect(world.pending()).toBe(0);
});

test("a task that sleeps lets others go on, and comes back in time", async () => {
  const world = virtualWorld(0);
  const seen: string[] = [];
  world.after(0, async () => {
    seen.push("sleeper falls asleep");
    await world.sleep(100);
    seen.push(`sleeper wakes at ${world.now()}`);
  });
  world.after(50, () => void seen.push("other"));

  const passed = await world.settle(1_000);

  expect(seen).toEqual(["sleeper falls asleep", "other", "sleeper wakes at 100"]);
  expect(passed).toBe(100);
});

test("a task that fails makes advance fail", async () => {
  const world = virtualWorld();
  world.after(5, () => {
    throw new Error("broken task");
  });

  await expect(world.advance(10)).rejects.toThrow("broken task");
});
