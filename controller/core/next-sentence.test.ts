import { expect, test } from "vitest";
import { nextSentence } from "./next-sentence.ts";
import { actOf, hour, minute, situationOf, start } from "./test-situation.ts";

test("how long nothing is to be done stands in a unit that people can picture", () => {
  const day = 24 * hour;
  const until = (ms: number) =>
    nextSentence(
      situationOf([], { acts: [actOf("lock", { frozenAt: start + ms, expiresAt: start + 400 * day })] }),
      start,
    );
  const said = [29_000, 20 * minute, 5 * hour, 8_124 * hour].map((ms) => until(ms).split(" in ").at(-1));
  expect(said).toEqual(["29 s", "20 min", "5 h", "339 d"]);
});
