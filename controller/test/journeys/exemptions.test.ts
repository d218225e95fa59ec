import { expect, test } from "vitest";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline } from "../manifests.ts";

const stores = await storesOfSuite();
const day = 86_400_000;
const minute = 60_000;

test.each(stores)(
  "on $name who lives with an exemption hears that it begins, ends soon and has ended, and no clock that leaps ends it",
  async (store) => {
    await using house = await install({
      stores: store,
      files: baseline,
      devices: [{ serial: "SIM-1", platform: "ipados", name: "SIM-1" }],
    });
    await house.enroll();
    const has = () => house.device("SIM-1").snapshot().profiles["reeve.profile.passcode"] !== undefined;
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
    const end = `${new Date(until).toISOString().slice(0, 16).replace("T", " ")}Z`;
    const began = `exemption.began: Exemption/trip lifts Profile/passcode until ${new Date(until).toISOString()}`;
    const soon = `exemption.expiring: Exemption/trip ends on ${new Date(until).toISOString()}, and Profile/passcode comes back`;
    await house.settle();
    expect([await told(), await warned(), has()]).toEqual([[], [], true]);
    await house.pass(2 * day, day / 2);
    await house.pass(15 * minute, 5 * minute);
    expect([await told(), await warned(), has()]).toEqual([[began], [], false]);
    await house.pass(14 * day, day);
    await house.pass(day, day / 2);
    expect(await told()).toEqual([began, soon]);
    expect(await warned()).toEqual([`Exemption/trip ends in 3 days, at ${end}: it lifts Profile/passcode`]);
    // Past its end by a clock that has leapt, which is believed when it has gone on from there.
    await house.pass(5 * day, 5 * day);
    expect([(await told()).length, has()]).toEqual([2, false]);
    expect((await viewExplanation(house.looking, "SIM-1", "Profile/passcode")).items).toMatchObject([
      { key: "Profile/passcode", state: "lifted", because: `Exemption/trip until ${end}` },
    ]);
    await house.pass(15 * minute, 5 * minute);
    await house.settle();
    expect(has()).toBe(true);
    expect(await told()).toEqual([
      began,
      soon,
      "exemption.expired: Exemption/trip ended: Profile/passcode is in force again",
    ]);
    expect(await warned()).toEqual(["1 exemption has ended: Exemption/trip"]);
  },
);
