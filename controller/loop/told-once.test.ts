import { expect, test } from "vitest";
import { nothingTold, tellOnce, wasTold } from "./told-once.ts";

test("what could not be told is told to whoever asks next, and then no more", async () => {
  const [told, store] = [nothingTold(), {}];
  const tried: string[] = [];
  const tell = (answer: "fails" | "works") => async () => {
    tried.push(answer);
    if (answer === "fails") throw new Error("the database is away");
  };

  await expect(tellOnce(told, store, "a", tell("fails"))).rejects.toThrow("away");
  await Promise.all([tellOnce(told, store, "a", tell("works")), tellOnce(told, store, "a", tell("works"))]);
  await tellOnce(told, store, "a", tell("works"));
  expect(tried).toEqual(["fails", "works"]);

  // Over another store nothing was told.
  expect([wasTold(told, store, "a"), wasTold(told, {}, "a")]).toEqual([true, false]);
  await tellOnce(told, {}, "a", tell("works"));
  expect(tried).toHaveLength(3);
});
