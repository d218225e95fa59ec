import { expect, test } from "vitest";
import type { Store } from "../store/open.ts";
import { endActs } from "./end-acts.ts";

test("what cannot be ended is told, and everything else is ended all the same", async () => {
  const asked: string[] = [];
  const store = {
    clock: () => 0,
    query: async (sql: string) => {
      asked.push(sql);
      throw new Error(`broken ${asked.length}`);
    },
  } as unknown as Store;
  const heard: unknown[] = [];
  await endActs(store, 0, (error) => heard.push(error));
  expect(heard.map(String)).toEqual([1, 2, 3, 4].map((n) => `Error: broken ${n}`));
  expect(asked).toMatchObject(
    [/expired/, /retired/, /lifecycle/, /deletion/].map((part) => expect.stringMatching(part)),
  );
});
