import { expect, test } from "vitest";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";

const stores = await storesOfSuite();
const day = 86_400_000;

test.each(stores)(
  "on $name who lives with an exemption hears that it begins, ends soon and has ended",
  async (store) => {
    await using house = await install({ stores: store, files: baseline, devices: [] });
    const from = house.world.now() + day;
    const until = from + 20 * day;
    const exemption = `apiVersion: reeve/v1
kind: Exemption
metadata: {name: trip}
spec:
  target: {devices: [SIM-1]}
  lift: [Profile/passcode]
  from: ${new Date(from).toISOString()}
  until: ${new Date(until).toISOString()}
  reason: A trip
`;
    const device =
      "apiVersion: reeve/v1\nkind: Device\nmetadata: {name: one}\nspec: {match: {serial: SIM-1}}\n";
    house.commit({ ...baseline, "exemption.yaml": exemption, "device.yaml": device });
    const told = async (): Promise<readonly string[]> => {
      const events = await listEvents(house.store, { types: ["exemption."], limit: 10 });
      return events.map(({ type, message }) => `${type}: ${message}`).reverse();
    };
    const warned = async (): Promise<readonly string[]> => {
      const { warnings } = await viewStatus(house.looking, { source: "", warnings: [] });
      return warnings.map(({ message }) => message).filter((message) => /xemption/.test(message));
    };
    const began = `exemption.began: Exemption/trip lifts Profile/passcode until ${new Date(until).toISOString()}`;
    const soon = `exemption.expiring: Exemption/trip ends on ${new Date(until).toISOString()}, and Profile/passcode comes back`;
    await house.settle();
    expect([await told(), await warned()]).toEqual([[], []]);
    await house.pass(2 * day, day / 2);
    expect([await told(), await warned()]).toEqual([[began], []]);
    await house.pass(14 * day, day);
    await house.pass(day, day / 2);
    expect(await told()).toEqual([began, soon]);
    expect(await warned()).toEqual([
      `Exemption/trip ends in 3 days, on ${new Date(until).toISOString().slice(0, 10)}: it lifts Profile/passcode`,
    ]);
    await house.pass(5 * day, day);
    expect(await told()).toEqual([
      began,
      soon,
      "exemption.expired: Exemption/trip ended: Profile/passcode is in force again",
    ]);
    expect(await warned()).toEqual(["1 exemption has ended: Exemption/trip"]);
  },
);
