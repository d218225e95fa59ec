import { expect, test } from "vitest";
import { Retry } from "../errors.ts";
import { allPages } from "./pages.ts";

test("a list is whole, over all its pages", async () => {
  const asked: (string | undefined)[] = [];
  const pages = new Map([
    [undefined, { items: [1, 2], next: "a" }],
    ["a", { items: [], next: "b" }],
    ["b", { items: [3], next: "" }],
  ]);
  const found = await allPages(async (token) => {
    asked.push(token);
    return pages.get(token as never) ?? { items: [] };
  });
  expect(found).toEqual([1, 2, 3]);
  expect(asked).toEqual([undefined, "a", "b"]);
});

test("a part of a list is never given", async () => {
  const broken = new Retry("google-unanswered", "broke");
  await expect(
    allPages(async (token) => {
      if (token !== undefined) throw broken;
      return { items: [1], next: "a" };
    }),
  ).rejects.toBe(broken);
  await expect(allPages(async () => ({ items: [1], next: "again" }))).rejects.toThrow("has no end");
});
