import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { destructiveBudget } from "./destruction.ts";
import { disruptionRoom } from "./disruption.ts";
import { start } from "./test-fleet.ts";
import { broken, limits } from "./test-replica-laws.ts";
import { moment } from "./test-replica-orders.ts";
import { play } from "./test-replicas.ts";
import { postgres } from "./test-stores.ts";

const long = process.env.REEVE_LONG === "1";
const server = await postgres();
/** Others by `REEVE_SEED`; the long run begins with this one. */
const firstSeed = Number(process.env.REEVE_SEED ?? 26_112_026);
const seeds = Array.from({ length: long ? 8 : 1 }, (_, n) => firstSeed + n);

describe.runIf(server !== undefined)("three replicas on one PostgreSQL", () => {
  it.each(seeds)(
    "keep to every budget, wait and approval, whatever they are told to do at once: seed %i",
    { timeout: 120_000 },
    async (seed) => {
      const clock = { now: start };
      await using database = await server!.fresh();
      const { budget: devices, windowMs, disruptive, coolOffMs } = limits;
      const options = {
        now: () => clock.now,
        ceiling: { devices, percent: 100, windowMs },
        disruptive,
        coolOffMs,
      };
      await using first = await database.open(options);
      await using second = await database.open(options);
      await using third = await database.open(options);
      await database.asOwner(
        `update reeve.ceiling set devices = ${limits.daily}, percent = 0 where name = 'daily';
         update reeve.setting set value = '${limits.canary}' where name = 'canary'`,
      );
      const rooms: number[] = [];
      const moments = fc.sample(moment, { seed, numRuns: long ? 150 : 50 });
      const seen = await play([first, second, third], clock, moments, async () => {
        const { used = 0, limit = 0 } = (await destructiveBudget(second)) ?? {};
        rooms.push(limit - used, (await disruptionRoom(third, limits.disruptive)).left);
      });

      expect(broken(seen), `seed ${seed}: run it again with REEVE_SEED=${seed}`).toEqual([]);
      expect(Math.min(...rooms), `room that is left, seed ${seed}`).toBeGreaterThanOrEqual(0);
      // Nothing went out that the database does not know, and it knows of nothing else.
      const sends = seen.sends.filter(({ again }) => !again);
      const known = await first.query<{ command: string }>("select command from reeve.release");
      expect(known.map(({ command }) => command).sort()).toEqual(sends.map(({ command }) => command).sort());
      // A seed under which little happens proves little.
      const destroyed = sends.filter(({ act }) => act.destroys).length;
      expect([destroyed, sends.length - destroyed].map((count) => count > 3)).toEqual([true, true]);
      if (long)
        console.log(
          `seed ${seed}: ${destroyed} destroyed, ${sends.length} sent, ${seen.stopped.size} stopped`,
        );
    },
  );
});
