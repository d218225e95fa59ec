import { expect, test } from "vitest";
import { storesOfSuite } from "../test/installation.ts";
import { comparisonTime, exemptionTime, timedRules } from "./window-clock.ts";

const stores = await storesOfSuite();
const day = 86_400_000;
const exempting = {
  policies: [],
  exemptions: [
    {
      name: "Exemption/trip",
      lift: new Set(["Profile/a"]),
      from: 0,
      until: 1,
      reason: "",
      target: {} as never,
    },
  ],
};

test.each(stores)(
  "on $name exemptions go by the database's clock, whatever the clocks of replicas say",
  async (stores) => {
    const database = await stores.fresh();
    await using store = await database.open({});
    const began = Date.now();
    for (const clock of [began + 2 * day, began - 2 * day]) {
      for (const purpose of ["some", "all"] as const) {
        const { exemptAt } = await timedRules(store, exempting, clock, purpose);
        expect(exemptAt).toBeGreaterThan(began - day);
        expect(exemptAt).toBeLessThan(began + day);
      }
      expect(Math.abs((await exemptionTime(store, exempting, clock)) - began)).toBeLessThan(day);
      // A commit that brings the first one, or takes the last one away, is compared at the same time.
      for (const [before, after] of [
        [undefined, exempting],
        [{ exemptions: [] }, exempting],
        [exempting, { exemptions: [] }],
      ] as const)
        expect(Math.abs((await comparisonTime(store, before, after, clock)) - began)).toBeLessThan(day);
    }
    // Where nothing goes by it nobody is asked.
    const asked = store.statements();
    expect(await exemptionTime(store, { exemptions: [] }, 7)).toBe(7);
    expect(await timedRules(store, { policies: [], exemptions: [] }, 7, "some")).toEqual({
      windows: undefined,
      exemptAt: 7,
    });
    expect(store.statements()).toBe(asked);
  },
);
