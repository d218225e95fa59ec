import { expect, test } from "vitest";
import { resume, suspend } from "../../../loop/control.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { noteOverdue } from "../../../store/overdue.ts";
import { androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { type Files, organization, policy } from "../../manifests.ts";
import { androidApp, fragment } from "./manifests.ts";
import { planned, removing } from "./planned.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;
const day = 24 * 60 * minute;
const person = { name: "it-duty" };

const lost = ({ ledger }: AndroidDevice): readonly string[] =>
  ledger.of("app-uninstalled").flatMap(({ packageName, by }) => (by === "policy" ? [packageName] : []));
const has = ({ ledger }: AndroidDevice) => ledger.of("policy-applied").at(-1)?.content ?? {};

function group(name: string, facts: string): string {
  return `apiVersion: reeve/v1\nkind: DeviceGroup\nmetadata: {name: ${name}}\nspec: {selector: {match: {${facts}}}}\n`;
}

test("while removals are stopped no policy is written that takes something away, whatever was granted before; the rest goes on", async () => {
  const sites = ["lab", "office", "hall", "desk"];
  const files = (more: Files): Files => ({
    "org.yaml": organization,
    "mail.yaml": androidApp("mail", "com.acme.mail"),
    "chat.yaml": androidApp("chat", "com.acme.chat"),
    "shut.yaml": fragment("shut", "playStoreMode: WHITELIST"),
    "camera.yaml": fragment("camera", "cameraAccess: CAMERA_ACCESS_DISABLED"),
    "hall.yaml": fragment("hall", 'shortSupportMessage: {defaultMessage: "one"}'),
    "groups.yaml": [
      ...sites.map((site) => group(site, `tag.site: ${site}`)),
      group("galaxy", "model: Galaxy"),
    ].join("---\n"),
    "lab-policy.yaml": policy("profiles: [{name: shut}]\napps: [{name: mail}]", "lab", "groups: [lab]"),
    "office-policy.yaml": policy("apps: [{name: chat}]", "office", "groups: [office]"),
    "hall-policy.yaml": policy("profiles: [{name: hall}]", "hall", "groups: [hall]"),
    "desk-policy.yaml": policy("profiles: [{name: camera}, {name: shut}]", "desk", "groups: [desk]"),
    ...more,
  });
  await using house = await androidHouse({ stores: store, files: files({}) });
  const arrive = async (serial: string, site: string, model = "Pixel 9") => {
    await house.arrive([{ serial, model }], { facts: { "tag.site": site } });
    // As it is in the emulator that runs now.
    return () => house.amapi.device({ serial });
  };
  const lab = await arrive("SN-1", "lab");
  const office = await arrive("SN-2", "office");
  const galaxy = await arrive("SN-3", "office", "Galaxy");
  const hall = await arrive("SN-4", "hall");
  const desk = await arrive("SN-5", "desk");
  await house.pass(3 * minute);
  expect([lab, office, galaxy].map((one) => one().machine.apps.size > 0)).toEqual([true, true, true]);

  // All of it is granted while Google cannot be reached; then somebody stops removals.
  await house.stopGoogle();
  house.commit(
    files({
      "lab-policy.yaml": policy("profiles: [{name: shut}]", "lab", "groups: [lab]"),
      "galaxy-policy.yaml": policy(
        "priority: 200\napps: [{name: chat, install: blocked}]",
        "galaxy",
        "groups: [galaxy]",
      ),
      "hall.yaml": fragment("hall", 'shortSupportMessage: {defaultMessage: "two"}'),
      "desk-policy.yaml": policy("profiles: [{name: shut}]", "desk", "groups: [desk]"),
    }),
  );
  await house.pass(2 * minute);
  await suspend(house.looking, "removals", undefined, "an incident", person);
  await house.startGoogle();
  house.amapi.requests.clear();
  await house.pass(15 * minute, 5 * minute);
  expect([lab, office, galaxy].map((one) => lost(one()))).toEqual([[], [], []]);
  expect(has(desk())).toHaveProperty("cameraAccess");
  expect(has(hall())).toMatchObject({ shortSupportMessage: { defaultMessage: "two" } });
  const written = (): readonly string[] =>
    house.amapi.requests.entries.filter(({ http }) => http !== "GET").map(({ method = "" }) => method);
  expect(written()).toEqual(["enterprises.policies.patch"]);
  expect(house.controller.android?.faults()).toEqual([
    "App/chat: stays while removals are stopped",
    "App/mail: stays while removals are stopped",
    "Profile/camera: stays while removals are stopped",
  ]);

  await resume(house.looking, "removals", undefined, person);
  await house.pass(5 * minute);
  expect([lab, office, galaxy].map((one) => lost(one()))).toEqual([["com.acme.mail"], [], ["com.acme.chat"]]);
  expect(has(desk())).not.toHaveProperty("cameraAccess");
  expect(house.controller.android?.faults()).toEqual([]);
});

test("nothing goes while a device's apps are reported too seldom, or a policy that somebody changed is the last that it told", async () => {
  const files = (mode: string): Files => ({
    "org.yaml": organization,
    "shop.yaml": fragment("shop", `playStoreMode: ${mode}`),
    "apps.yaml": `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: apps}
spec: {collect: [applications], every: 1d, maxAge: 2d}
`,
    "policy.yaml": policy("profiles: [{name: shop}]\ninventory: [apps]"),
  });
  await using house = await androidHouse({ stores: store, files: files("BLACKLIST") });
  const [away, here] = (await house.arrive([{ serial: "SN-1" }, { serial: "SN-2" }])) as [
    AndroidDevice,
    AndroidDevice,
  ];
  const held = async () =>
    removing(await planned(house, files("WHITELIST"))).filter(([action]) => action === "hold");
  const play = () => {
    for (const device of [away, here]) device.user.installs("com.games");
  };
  play();
  await house.pass(3 * minute);

  // Its apps are overdue, and nobody knows what goes.
  away.goOffline();
  await house.pass(3 * day, day / 2);
  await noteOverdue(house.store, house.world.now());
  const stay = "apps that the policy does not name stay:";
  expect(await held()).toEqual([
    ["hold", "Profile/shop", 1, `${stay} it has not reported its apps for longer than maxAge allows`],
  ]);
  house.commit(files("WHITELIST"));
  await house.pass(5 * minute);
  expect([lost(away), lost(here)]).toEqual([[], ["com.games"]]);
  away.goOnline();
  await house.world.advance(10 * minute);
  expect(lost(away)).toEqual([]);
  await house.pass(minute);
  await noteOverdue(house.store, house.world.now());
  await house.pass(5 * minute);
  expect(lost(away)).toEqual(["com.games"]);

  // Somebody opens the store at Google; the device that goes away then has told of no policy of reeve's since.
  house.commit(files("BLACKLIST"));
  await house.pass(5 * minute);
  const { data } = await house.am.enterprises.policies.list({ parent: house.enterprise });
  const theirs = new Set(house.amapi.devices().map(({ ledger }) => ledger.of("policy-applied").at(-1)?.name));
  for (const one of data.policies ?? [])
    if (theirs.has(String(one.name)))
      await house.am.enterprises.policies.patch({
        name: String(one.name),
        requestBody: { ...one, shortSupportMessage: { defaultMessage: "somebody else's" } },
      });
  play();
  await house.world.advance(5 * minute);
  away.goOffline();
  await house.pass(3 * minute);
  const untold = "it has not reported a policy of reeve's yet, or not since somebody changed it";
  expect(await held()).toEqual([["hold", "Profile/shop", 1, `${stay} ${untold}`]]);
  house.commit(files("WHITELIST"));
  await house.pass(5 * minute);
  expect([lost(away), lost(here)]).toEqual([["com.games"], ["com.games", "com.games"]]);
  away.goOnline();
  await house.world.advance(10 * minute);
  expect(lost(away)).toEqual(["com.games"]);
  await house.pass(5 * minute);
  expect(lost(away)).toEqual(["com.games", "com.games"]);
});
