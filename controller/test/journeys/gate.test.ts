import { expect, test } from "vitest";
import { renderHolds } from "../../cli/render/holds.ts";
import { renderOperations } from "../../cli/render/operations.ts";
import { UserError } from "../../errors.ts";
import { approveHold, halt, resume, unhalt } from "../../loop/control.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { viewRefusedActs } from "../../loop/refused-acts.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewOperations } from "../../loop/view-logs.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { viewStatus } from "../../loop/view-status.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { listCommands } from "../../store/commands.ts";
import { setControl } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { bothStores, type Installation, install, testSettings } from "../installation.ts";
import { baseline, deprovision, device, type Files, passcode } from "../manifests.ts";

const stores = await bothStores();
const minute = 60_000;
const hour = 60 * minute;
const three = ["SIM-1", "SIM-2", "SIM-3"].map(
  (serial) => ({ serial, platform: "ipados", name: serial }) as const,
);
const register = {
  "devices.yaml": [
    device("one", "SIM-1", "ownership: company"),
    device("two", "SIM-2", "ownership: company"),
  ].join("---\n"),
};
const quiet = { ...baseline, ...register };

test.each(stores)(
  "on $name what destroys waits for somebody else's approval, and happens once",
  async (store) => {
    await using house = await settled(store);
    const gone = { ...quiet, "gone.yaml": deprovision("gone", "devices: [one]") };
    const planned = await viewPlan(house.looking, treeOf(encoded(gone), "planned"), testSettings);
    expect(planned.destructive).toMatchObject([
      { act: "Deprovision/gone@1", status: "would be held", devices: [{ serial: "SIM-1", verb: "wipe" }] },
    ]);

    house.commit(gone);
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(destroyed(house)).toEqual([]);
    const [hold, other] = await viewHolds(house.looking);
    expect(hold).toMatchObject({
      act: "Deprovision/gone@1",
      status: "held",
      expectedDevices: 1,
      approvalsNeeded: 1,
    });
    expect(hold?.devices).toMatchObject([{ serial: "SIM-1", verb: "wipe", ownership: "company" }]);
    expect(other).toBeUndefined();

    expect(await refusal(approve(house, "it-lead@acme.example"))).toBe("approval-own-act");
    expect(await refusal(approveHold(house.looking, "00000000", { name: "it-duty" }, undefined))).toBe(
      "no-such-hold",
    );
    await house.settle();
    expect(destroyed(house)).toEqual([]);

    expect(await approve(house, "it-duty")).toEqual({ status: "ready" });
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(destroyed(house)).toEqual(["SIM-1"]);
    expect(await viewHolds(house.looking)).toEqual([]);
    expect(await statuses(house)).toEqual([{ executed: 1 }]);

    await house.enroll([house.device("SIM-1")]);
    await house.settle();
    await house.pass(hour, 10 * minute);
    expect(destroyed(house)).toEqual(["SIM-1"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name nobody approves what he committed himself, whoever made the newest commit",
  async (store) => {
    await using house = await settled(store);
    const gone = { ...quiet, "gone.yaml": deprovision("gone", "devices: [one]") };
    // Nothing is frozen while a person has not resumed: the act is, with a later commit of somebody else.
    await setControl(house.store, "observe", "a test", { person: "it-duty", at: house.world.now() });
    const persons = ["Ann Lee", "ann@acme.example", "Zoe", "zoe@acme.example"];
    house.commit(gone, { author: "Ann Lee", persons });
    await house.settle();
    house.commit(gone, { author: "bob" });
    await house.settle();
    await resume(house.looking, "observe", undefined, { name: "it-duty" });
    await house.settle();

    const [hold] = await viewHolds(house.looking);
    expect(hold?.author).toBe("Ann Lee");
    const by = (name: string, identities: readonly string[] = []) =>
      refusal(approveHold(house.looking, hold?.digest ?? "", { name, person: name, identities }, undefined));
    for (const name of ["ANN LEE", "ann", "zoe", "bob"])
      expect(await by(name), name).toBe("approval-own-act");
    expect(await by("second-token", ["ann@acme.example"])).toBe("approval-own-act");
    await house.settle();
    expect(destroyed(house)).toEqual([]);

    await approve(house, "it-duty");
    await house.settle();
    expect(destroyed(house)).toEqual(["SIM-1"]);
  },
);

test.each(stores)("on $name an approval holds for what was approved, and for nothing else", async (store) => {
  await using house = await settled(store);
  const [one, two] = [house.device("SIM-1"), house.device("SIM-2")];
  one.goOffline();
  two.goOffline();
  house.commit({
    ...quiet,
    "gone.yaml": [deprovision("changed", "devices: [one]"), deprovision("again", "devices: [two]")].join(
      "---\n",
    ),
  });
  await house.settle();
  for (const hold of await viewHolds(house.looking))
    await approveHold(house.looking, hold.digest, { name: "it-duty" }, undefined);

  two.erase();
  two.goOnline();
  await house.enroll([two], { bound: true });
  house.commit({
    ...quiet,
    "gone.yaml": [deprovision("changed", "devices: [two]"), deprovision("again", "devices: [two]")].join(
      "---\n",
    ),
  });
  await house.settle();
  one.goOnline();
  await house.pass(2 * hour, 10 * minute);

  const erasedByUs = [one, two].flatMap((phone) =>
    phone.ledger.of("command").filter((command) => command.requestType === "EraseDevice"),
  );
  expect(erasedByUs).toEqual([]);
  expect(await viewHolds(house.looking)).toEqual([]);
  expect(await statuses(house)).toEqual([{ cancelled: 1 }, { cancelled: 1 }]);
  const events = await listEvents(house.store, { limit: 100 });
  expect(events.find((event) => event.type === "act.cancelled")?.message).toContain("generation");
  expect(house.fleet.violations()).toEqual([]);
});

test.each(stores)(
  "on $name an act that hits another number of devices, or a device of unknown ownership, is refused",
  async (store) => {
    await using house = await settled(store);
    const group = `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: tablets}
spec: {selector: {match: {platform: ipados}}, trustReported: true}
---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: reported}
spec: {selector: {match: {platform: ipados}}}
---
apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: berlin}
spec: {selector: {match: {tag.site: berlin}}}
---
`;
    const word = `apiVersion: reeve/v1
kind: Operation
metadata: {name: word}
spec: {target: {groups: [reported]}, act: {audit: {}}, reason: look, expiresAt: "2099-01-01T00:00:00Z"}
`;
    const early = (more = "") => `apiVersion: reeve/v1
kind: Operation
metadata: {name: early}
spec:
  target: {groups: [berlin]}
  act: {lock: {}}
  reason: stolen
  expiresAt: "2099-01-01T00:00:00Z"
${more}
`;
    const acts = (more = ""): string =>
      [
        deprovision("many", "groups: [tablets]", 2, more),
        deprovision("whose", "devices: [SIM-3]", 1, more),
        word,
        early(more),
      ].join("---\n");
    const unfit: readonly (readonly [string, string])[] = [
      ["Deprovision/many@1", "expected 2 devices, found 3"],
      ["Deprovision/whose@1", "its ownership is unknown: declare it in a Device manifest"],
      ["Operation/early@1", "its target contains no enrolled device, and who enrolls later is not hit"],
      [
        "Operation/word@1",
        "3 devices are in its target only by what they report of themselves, such as their platform: name them, or say trustReported: true in the group",
      ],
    ];
    const would = (files: Readonly<Record<string, string>>) =>
      viewPlan(house.looking, treeOf(encoded(files), "planned"), testSettings);
    const { destructive: first } = await would({ ...quiet, "gone.yaml": group + acts() });
    const reasonsOf = ({ refusals = [] }: HoldView) => refusals.map(({ reason }) => reason).join();
    expect(first.map((one) => [one.act, one.status, reasonsOf(one)]).sort()).toEqual(
      unfit.map(([act, why]) => [act, "would be refused", why]),
    );
    expect(first.flatMap(({ refusals = [] }) => refusals[0]?.devices ?? [])).toEqual(["SIM-3"]);
    house.commit({ ...quiet, "gone.yaml": group + acts() });
    await house.settle();
    await house.pass(hour, 10 * minute);
    expect(await viewHolds(house.looking)).toEqual([]);
    expect(destroyed(house)).toEqual([]);
    const told = (await listEvents(house.store, { limit: 100 })).filter((one) => one.type === "act.refused");
    expect(told.map((one) => [one.subject, one.message]).sort()).toEqual(unfit);

    // Both would do by now, and stay refused: nobody has asked for them again. Another process knows it, too.
    const mended = {
      ...quiet,
      "third.yaml": device("three", "SIM-3", "ownership: company, tags: {site: berlin}"),
      "group.yaml": group.replace(
        "selector: {match: {platform: ipados}}, trustReported: true",
        "devices: [one, two]",
      ),
    };
    await house.replace({});
    house.commit({ ...mended, "gone.yaml": acts() });
    await house.settle();
    await house.pass(hour, 10 * minute);
    expect([await viewHolds(house.looking), destroyed(house)]).toEqual([[], []]);
    expect(await listEvents(house.store, { limit: 100, types: ["act.refused"] })).toHaveLength(4);
    const refused = await viewRefusedActs(house.looking);
    // Of a device it says which, as people do.
    const plain = (text: string) => text.replace("SIM-3: ", "");
    expect(refused.map(({ act, refused: why }) => [act, plain(why)])).toEqual(unfit);
    expect(refused.map(({ place }) => place)[0]).toBe("gone.yaml:1");
    const look = { width: 100, color: false, now: house.world.now() } as Parameters<typeof renderHolds>[1];
    expect(renderHolds([], look, false, { refused })).toContain(
      "4 acts refused: mend the manifest, or raise its generation.\n\nDeprovision/many@1  gone.yaml:1\n  refused: expected 2",
    );
    const { warnings } = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(warnings.map(({ message }) => plain(message))).toEqual(
      expect.arrayContaining(unfit.map(([act, why]) => `${act} was refused, and stays so: ${why}`)),
    );
    // Whoever waits for an act looks where it would be.
    const operations = await viewOperations(house.looking, { limit: 100 });
    const waitedFor = operations.filter((one) => one.status === "refused");
    expect(waitedFor.map(({ subject, name, type }) => [subject, name, type]).sort()).toEqual([
      ["Deprovision/many@1", "", "Deprovision"],
      ["Deprovision/whose@1", "SIM-3", "Deprovision"],
      ["Operation/early@1", "", "Operation"],
      ["Operation/word@1", "", "Operation"],
    ]);
    const ofOne = { device: waitedFor.find((one) => one.name === "SIM-3")?.device ?? "", limit: 100 };
    const printed = renderOperations(
      await viewOperations(house.looking, { ...ofOne, status: ["refused"] }),
      look,
    );
    expect(printed.replaceAll(/\s+/g, " ")).toMatch(
      /SIM-3 Deprovision -> refused Deprovision\/whose@1: its ownership is unknown.* nothing of it is done: mend its manifest, or raise its generation/,
    );
    for (const filter of [{ status: ["failed"] }, { requestType: "InstallProfile" }, { before: 1 }])
      expect(
        (await viewOperations(house.looking, { ...ofOne, ...filter })).map((one) => one.status),
      ).not.toContain("refused");
    const { destructive: again } = await would({ ...mended, "gone.yaml": acts() });
    expect(again.map((one) => [one.act, one.status, plain(reasonsOf(one))]).sort()).toEqual(
      unfit.map(([act, why]) => [act, "would be refused", `${why}; raise its generation`]),
    );

    house.commit({ ...mended, "gone.yaml": acts("  generation: 2") });
    await house.settle();
    expect((await viewHolds(house.looking)).map(({ act }) => act).sort()).toEqual([
      "Deprovision/many@2",
      "Deprovision/whose@2",
    ]);
    const locked = house
      .device("SIM-3")
      .ledger.of("executed")
      .filter(({ effect }) => /^locked/.test(effect));
    expect(locked).toHaveLength(1);
    expect((await viewRefusedActs(house.looking)).map(({ act }) => act)).toEqual(["Operation/word@1"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name the kill switch stops everything, approved or not, and lifting it goes on",
  async (store) => {
    await using house = await settled(store);
    house.commit({ ...quiet, "gone.yaml": deprovision("gone", "devices: [one]") });
    await house.settle();
    house.device("SIM-3").goOffline();
    house.commit({
      ...quiet,
      "passcode.yaml": passcode(9),
      "gone.yaml": deprovision("gone", "devices: [one]"),
    });
    await house.settle();
    const seen = house.fleet.devices.map((one) => one.ledger.of("command").length);
    await halt(house.looking, "an incident", { name: "it-duty" });
    await approve(house, "it-duty");
    house.commit({
      ...quiet,
      "passcode.yaml": passcode(9),
      "gone.yaml": deprovision("gone", "devices: [one]"),
    });
    await house.pass(3 * hour, 10 * minute);
    house.device("SIM-3").goOnline();
    for (const one of house.fleet.devices) await one.connect();
    await house.pass(hour, 10 * minute);
    expect(house.fleet.devices.map((one) => one.ledger.of("command").length)).toEqual(seen);
    // Nor does another process call devices before it has looked at anything.
    await house.replace();
    const pushed = house.push.count();
    await house.controller.push();
    expect(house.push.count()).toBe(pushed);

    await unhalt(house.looking, "over", { name: "it-duty" });
    await house.settle();
    await house.pass(10 * minute);
    expect(destroyed(house)).toEqual(["SIM-1"]);
    const payload = house.device("SIM-3").snapshot().profiles["reeve.profile.passcode"]?.payloads[0];
    expect(payload).toMatchObject({ minLength: 9 });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name a wipe whose outcome is unknown is not sent again, and only questions follow",
  async (store) => {
    await using house = await settled(store);
    const phone = house.device("SIM-1");
    house.commit({ ...quiet, "gone.yaml": deprovision("gone", "devices: [one]") });
    await house.settle();
    phone.goOffline();
    await approve(house, "it-duty");
    // The command leaves, and the device goes dark before it carries it out.
    const answer = await phone.sendRaw({ channel: "command", body: idleOf(phone) });
    expect(answer.body.toString()).toContain("EraseDevice");
    house.commit({
      ...quiet,
      "passcode.yaml": passcode(11),
      "gone.yaml": deprovision("gone", "devices: [one]"),
    });
    phone.goOnline();
    await house.settle();
    await house.pass(3 * hour, 10 * minute);

    const asked = new Set(
      phone.ledger
        .of("command")
        .slice(-6)
        .map((one) => one.requestType),
    );
    expect(asked).not.toContain("EraseDevice");
    expect(phone.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]).toMatchObject({ minLength: 6 });
    const sent = await listCommands(house.store, { requestType: "EraseDevice", limit: 10 });
    expect(sent.map((one) => one.status)).toEqual(["unknown"]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

async function settled(stores: Parameters<typeof install>[0]["stores"]): Promise<Installation> {
  const house = await install({ stores, files: quiet, devices: three });
  await house.enroll();
  await house.settle();
  return house;
}

async function approve(house: Installation, name: string) {
  const [hold] = await viewHolds(house.looking);
  return approveHold(house.looking, hold?.digest ?? "", { name }, undefined);
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof UserError ? error.code : String(error);
}

/** Serial numbers of devices that erased themselves, once for each time. */
function destroyed(house: Installation): string[] {
  return house.fleet.devices.flatMap((one) => one.ledger.of("erased").map(() => one.serial));
}

async function statuses(house: Installation): Promise<unknown[]> {
  return (await listActs(house.store, 10)).map((act) => act.statuses);
}

function encoded(files: Files): Files {
  const texts = Object.entries(files).map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  return Object.fromEntries(texts);
}

function idleOf(phone: AppleDevice): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>Status</key><string>Idle</string><key>UDID</key><string>${phone.udid}</string></dict></plist>`,
  );
}
