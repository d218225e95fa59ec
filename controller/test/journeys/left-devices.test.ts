import { expect, test } from "vitest";
import type { CheckInPorts } from "../../loop/authenticate.ts";
import { handleCheckIn } from "../../loop/check-in.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { createEnrolling } from "../../store/enrolling.ts";
import { listEvents } from "../../store/events.ts";
import { authenticate, commandsTo, identityFor, say, tokenUpdate } from "../hand-made.ts";
import { type Installation, install, storesOfSuite, testTopic } from "../installation.ts";
import { baseline } from "../manifests.ts";

const stores = await storesOfSuite();
const UDID = "00008101-000A11223344001E";
const push = { Token: Buffer.alloc(32, 8), PushMagic: "other", Topic: testTopic };

test.each(stores)(
  "on $name whoever has left is only asked questions, whichever of its channels speaks first",
  async (store) => {
    await using house = await install({ lies: true, stores: store, files: baseline, devices: [] });
    const who = await identityFor(house);
    const user = () => say(house, who, { MessageType: "TokenUpdate", UDID, UserID: "U-1", ...push });
    await authenticate(house, who, UDID);
    await tokenUpdate(house, who, UDID);
    expect(await user()).toBe(200);
    await house.settle();
    expect(await commandsTo(house, who, UDID)).toContain("InstallProfile");
    await say(house, who, { MessageType: "CheckOut", Topic: testTopic, UDID });

    // A user does not begin anything for the device that left.
    expect(await user()).toBe(403);
    expect(await view(house)).toMatchObject({ epoch: 1, enrollment: "unenrolled" });

    // The process dies before it has written where the device is pushed to.
    await expect(dies(house)).rejects.toThrow("the process dies");
    await house.pass(120_000, 60_000);
    for (const say of [
      user,
      () => tokenUpdate(house, who, UDID),
      user,
      () => tokenUpdate(house, who, UDID),
    ]) {
      expect(await say()).toBe(200);
      await house.settle();
      expect(await commandsTo(house, who, UDID)).not.toContain("InstallProfile");
    }
    expect(await view(house)).toMatchObject({
      epoch: 2,
      enrollment: "quarantined",
      condition: { message: expect.stringContaining("identity is that of an enrollment that had ended") },
    });
    const told = (await listEvents(house.store, { limit: 100 })).map(({ type }) => type);
    expect(told.filter((type) => /^device\.(enrolled|quarantined)$/.test(type))).toEqual([
      "device.quarantined",
      "device.enrolled",
    ]);
  },
);

/** A TokenUpdate of the device, of which only the first of two transactions is written. */
async function dies({ store, world }: Installation) {
  const ports: CheckInPorts = {
    store,
    clock: world.now,
    topic: testTopic,
    policies: () => undefined,
    onChange: () => undefined,
    enrolling: {
      ...createEnrolling(store),
      updateToken: () => Promise.reject(new Error("the process dies")),
    },
  };
  const row = await store.channels.read(UDID);
  const ids = { udid: UDID, enrollmentId: undefined, userId: undefined };
  const message = {
    type: "TokenUpdate",
    channel: { id: UDID, device: UDID, kind: "device" },
    ids: { ...ids, userShortName: undefined, enrollmentUserId: undefined },
    push: { token: "aa", magic: "m", topic: testTopic },
    awaitingConfiguration: false,
    unlockToken: undefined,
  } as const;
  return handleCheckIn(ports, message, row?.certificate ?? "");
}

async function view(house: Installation) {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, { enrollment: "all" });
  return devices[0];
}
