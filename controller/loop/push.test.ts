import { expect, test } from "vitest";
import { pglite } from "../store/test-stores.ts";
import { type Installation, install } from "../test/installation.ts";
import { baseline } from "../test/manifests.ts";
import type { PushOutcome } from "./push.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A fleet that is due and offline, and a push service that answers what the test says. */
async function dueFleet(
  count: number,
  perSecond?: number,
): Promise<{ house: Installation; sent: () => number; answer: (outcome: PushOutcome) => void }> {
  let outcome: PushOutcome = { type: "accepted" };
  let pushes = 0;
  const devices = Array.from({ length: count }, (_, index) => {
    return { serial: `SIM-${index}`, platform: "ipados", name: `IPAD-${index}` } as const;
  });
  const send = async (): Promise<PushOutcome> => {
    pushes++;
    return outcome;
  };
  const topic = "com.apple.mgmt.External.test";
  const house = await install({
    stores: pglite,
    files: baseline,
    devices,
    parts: { push: { topic, send, ...(perSecond === undefined ? {} : { perSecond }) } },
  });
  await house.enroll();
  await house.settle();
  for (const one of house.fleet.devices) one.goOffline();
  await house.store.query("update reeve.channel set due_at = $1, pushes = 0", [house.world.now()]);
  pushes = 0;
  return { house, sent: () => pushes, answer: (next) => (outcome = next) };
}

const outages: readonly PushOutcome[] = [
  { type: "configuration", reason: "BadCertificate" },
  { type: "retry", afterMs: 15_000 },
];

test.each(outages)(
  "after six hours without the push service everybody is woken within a minute: $type",
  async (outage) => {
    const { house, sent, answer } = await dueFleet(12);
    await using _ = house;
    answer(outage);
    await house.pass(6 * hour, 10 * minute);
    expect(sent()).toBeGreaterThan(12 * 30);
    answer({ type: "accepted" });
    const before = sent();
    await house.pass(2 * minute, 10_000);
    expect(sent() - before).toBeGreaterThanOrEqual(12);
  },
);

test("while nothing gets through the loop rests, however much is due", async () => {
  const { house, sent, answer } = await dueFleet(12);
  await using _ = house;
  answer({ type: "retry", afterMs: 5_000 });
  expect(await house.controller.push()).toBe(0);
  expect(await house.controller.push()).toBe(0);
  expect(sent()).toBe(12);
});

test("one token that the service refuses is tried less and less, and holds up nobody", async () => {
  const { house, sent, answer } = await dueFleet(1);
  await using _ = house;
  answer({ type: "configuration", reason: "BadDeviceToken" });
  await house.pass(24 * hour, 30 * minute);
  expect(sent()).toBeLessThan(14);
});

test("a fleet that is due at once is woken at the allowed rate, and everybody once", async () => {
  const { house, sent } = await dueFleet(12, 5);
  await using _ = house;
  expect(await house.controller.push()).toBe(5);
  expect(await house.controller.push()).toBe(0);
  await house.world.advance(1_000);
  expect(await house.controller.push()).toBe(5);
  await house.world.advance(60);
  expect(await house.controller.push()).toBe(0);
  await house.world.advance(2_000);
  expect(await house.controller.push()).toBe(2);
  expect(sent()).toBe(12);
});
