import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { createWake } from "./wake.ts";

test("a flag that is raised again and again leaves nothing behind on the signal that ends the wait", async () => {
  const wake = createWake();
  const ending = new AbortController();
  for (let n = 0; n < 3; n++) {
    const woken = wake.wait(ending.signal);
    wake.raise();
    expect(await woken).toBe(true);
  }
  expect(getEventListeners(ending.signal, "abort")).toEqual([]);

  const last = wake.wait(ending.signal);
  ending.abort();
  expect(await last).toBe(false);
});
