import { expect, test } from "vitest";
import { nothingTold, tellOnce } from "./told-once.ts";

test("what could not be told is told to whoever asks next, and then no more", async () => {
  const told = nothingTold();
  const tried: string[] = [];
  const tell = (answer: "fails" | "works") => async () => {
    tried.push(answer);
    if (answer === "fails") throw new Error("the database is away");
  };

  await expect(tellOnce(told, "a", tell("fails"))).rejects.toThrow("away");
  await Promise.all([tellOnce(told, "a", tell("works")), tellOnce(told, "a", tell("works"))]);
  await tellOnce(told, "a", tell("works"));
  expect(tried).toEqual(["fails", "works"]);
});
