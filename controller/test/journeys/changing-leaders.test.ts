import { expect, test } from "vitest";
import { Retry } from "../../errors.ts";
import type { Reconciler } from "../../loop/reconciler.ts";
import { seeded } from "../../simulator/random.ts";
import type { Store } from "../../store/open.ts";
import { postgres } from "../../store/test-stores.ts";
import { type Installation, install } from "../installation.ts";
import { files, marker, organizationWith, policy, profile } from "../manifests.ts";

const server = await postgres();
const long = process.env.REEVE_LONG === "1";
const minute = 60_000;
const budget = 2;
const count = 7;

const revision = (password: string, more: string) =>
  files({
    "org.yaml": organizationWith(
      `budgets: {removals: {devices: ${budget}}, isolating: {devices: ${budget}}}`,
    ),
    "items.yaml": [
      profile("wifi", `type: com.apple.wifi.managed, content: {SSID_STR: Corp, Password: ${password}}`),
      marker("b"),
    ].join("---\n"),
    "policy.yaml": policy(`profiles: [{name: wifi}${more}]`),
  });

/** How many devices lack the profile that left, and how many have the new password. */
async function given(house: Installation, wifi: string): Promise<readonly number[]> {
  const rows = await house.store.query<{ items: readonly { key: string; digest: string }[] }>(
    "select i.body->'items' as items from reeve.channel c join reeve.interned i on i.id = c.granted_id",
  );
  return [
    rows.filter(({ items }) => !items.some(({ key }) => key === "Profile/b")).length,
    rows.filter(({ items }) => items.some(({ key, digest }) => key === "Profile/wifi" && digest !== wifi))
      .length,
  ];
}

test.runIf(server !== undefined).each(long ? [1, 2, 3, 4, 5, 6, 7, 8] : [1])(
  "replicas that take the lead from one another in the midst of their passes keep to the budgets of removals and of what isolates (%i)",
  async (seed) => {
    if (server === undefined) return;
    const random = seeded("changing leaders", process.env.REEVE_SEED ?? seed);
    const devices = Array.from({ length: count }, (_, index) => ({
      serial: `PAD-${index}`,
      platform: "ipados" as const,
      supervised: true,
    }));
    await using house = await install({ stores: server, files: revision("first", ", {name: b}"), devices });
    await house.enroll();
    await house.settle();
    const [first] = await house.store.query<{ digest: string }>(
      `select x->>'digest' as digest from reeve.interned n, jsonb_array_elements(n.body->'items') x
       where jsonb_typeof(n.body->'items') = 'array' and x->>'key' = 'Profile/wifi' limit 1`,
    );
    await house.controller.reconciler.close();
    let changes = 0;
    let isCalm = false;
    const store: Store = new Proxy(house.store, {
      get: (target, key) => {
        if (key !== "query") return Reflect.get(target, key);
        return async (...about: Parameters<Store["query"]>) => {
          if (!isCalm && random.between(0, 8) === 0) {
            changes++;
            await target.query("update reeve.lease set expires_at = 0");
          }
          return target.query(...about);
        };
      },
    });
    const replicas: Reconciler[] = [];
    while (replicas.length < 3) {
      await house.replace({ store, leaseMs: 1, onError: () => {} });
      replicas.push(house.controller.reconciler);
    }
    const expected = (error: unknown): void => {
      if (!(error instanceof Retry)) throw error;
    };
    house.commit(revision("second", ""));
    for (const [hours, most] of [budget, 2 * budget].entries()) {
      for (let round = 0; round < 6; round++) {
        await Promise.all(replicas.map((one) => one.poll().catch(expected)));
        await Promise.all(replicas.map((one) => one.tick().catch(expected)));
        for (const one of await given(house, first?.digest ?? "")) expect(one).toBeLessThanOrEqual(most);
        await house.world.advance(4 * minute);
      }
      if (hours === 0) await house.world.advance(40 * minute);
    }
    // What was counted and not done is made up for, once one of them leads on.
    isCalm = true;
    await house.world.advance(61 * minute);
    await house.pass(20 * minute, 5 * minute);
    const ended = await given(house, first?.digest ?? "");
    expect(Math.min(...ended)).toBeGreaterThan(0);
    expect(Math.max(...ended)).toBeLessThanOrEqual(3 * budget);
    expect(changes).toBeGreaterThan(20);
  },
);
