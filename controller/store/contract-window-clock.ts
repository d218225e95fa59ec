import { expect, it } from "vitest";
import { start } from "./test-fleet.ts";
import { minute, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";
import { readWindowClock } from "./window-clock.ts";

const year = 365 * 24 * 60;

/** Minutes after the start: what the database's clock shows, and the latest that is believed then. */
type Look = readonly [after: number, latest: number, moves?: "never" | "seldom" | "always"];

/** By which time maintenance windows and exemptions go. */
export function windowClockContract(stores: TestStores): void {
  it("goes on with the database's clock, never back, and believes what leaps ten minutes later", async () => {
    await using house = await scene(stores, 0);
    const look = async (looks: readonly Look[]) => {
      for (const [after, latest, moves = "always"] of looks) {
        const seen = await readWindowClock(house.store, start + after * minute, moves);
        const told = [(seen.databaseNow - start) / minute, (seen.latest - start) / minute];
        expect([moves, ...told]).toEqual([moves, after, latest]);
      }
    };

    // What nobody has noted is not known later.
    await look([
      [3, 3, "never"],
      [0, 0, "seldom"],
      [-1, 0],
      [5, 5],
      [-year, 5],
      [7, 7],
      [6, 7],
      [9, 9, "never"],
      [0, 7],
      [17, 17],
    ]);
    // A leap that is over counts for nothing, whichever way the clock goes on.
    await look([
      [year, 17],
      [year + 9, 17],
      [600, 17],
      [609, 17],
      [610, 610, "never"],
      [609, 17],
      [610, 610],
      [609, 610],
      [1000, 610],
      [620, 620],
      [1010, 620],
      [1020, 1020],
    ]);
    // Each five minutes; but a leap is noted, and forgotten, at once.
    await look([
      [1024, 1024, "seldom"],
      [1023, 1023, "seldom"],
      [1025, 1025, "seldom"],
      [1021, 1025, "seldom"],
      [2000, 1025, "seldom"],
      [1026, 1026, "seldom"],
      [2010, 1026, "seldom"],
      [2015, 1026, "seldom"],
      [2020, 2020, "seldom"],
    ]);

    // The owner has put it right.
    await house.asOwner("update reeve.window_clock set latest = null, leapt = null");
    await look([
      [30, 30],
      [29, 30],
      [41, 30],
    ]);
  });
}
