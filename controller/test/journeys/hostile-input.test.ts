import { createPrivateKey as keyOf, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { viewDeviceDetail, viewDevices } from "../../loop/view-devices.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { signCms } from "../../simulator/cms.ts";
import { type PlistDict, readDict, writePlist } from "../../simulator/plist.ts";
import { loopbackCertificate } from "../../simulator/self-made.ts";
import { listCommands } from "../../store/commands.ts";
import { listQuarantine } from "../../store/quarantine.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, passcode } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const drop = "'); drop table reeve.device; -- \u0000\\'\"${secret:x/y}<script>%s";

test.each(stores)(
  "on $name bodies that break parsers are kept for a person and harm nobody",
  async (store) => {
    await using house = await settled(store);
    const [hostile, victim] = [house.device("SIM-1"), house.device("SIM-2")];
    const before = await others(house);
    for (const channel of ["check-in", "command"] as const)
      for (const [name, body] of Object.entries(broken(hostile.udid))) {
        const kept = (await listQuarantine(house.store, { limit: 1_000 })).length;
        const { status, body: answer } = await hostile.sendRaw({ channel, body });
        expect([200, 400, 413], `${name} on ${channel}: ${status}`).toContain(status);
        expect(answer.length, name).toBe(0);
        if (status === 200)
          expect((await listQuarantine(house.store, { limit: 1_000 })).length, `${name} on ${channel}`).toBe(
            kept + 1,
          );
      }
    expect(await others(house)).toEqual(before);
    await stillServes(house, victim);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name who does not sign, or not as one of ours, is refused and never told 401",
  async (store) => {
    await using house = await settled(store);
    const [device, victim] = [house.device("SIM-1"), house.device("SIM-2")];
    const idle = writePlist({ Status: "Idle", UDID: device.udid });
    const stranger = loopbackCertificate("stranger");
    const signer = {
      certificate: new X509Certificate(stranger.certificate).raw,
      privateKey: keyOf(stranger.key),
    };
    const at = house.world.now();
    const foreign = signCms({ content: idle, signer, detached: true, at }).toString("base64");
    const genuine = device.prepareRaw({ channel: "command", body: idle }).headers["Mdm-Signature"] ?? "";
    const stolen = victim.prepareRaw({ channel: "command", body: idle }).headers["Mdm-Signature"] ?? "";
    const other = writePlist({ Status: "Idle", UDID: device.udid, More: "x" });
    const before = await others(house);

    const refused: Record<string, number> = {};
    for (const [name, body, signature] of [
      ["none", idle, undefined],
      ["foreign", idle, foreign],
      ["of another body", other, genuine],
      ["of another device", idle, stolen],
      ["cut", idle, genuine.slice(0, -40)],
      ["empty", idle, ""],
      ["not base64", idle, "(((("],
      ["long", idle, "A".repeat(20_000)],
    ] as const) {
      const headers = signature === undefined ? {} : { "Mdm-Signature": signature };
      for (const channel of ["check-in", "command"] as const)
        refused[`${name}, ${channel}`] = (
          await device.sendRaw({ channel, body, sign: false, headers })
        ).status;
    }
    // A check-in that only the signature makes strange is an Idle: kept for a person.
    expect(refused["of another device, check-in"]).toBe(200);
    delete refused["of another device, check-in"];
    expect(new Set(Object.values(refused))).toEqual(new Set([403]));
    expect(await others(house)).toEqual(before);
    await stillServes(house, victim);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name results that are replayed, or of another's command, change nothing",
  async (store) => {
    await using house = await settled(store);
    const [device, victim] = [house.device("SIM-1"), house.device("SIM-2")];
    victim.faults.add({
      kind: "lose-reply",
      next: "idle",
      requestType: "InstallProfile",
      reconnectMs: 30 * minute,
    });
    device.goOffline();
    house.commit({ ...baseline, "passcode.yaml": passcode(8) });
    await house.settle();
    const open = await listCommands(house.store, {
      status: ["sent"],
      requestType: "InstallProfile",
      limit: 10,
    });
    expect(open).toHaveLength(1);
    const id = open[0]?.id ?? "";

    for (const Status of ["Acknowledged", "Error", "NotNow", "CommandFormatError"])
      expect(await report(device, { Status, CommandUUID: id })).toBe(200);
    expect(await listCommands(house.store, { id, limit: 1 })).toMatchObject([{ status: "sent" }]);

    const first = await device.sendRaw({ channel: "command", body: bodyOf(device, { Status: "Idle" }) });
    const install = readDict(first.body);
    const done = { Status: "Acknowledged", CommandUUID: String(install.CommandUUID) };
    for (let times = 0; times < 5; times++) expect(await report(device, done)).toBe(200);
    expect(await report(device, { ...done, Status: "Error" })).toBe(200);
    const rows = await listCommands(house.store, { id: done.CommandUUID, limit: 1 });
    expect(rows).toMatchObject([{ status: "executed" }]);

    device.goOnline();
    await house.settle();
    await house.pass(40 * minute, 5 * minute);
    for (const one of [device, victim])
      expect(one.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]).toMatchObject({ minLength: 8 });
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name texts of a device are only texts", async (store) => {
  const text = drop.replace("\u0000", "");
  const strange = { serial: "SIM-9", platform: "ipados", name: text, model: text, osVersion: text } as const;
  await using house = await settled(store, [{ ...strange, ownApps: 0 }]);
  const [strangeOne, victim] = [house.device("SIM-9"), house.device("SIM-2")];
  await stillServes(house, victim);

  const answer = { CommandUUID: "", Status: "Acknowledged", QueryResponses: hostileAnswers() };
  house.commit({ ...baseline, "audit.yaml": auditOf("SIM-9") });
  strangeOne.goOffline();
  await house.settle();
  for (let round = 0; round < 8; round++) {
    const asked = await strangeOne.sendRaw({
      channel: "command",
      body: bodyOf(strangeOne, { Status: "Idle" }),
    });
    if (asked.body.length === 0) break;
    const { CommandUUID, Command } = readDict(asked.body);
    const type = (Command as PlistDict).RequestType;
    const lists = { SecurityInfo: hostileAnswers(), InstalledApplicationList: [hostileAnswers()] };
    const reply = { ...answer, ...lists, CommandUUID: String(CommandUUID) };
    expect(await report(strangeOne, reply), String(type)).toBe(200);
  }
  const detail = await viewDeviceDetail(house.looking, "SIM-9");
  expect(detail.sections.map((one) => one.section)).toContain("security");
  const shown = JSON.stringify(detail);
  expect(shown).toContain("drop table");
  expect(shown).not.toContain("\\u0000");
  await stillServes(house, victim, 9);
  const { devices } = await viewDevices(house.looking, { limit: 10 }, { search: text.slice(0, 20) });
  expect(devices.length).toBeLessThanOrEqual(1);
  expect((await viewDevices(house.looking, { limit: 10, model: text, owner: text }, {})).devices).toEqual([]);
});

async function settled(
  stores: Parameters<typeof install>[0]["stores"],
  more: Parameters<typeof install>[0]["devices"] = [],
): Promise<Installation> {
  const two = ["SIM-1", "SIM-2"].map((serial) => ({ serial, platform: "ipados", name: serial }) as const);
  const house = await install({ lies: true, stores, files: baseline, devices: [...two, ...more] });
  await house.enroll();
  await house.settle();
  return house;
}

/** The victim still converges to whatever is declared next. */
async function stillServes(house: Installation, victim: AppleDevice, length = 7): Promise<void> {
  house.commit({ ...baseline, "passcode.yaml": passcode(length) });
  await house.settle();
  const payload = victim.snapshot().profiles["reeve.profile.passcode"]?.payloads[0];
  expect(payload).toMatchObject({ minLength: length });
}

async function others(house: Installation): Promise<unknown[]> {
  return house.store.query(
    "select id, device, epoch, status, certificate, state from reeve.channel order by id",
  );
}

function bodyOf(device: AppleDevice, message: PlistDict): Buffer {
  return writePlist({ ...message, UDID: device.udid });
}

async function report(device: AppleDevice, message: PlistDict): Promise<number> {
  return (await device.sendRaw({ channel: "command", body: bodyOf(device, message) })).status;
}

function hostileAnswers(): PlistDict {
  const text = drop.replace("\u0000", "");
  const names = [
    "DeviceName",
    "OSVersion",
    "ProductName",
    "Model",
    "SerialNumber",
    "IMEI",
    "Identifier",
    "Name",
    text,
  ];
  return {
    ...Object.fromEntries(names.map((name) => [name, text])),
    __proto__x: text,
    constructor: text,
    ServiceSubscriptions: [{ PhoneNumber: text, IMEI: text }],
    BatteryLevel: -1,
    IsSupervised: true,
  };
}

function auditOf(serial: string): string {
  return `apiVersion: reeve/v1
kind: Operation
metadata: {name: audit}
spec: {target: {devices: [${serial}]}, act: {audit: {}}, expiresAt: 2030-01-01T00:00:00Z, reason: A test}
`;
}

const head = '<?xml version="1.0" encoding="UTF-8"?>';

/** Bodies that break parsers, by what is wrong with them. */
function broken(udid: string): Readonly<Record<string, Buffer>> {
  const dict = (inside: string) =>
    Buffer.from(
      `${head}<plist version="1.0"><dict><key>UDID</key><string>${udid}</string>${inside}</dict></plist>`,
    );
  const whole = dict(
    "<key>Status</key><string>Idle</string><key>MessageType</key><string>TokenUpdate</string>",
  );
  const entities = `<!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n} "${`&a${n === 0 ? "" : n - 1};`.repeat(10)}">`).join("")}]>`;
  return {
    empty: Buffer.alloc(0),
    "no plist": Buffer.from("hello"),
    truncated: whole.subarray(0, whole.length - 20),
    deep: dict(`<key>x</key>${"<array>".repeat(50_000)}${"</array>".repeat(50_000)}`),
    "deep dictionaries": dict(`<key>x</key>${"<dict><key>x</key>".repeat(20_000)}`),
    "entity bomb": Buffer.from(
      `${head}${entities}<plist><dict><key>Status</key><string>&a19;</string></dict></plist>`,
    ),
    "external entity": Buffer.from(
      `${head}<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]><plist><dict><key>UDID</key><string>&x;</string></dict></plist>`,
    ),
    "a key twice": dict(
      "<key>Status</key><string>Idle</string><key>Status</key><string>Acknowledged</string><key>MessageType</key><string>CheckOut</string><key>MessageType</key><string>TokenUpdate</string>",
    ),
    "not UTF-8": Buffer.concat([
      dict("<key>x</key><string>").subarray(0, -20),
      Buffer.from([0xff, 0xfe, 0x80]),
    ]),
    "no dictionary": Buffer.from(`${head}<plist version="1.0"><array/></plist>`),
    "binary rubbish": Buffer.concat([Buffer.from("bplist00"), Buffer.alloc(600, 0xd1)]),
    "no status": dict("<key>x</key><string>y</string>"),
    "id too long": Buffer.from(whole.toString().replace(udid, "A".repeat(100_000))),
    "id of SQL": Buffer.from(whole.toString().replace(udid, "' or '1'='1")),
    "status unknown": dict("<key>Status</key><string>Maybe</string>"),
    oversized: Buffer.concat([whole, Buffer.alloc(11 * 1024 * 1024, 0x20)]),
  };
}
