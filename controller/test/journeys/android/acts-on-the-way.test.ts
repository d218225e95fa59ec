import { expect, test, vi } from "vitest";
import type { ChannelChange } from "../../../core/ports.ts";
import { Retry } from "../../../errors.ts";
import { halt, unhalt } from "../../../loop/control.ts";
import type { AndroidHouse } from "../../android-house.ts";
import {
  acting,
  approve,
  effects,
  fullyManaged,
  issued,
  minute,
  one,
  outcomes,
  quiet,
  withDevice,
} from "./test-acts.ts";

const issueCommand = "enterprises.devices.issueCommand";
const admin = { name: "it-duty" };
const isIntent = ({ ledger }: ChannelChange): boolean =>
  ledger.some(
    ({ type, intent }: { type: string; intent?: { type: string } }) =>
      type === "sent" && intent?.type === "act",
  );
const isTaken = ({ state }: ChannelChange): boolean =>
  Object.values(state.operations ?? {}).some(({ name }) => name !== undefined);

/** Once, when reeve writes something like this: before that, or after it. */
function onceWriting(
  { store: { channels } }: AndroidHouse,
  like: (change: ChannelChange) => boolean,
  { before, after }: { readonly before?: () => void; readonly after?: () => Promise<void> },
): { readonly happened: () => boolean } {
  const write = channels.write.bind(channels);
  let happened = false;
  vi.spyOn(channels, "write").mockImplementation(async (change) => {
    if (happened || !like(change)) return write(change);
    happened = true;
    before?.();
    const result = await write(change);
    await after?.();
    return result;
  });
  return { happened: () => happened };
}

test("a database that is away when Google has taken a wipe has it sent no second time", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  device.goOffline();
  house.commit(acting({ erase: "wipe: {}" }, one));
  await house.settle();
  await approve(house);
  const away = onceWriting(house, isTaken, {
    before: () => {
      throw new Retry("database-unavailable", "the database did not answer");
    },
  });
  await house.controller.android?.round().catch(() => {});
  expect(away.happened()).toBe(true);
  await house.pass(20 * minute, 10 * minute);
  expect(house.amapi.requests.count(issueCommand)).toBe(1);
  expect(await outcomes(house)).toEqual({ erase: "sent" });
  device.goOnline();
  await house.pass(20 * minute, 10 * minute);
  expect([effects(device), issued(house)]).toEqual([["wiped"], 1]);
  expect((await outcomes(house)).erase).toMatch(/^executed/);
});

test("a wipe that waits to leave does not leave when the kill switch goes on, nor when its manifest goes", async () => {
  await using bed = await withDevice(fullyManaged);
  const { house, device } = bed;
  house.commit(acting({ erase: "wipe: {}" }, one));
  await house.settle();
  await approve(house);
  const halted = onceWriting(house, isIntent, {
    after: async () => {
      await halt(house.looking, "a test", admin);
      await house.controller.reconciler.tick();
    },
  });
  await house.controller.android?.round().catch(() => {});
  expect([halted.happened(), house.amapi.requests.count(issueCommand)]).toEqual([true, 0]);
  await house.pass(10 * minute, 5 * minute);
  expect([house.amapi.requests.count(issueCommand), effects(device)]).toEqual([0, []]);

  vi.restoreAllMocks();
  const withdrawn = onceWriting(house, isIntent, {
    after: async () => {
      house.commit(quiet);
      await house.controller.reconciler.poll();
      await house.controller.reconciler.tick();
    },
  });
  await unhalt(house.looking, "over", admin);
  await house.pass(5 * minute);
  expect([withdrawn.happened(), house.amapi.requests.count(issueCommand)]).toEqual([true, 0]);
  await house.pass(20 * minute, 10 * minute);
  expect([house.amapi.requests.count(issueCommand), effects(device)]).toEqual([0, []]);
  expect((await outcomes(house)).erase).toMatch(/^cancelled/);
});
