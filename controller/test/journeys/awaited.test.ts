import { expect, test } from "vitest";
import { deviceNamed } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewOperations } from "../../loop/view-logs.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, passcode } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const devices = [{ serial: "SIM-1", platform: "ipados" }] as const;

test.each(stores)("on $name what is due waits, is notified, is not notified, and is sent", async (store) => {
  await using house = await install({ stores: store, devices, files: baseline });
  const device = house.device("SIM-1");
  await house.enroll();
  await house.settle();
  expect(await first(house)).not.toMatchObject({ status: "waiting" });

  device.goOffline();
  house.push.outcome = { type: "retry" };
  house.commit({ ...baseline, "passcode.yaml": passcode(9) });
  await house.pass(3_000, 1_000);
  const waiting = await first(house);
  expect(waiting).toMatchObject({ status: "waiting", type: "InstallProfile", subject: "Profile/passcode" });
  expect(await statuses(house)).toEqual([["waiting"], [], []]);

  house.push.outcome = { type: "accepted" };
  await house.pass(2 * minute, 10_000);
  expect(await first(house)).toMatchObject({ status: "notified", id: waiting?.id });
  expect((await viewExplanation(house.looking, "SIM-1", undefined)).awaited).toMatchObject({
    status: "notified",
  });

  await house.pass(10 * minute, minute);
  expect(await first(house)).toMatchObject({
    status: "not-notified",
    information: "pushed 4 times, and it did not come",
  });
  expect(await statuses(house)).toEqual([[], [], ["not-notified"]]);

  house.push.outcome = undefined;
  device.goOnline();
  await house.pass(20 * minute, minute);
  expect(device.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]).toMatchObject({ minLength: 9 });
  expect(await statuses(house)).toEqual([[], [], []]);
  const sent = await viewOperations(house.looking, {
    device: (await deviceNamed(house.store, "SIM-1")).id,
    limit: 50,
  });
  expect(sent.find((one) => one.id === waiting?.id)).toMatchObject({ status: "executed" });
});

async function first(house: Installation) {
  const { id } = await deviceNamed(house.store, "SIM-1");
  const [newest] = await viewOperations(house.looking, { device: id, limit: 1 });
  return newest;
}

/** What the whole fleet has in each of the derived statuses. */
function statuses(house: Installation) {
  return Promise.all(
    ["waiting", "notified", "not-notified"].map(async (status) =>
      (await viewOperations(house.looking, { status: [status], limit: 10 })).map((one) => one.status),
    ),
  );
}
