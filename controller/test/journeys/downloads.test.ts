import { expect, test } from "vitest";
import { downloadLink, downloadProfile } from "../../loop/downloads.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { listEvents } from "../../store/events.ts";
import { pglite } from "../../store/test-stores.ts";
import { transportOf } from "../hand-made.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { files, group, marker, policy, profile } from "../manifests.ts";

const server = (await storesOfSuite()).at(-1) ?? pglite;
const minute = 60_000;
const secretive = profile(
  "wifi",
  'type: com.apple.wifi.managed, content: {SSID_STR: a, Password: "${secret:psk/key}"}',
);
const repository = files({
  "p.yaml": marker("by-hand", "${device.serial}"),
  "w.yaml": secretive,
  "s.yaml":
    "apiVersion: reeve/v1\nkind: Secret\nmetadata: {name: psk}\nspec: {provider: env, allow: [Profile/wifi], keys: {key: REEVE_SECRET_PSK}}\n",
  "g.yaml": group("all", "match: {enrollment: manual}"),
  "b.yaml": policy("profiles: [{name: by-hand}, {name: wifi}]", "baseline", "groups: [all]"),
});

test("a profile that is installed by hand does not count, and does not stand in the way", async () => {
  await using house = await installation();
  const { downloads } = house.controller;
  // They are granted, and the devices cannot be woken yet.
  house.push.outcome = { type: "retry" };
  await house.enroll();
  await house.pass(5 * minute);
  for (const serial of ["SIM-1", "SIM-2"]) {
    const bytes = await downloadProfile(downloads, serial, "by-hand", "lea");
    expect(bytes.toString("latin1")).toContain(serial);
    expect(house.device(serial).user.installProfile(bytes)).toBe(true);
  }
  await house.pass(5 * minute);
  expect([await itemState(house, "SIM-1"), await itemState(house, "SIM-2")]).not.toContain("verified");
  expect(profilesOf(house, "SIM-1")).toEqual({ "reeve.profile.by-hand.by-hand": false });

  house.push.outcome = undefined;
  await house.pass(30 * minute);
  for (const serial of ["SIM-1", "SIM-2"]) {
    expect(await itemState(house, serial)).toBe("verified");
    expect(profilesOf(house, serial)).toEqual({
      "reeve.profile.by-hand": true,
      "reeve.profile.by-hand.by-hand": false,
    });
  }
  const events = await listEvents(house.store, { types: ["profile.downloaded"], limit: 5 });
  expect(events).toMatchObject([{ by: "lea", message: "downloaded" }, { subject: "Profile/by-hand" }]);
});

test("a link to it is short-lived, for one device and one profile, and ends with what the device is to have", async () => {
  await using house = await installation();
  const { downloads } = house.controller;
  await house.enroll();
  await house.settle();
  const grant = { by: "lea", expiresAt: house.world.now() + 15 * minute };
  const [link, late] = [
    await downloadLink(downloads, "SIM-1", "by-hand", grant),
    await downloadLink(downloads, "SIM-1", "by-hand", grant),
  ];
  const fetched = await fetchFrom(house, link);
  expect(fetched.headers).toMatchObject({
    "content-type": "application/x-apple-aspen-config",
    "cache-control": "no-store",
  });
  expect(fetched.body.toString("latin1")).toContain("SIM-1");
  // A browser may ask twice; nobody asks for ever.
  expect([(await fetchFrom(house, link)).status, (await fetchFrom(house, link)).status]).toEqual([200, 200]);
  expect((await fetchFrom(house, link)).status).toBe(404);
  // It opens nothing else.
  const secret = link.split("/").at(-1) ?? "";
  expect((await fetchFrom(house, `https://mdm.test/enroll/${secret}/profile`)).status).toBe(404);

  const gone = await downloadLink(downloads, "SIM-1", "by-hand", grant);
  house.commit({ ...repository, "b.yaml": policy("profiles: [{name: wifi}]", "baseline", "groups: [all]") });
  await house.settle();
  expect((await fetchFrom(house, gone)).status).toBe(404);
  await house.world.advance(15 * minute);
  expect((await fetchFrom(house, late)).status).toBe(404);
});

test("what a device is not to have, and what holds a secret, is given to nobody", async () => {
  await using house = await installation();
  const { downloads } = house.controller;
  await house.enroll();
  await house.settle();
  for (const [name, code] of [
    ["wifi", "profile-with-secret"],
    ["nothing", "not-granted"],
  ] as const) {
    await expect(downloadProfile(downloads, "SIM-1", name, "lea")).rejects.toMatchObject({ code });
    const grant = { by: "lea", expiresAt: house.world.now() + minute };
    await expect(downloadLink(downloads, "SIM-1", name, grant)).rejects.toMatchObject({ code });
  }
  await expect(downloadProfile(downloads, "SIM-9", "by-hand", "lea")).rejects.toMatchObject({
    code: "no-such-device",
  });
  expect(await listEvents(house.store, { types: ["profile.downloaded"], limit: 5 })).toEqual([]);
});

function installation(): Promise<Installation> {
  return install({
    stores: server,
    files: repository,
    devices: [
      { serial: "SIM-1", platform: "ipados", name: "SIM-1", supervised: true },
      { serial: "SIM-2", platform: "ios", name: "SIM-2", supervised: false },
    ],
    environment: { REEVE_SECRET_PSK: "not for everybody" },
  });
}

/** Those of this name, and whether they are managed. */
function profilesOf(house: Installation, serial: string): Readonly<Record<string, boolean>> {
  const found = Object.entries(house.device(serial).snapshot().profiles);
  return Object.fromEntries(
    found.flatMap(([id, one]) => (id.includes("by-hand") ? [[id, one.managed]] : [])),
  );
}

async function itemState(house: Installation, serial: string): Promise<string | undefined> {
  return (await viewExplanation(house.looking, serial, "Profile/by-hand")).items[0]?.state;
}

function fetchFrom(house: Installation, url: string) {
  return transportOf(house)({ method: "GET", url, headers: {} });
}
