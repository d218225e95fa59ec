import { expect, test } from "vitest";
import { returnProfile } from "../../loop/enroll.ts";
import { deviceNamed } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { deviceAuthority } from "../../simulator/device-authority.ts";
import { storesOfSuite } from "../installation.ts";
import { baseline, group, slackId } from "../manifests.ts";
import { enrollment, portalHouse } from "../portal.ts";
import { sharedKeys } from "../run-keys.ts";

const stores = await storesOfSuite();
const ipad = { serial: "PAD-1", platform: "ipados", name: "PAD-1", osVersion: "17.4" } as const;
const files = {
  ...baseline,
  "groups.yaml": `${group("ipads", "match: {platform: ipados}")}---\n${group("joined", "match: {tag.none: x}")}`,
  "ade.yaml": enrollment(
    "ipads",
    "platforms: [ipados]",
    "group: joined, tags: {site: berlin}, minimumOs: {ipados: '18.0'}, setupAssistant: {skip: [Siri, Diagnostics]}",
  ),
};

test.each(stores)(
  "on $name a device is unboxed, enrolled into its group, and waits until it is ready",
  async (store) => {
    await using portal = await portalHouse({ stores: store, files, devices: [ipad] });
    const { house, apple, authority } = portal;
    const device = house.device("PAD-1");
    const activation = { url: apple.activationUrl, identity: await authority.issue(device.udid) };
    apple.add("PAD-1");
    expect(await device.unbox(activation)).toMatchObject({
      ok: false,
      reason: expect.stringContaining("nobody's"),
    });

    await portal.look();
    expect([...apple.profiles.values()]).toMatchObject([
      {
        profile_name: "ipads",
        is_supervised: true,
        is_mdm_removable: false,
        await_device_configured: true,
        skip_setup_items: ["Diagnostics", "Siri"],
      },
    ]);
    expect(await device.unbox(activation)).toEqual({ ok: true });
    expect(device.snapshot().osVersion).toBe("18.0");
    expect(device.isAwaiting()).toBe(true);
    await house.settle();
    expect(device.isAwaiting()).toBe(false);
    expect(device.snapshot()).toMatchObject({ managedApps: { [slackId]: "Managed" } });
    expect((await viewExplanation(house.looking, "PAD-1", undefined)).groups).toMatchObject([
      { name: "ipads" },
      { name: "joined", because: "enrolled into it" },
    ]);
    expect((await deviceNamed(house.store, "PAD-1")).facts).toMatchObject({
      enrollment: { value: "automated", source: "asserted" },
      ownership: { value: "company", source: "asserted" },
      "tag.site": { value: "berlin", source: "asserted" },
    });
    // Its user erased it: nobody knows whether it is the same, until a person says so.
    const channel = await house.store.channels.read(device.udid);
    device.erase();
    expect(await device.unbox(activation)).toEqual({ ok: true });
    await house.settle();
    expect((await deviceNamed(house.store, device.udid)).status).toBe("quarantined");
    // What reeve itself gave it to come back with is such a word.
    if (channel === undefined) throw new Error("it is enrolled");
    const back = await returnProfile(house.controller.enroll, channel, "a test");
    device.erase();
    expect(await device.enroll(back ?? Buffer.alloc(0))).toEqual({ ok: true });
    await house.settle();
    const row = await deviceNamed(house.store, "PAD-1");
    expect([row.status, row.facts.enrollment?.value]).toEqual(["enrolled", "automated"]);
    expect(Object.keys(row.facts)).not.toContain("claimedSerial");
    expect(house.fleet.violations()).toEqual([]);
    expect(apple.complaints).toEqual([]);
  },
);

test.each(stores)(
  "on $name strangers are not let in, and nobody takes the place of another",
  async (store) => {
    await using portal = await portalHouse({
      stores: store,
      files,
      devices: [
        ipad,
        { ...ipad, serial: "PAD-2", name: "PAD-2" },
        { serial: "PAD-1", platform: "ipados", name: "TWIN", udid: "TWIN", osVersion: "18.1" },
      ],
    });
    const { house, apple, authority, said } = portal;
    for (const serial of ["PAD-1", "PAD-2"]) apple.add(serial);
    await portal.look();
    const [one, two, twin] = house.fleet.devices as [AppleDevice, AppleDevice, AppleDevice];
    const activation = { url: apple.activationUrl, identity: await authority.issue(one.udid) };
    const other = await deviceAuthority({ keys: sharedKeys, now: Date.now() });
    const forged = { ...activation, identity: await other.issue(one.udid) };
    expect(await one.unbox(forged)).toMatchObject({ reason: expect.stringContaining("403") });
    const elsewhere = { ...activation, lies: { SERIAL: "PAD-9" } };
    expect(await one.unbox(elsewhere)).toMatchObject({ reason: expect.stringContaining("403") });
    const old = { ...activation, lies: { OS_VERSION: "17.0", MDM_CAN_REQUEST_SOFTWARE_UPDATE: false } };
    expect(await one.unbox(old)).toMatchObject({ reason: expect.stringContaining("403") });
    expect(await said("enrollment.refused")).toEqual([
      expect.stringMatching(
        /PAD-1 asked business .* system 17.0 is older than 18.0 and cannot update itself/,
      ),
      expect.stringMatching(/PAD-9 asked business .* not on its list/),
    ]);

    const post = (body: Buffer, server = "business") =>
      house.transport({ method: "POST", url: `https://mdm.test/automated/${server}`, headers: {}, body });
    expect((await post(Buffer.from("SERIAL=PAD-1"))).status).toBe(400);
    expect((await post(Buffer.alloc(100_000, 1))).status).toBe(413);
    apple.remove("PAD-2");
    await portal.look();
    const gone = { ...activation, lies: { SERIAL: "PAD-2" } };
    expect(await one.unbox(gone)).toMatchObject({ reason: expect.stringContaining("403") });
    expect(two.isEnrolled()).toBe(false);

    // Another device that Apple made says that it is PAD-1, which is enrolled and has not left.
    expect(await one.unbox(activation)).toEqual({ ok: true });
    await house.settle();
    expect(await twin.unbox({ ...activation, identity: await authority.issue("twin") })).toEqual({
      ok: true,
    });
    await house.settle();
    expect(twin.snapshot().managedApps).toEqual({});
    expect((await deviceNamed(house.store, "PAD-1")).status).toBe("enrolled");
    const quarantined = await house.store.query("select from reeve.channel where status = 'quarantined'");
    expect(quarantined).toHaveLength(1);
  },
);
