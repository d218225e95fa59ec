import { expect, test } from "vitest";
import type { Store } from "../store/open.ts";
import { endActs } from "./end-acts.ts";

test("what cannot be ended is told, with its device, and everything else is ended all the same", async () => {
  const asked: string[] = [];
  const due = ["d-1", "d-2"].map((device) => ({ device, serial: null, channels: [] }));
  const store = {
    clock: () => 0,
    sealer: {},
    query: async (sql: string) => {
      asked.push(sql);
      if (sql.includes("erase_failed_at nulls first")) return due;
      throw new Error(`broken ${asked.length}`);
    },
  } as unknown as Store;
  const heard: unknown[] = [];
  await endActs(store, 0, (error, device) => heard.push([String(error), device]));
  // Of each record that cannot be erased also that this could not be noted.
  expect(heard).toEqual([
    ["Error: broken 1", undefined],
    ["Error: broken 2", undefined],
    ["Error: broken 3", undefined],
    ["Error: broken 4", undefined],
    ["Error: broken 6", "d-1"],
    ["Error: broken 7", "d-1"],
    ["Error: broken 8", "d-2"],
    ["Error: broken 9", "d-2"],
    ["Error: broken 10", undefined],
  ]);
  const parts = [
    /act_withdrawal/,
    /expired/,
    /retired/,
    /erase_owed/,
    /lifecycle/,
    /erase_device/,
    /erasure-failed/,
  ];
  expect(asked).toMatchObject(
    [...parts, /erase_device/, /erasure-failed/, /deletion/].map((part) => expect.stringMatching(part)),
  );
});
