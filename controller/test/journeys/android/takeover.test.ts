import { expect, test } from "vitest";
import { approveHold } from "../../../loop/control.ts";
import { viewHolds } from "../../../loop/view-holds.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { operation, passcode, policy } from "../../manifests.ts";
import { off, revision } from "./manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;

test.each(stores)(
  "on $name an Android device that tells an Apple device's serial number takes nothing of it",
  async (store) => {
    const files = revision(off, ["mail"], {
      "passcode.yaml": passcode(),
      "apple.yaml": policy("profiles: [{name: passcode}]", "apple"),
    });
    const phone = { serial: "SN-1", name: "SN-1", platform: "ios" } as const;
    await using house = await androidHouse({ stores: store, files, devices: [phone] });
    await house.enroll();
    await house.settle();
    const before = await house.view("SN-1");
    expect(before).toMatchObject({ platform: "ios", condition: { type: "Ready" } });

    const [twin] = await house.arrive([{ serial: "SN-1" }]);
    await house.pass(5 * minute);
    expect(await house.view("SN-1")).toMatchObject({
      id: before.id,
      epoch: before.epoch,
      condition: { type: "Ready" },
    });
    expect(house.device("SN-1").isEnrolled()).toBe(true);
    const { devices } = await house.list();
    const newcomer = devices.find(({ platform }) => platform === "android");
    expect(newcomer).toMatchObject({
      enrollment: "quarantined",
      condition: { type: "Held", reason: "Quarantined" },
    });
    expect(JSON.stringify(twin?.ledger.of("policy-applied"))).not.toContain("CAMERA_ACCESS_DISABLED");

    // Nor is it told to do anything, not even what somebody has approved.
    const its = `devices: ["${newcomer?.id}"]`;
    house.commit({
      ...files,
      "lock.yaml": operation("lock", its, "lock: {}"),
      "clear.yaml": operation(
        "clear",
        its,
        "clearAppData: {packages: [com.acme.mail]}",
        "  expectedDevices: 1",
      ),
    });
    await house.settle();
    for (const { digest } of await viewHolds(house.looking))
      await approveHold(house.looking, digest, { name: "it-duty" }, undefined);
    await house.pass(10 * minute, 5 * minute);
    expect(house.amapi.requests.count("enterprises.devices.issueCommand")).toBe(0);
    expect(twin?.ledger.of("command")).toEqual([]);

    // Of two that tell one number and come at the same time, only one is believed.
    await house.arrive([{ moods: { claims: "SN-2" } }, { moods: { claims: "SN-2" } }]);
    const came = (await house.list()).devices.filter(({ id }) => id !== before.id && id !== newcomer?.id);
    expect(came.map(({ serial, enrollment, epoch }) => [serial, enrollment, epoch]).sort()).toEqual([
      [undefined, "quarantined", 1],
      ["SN-2", "enrolled", 1],
    ]);
  },
);
