import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pglite, postgres } from "../../store/test-stores.ts";
import { type Cut, openWorkshop, type Workshop } from "./cut.ts";
import { type Life, lives } from "./lives.ts";

const long = process.env.REEVE_LONG === "1";
const server = await postgres();
const stores = server === undefined ? [pglite] : [pglite, server];

/** More boundaries than any life has; a run that is over before its cut ends the count. */
const most = 200;
const stride = 23;

describe.each(stores)("kill -9 at each boundary of a command's life, on $name", (store) => {
  let workshop: Workshop;
  let kills = 0;
  beforeAll(async () => {
    workshop = await openWorkshop(store);
  }, 120_000);
  afterAll(async () => {
    console.log(`${store.name}: ${kills} kills in the lives of ${lives.length} sorts of commands`);
    await workshop?.[Symbol.asyncDispose]();
  });

  test.each(livesOn(stores.indexOf(store)))(
    "$requestType",
    {
      timeout: long ? 1_200_000 : 180_000,
    },
    async (life) => {
      const cuts: string[] = [];
      for (const cut of cutsOf(life, stores.indexOf(store))) {
        const boundary = await workshop.runCut(life, cut);
        if (boundary !== undefined) cuts.push(boundary);
        else if (typeof cut === "number") break;
      }
      kills += cuts.length;
      console.log(`${store.name}, ${life.requestType}: ${cuts.length} kills\n  ${cuts.join("\n  ")}`);
      expect(cuts.length).toBeGreaterThan(long ? 12 : 1);
    },
  );
});

/** All of them with REEVE_LONG; else each on one of the stores, by turns. */
function livesOn(store: number): readonly Life[] {
  return long || stores.length === 1 ? lives : lives.filter((_, index) => index % stores.length === store);
}

/** All of them with REEVE_LONG; else one, another for each life and store. */
function* cutsOf(life: Life, shift: number): Generator<Cut> {
  if (long || !life.once) yield "while the device executes";
  if (long || life.once) yield "while the device executes and forgets";
  const first = long ? 1 : 1 + ((2 * lives.indexOf(life) + shift) % stride);
  for (let number = first; number <= most; number += long ? 1 : stride) yield number;
}
