import { expect, test } from "vitest";
import { viewDeviceDetail } from "../../loop/view-devices.ts";
import { viewQuarantine } from "../../loop/view-quarantine.ts";
import { type Signer, signCms } from "../../simulator/cms.ts";
import { type PlistDict, readDict, writePlist } from "../../simulator/plist.ts";
import { authenticate, identityFor, tokenUpdate, transportOf } from "../hand-made.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, passcode, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const UDID = "00008101-000A11223344001E";
const listing = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: apps}
spec: {collect: [applications], every: 1h, spread: 1m}
`;
const files = {
  ...baseline,
  "apps.yaml": listing,
  "baseline.yaml": policy("profiles: [{name: passcode}]\ninventory: [apps]"),
};

test.each(stores.slice(-1))(
  "on $name an answer that cannot be read is kept, and holds up nothing else that its device is to have",
  async (store) => {
    await using house = await install({ stores: store, files, devices: [] });
    const who = await enrolled(house);
    for (const [nth, poison] of poisons.entries()) {
      const asked: string[] = [];
      house.commit({ ...files, "passcode.yaml": passcode(7 + nth) });
      await house.settle();
      await house.world.advance(2 * 3_600_000);
      for (let visits = 0; visits < 8 && !asked.includes("InstallProfile"); visits++) {
        asked.push(...(await visit(house, who, (type) => (type === listType ? poison : undefined))));
        await house.world.advance(5 * 60_000);
      }
      expect(asked, `poison ${nth}`).toContain(listType);
      expect(asked, `poison ${nth}`).toContain("InstallProfile");
    }
    const { messages } = await viewQuarantine(house.looking, { limit: 100 });
    expect(messages.length).toBeGreaterThanOrEqual(poisons.length);
    expect(messages.map((one) => one.device)).toEqual(messages.map(() => expect.stringMatching(/^d-/)));
  },
);

test.each(stores)("on $name lists of apps of any length are taken and shown", async (store) => {
  await using house = await install({ stores: store, files, devices: [] });
  const who = await enrolled(house);
  for (const [count, bytes] of [
    [250, 117_000],
    [3_000, 2_000_000],
  ] as const) {
    const InstalledApplicationList = Array.from({ length: count }, (_, index) => fullEntry(index));
    expect(writePlist({ InstalledApplicationList }).length).toBeGreaterThan(bytes);
    await house.world.advance(2 * 3_600_000);
    const asked = await visit(house, who, (type) =>
      type === listType ? { InstalledApplicationList } : undefined,
    );
    expect(asked.filter((type) => type === listType)).toHaveLength(1);
    const { sections } = await viewDeviceDetail(house.looking, UDID);
    const shown = sections.find((one) => one.section === "applications")?.detail as unknown[];
    expect(shown).toHaveLength(count);
    expect(shown.at(-1)).toMatchObject({
      Name: `App ${count - 1} & more`,
      Identifier: `com.example.a${count - 1}`,
    });
  }
  expect(await viewQuarantine(house.looking, { limit: 10 })).toEqual({ messages: [] });
});

test.each(stores)(
  "on $name control characters in names are left out, and nothing is lost by them",
  async (store) => {
    await using house = await install({ stores: store, files, devices: [] });
    const who = await enrolled(house);
    await house.world.advance(2 * 3_600_000);
    const named = (name: string) =>
      Buffer.from(
        writePlist({ InstalledApplicationList: [{ Identifier: "com.example.odd", Name: "NAME" }] })
          .toString()
          .replace("NAME", name),
      );
    const asked = await visit(house, who, (type) => {
      if (type === listType) return named("Odd\u0001\u001b[2J\u202egpj.exe\u0085 app");
      return type === "DeviceInformation"
        ? { QueryResponses: { ...about, DeviceName: "iPad\u2028\u0007 of Mia" } }
        : undefined;
    });
    expect(asked).toContain(listType);
    const { sections } = await viewDeviceDetail(house.looking, UDID);
    expect(sections.find((one) => one.section === "applications")?.detail).toMatchObject([
      { Name: "Odd[2Jgpj.exe app" },
    ]);
    expect(await viewQuarantine(house.looking, { limit: 10 })).toEqual({ messages: [] });
    const detail = sections.find((one) => one.section === "device")?.detail;
    expect(detail).toMatchObject({ DeviceName: "iPad of Mia" });
  },
);

const listType = "InstalledApplicationList";
const about = { ProductName: "iPad14,8", OSVersion: "26.1", IsSupervised: true };

/** Answers that no parser takes: cut off, not UTF-8, and with an element that is none. */
const poisons: readonly Buffer[] = [
  writePlist({ InstalledApplicationList: [{ Name: "x" }] }).subarray(0, -20),
  Buffer.from(
    writePlist({ InstalledApplicationList: [{ Name: "Caf?" }] })
      .toString("latin1")
      .replace("Caf?", "Caf\u00e9"),
    "latin1",
  ),
  Buffer.from(writePlist({ InstalledApplicationList: [] }).toString().replace("<array", "<set/><array")),
];

/** All that Apple's schema has for an app. */
function fullEntry(index: number): PlistDict {
  const flags = [
    "IsValidated",
    "Installing",
    "AppStoreVendable",
    "DeviceBasedVPP",
    "BetaApp",
    "AdHocCodeSigned",
    "HasUpdateAvailable",
    "DownloadFailed",
    "DownloadWaiting",
    "DownloadPaused",
    "DownloadCancelled",
    "IsAppClip",
  ];
  return {
    Identifier: `com.example.a${index}`,
    ExternalVersionIdentifier: index,
    DistributorIdentifier: "com.apple.AppStore",
    Version: "1.2.3",
    ShortVersion: "1.2",
    Name: `App ${index} & more`,
    BundleSize: 25_000_000,
    DynamicSize: 1_000,
    Source: "App Store",
    ...Object.fromEntries(flags.map((flag) => [flag, false])),
  };
}

async function enrolled(house: Installation): Promise<Signer> {
  await house.settle();
  const who = await identityFor(house);
  expect(await authenticate(house, who, UDID)).toBe(200);
  expect(await tokenUpdate(house, who, UDID)).toBe(200);
  await house.settle();
  return who;
}

/** One connection: what the device was asked. It has what it was told to install, and answers the rest as it is told. */
async function visit(
  house: Installation,
  who: Signer,
  answer: (requestType: string) => PlistDict | Buffer | undefined,
): Promise<string[]> {
  const asked: string[] = [];
  let message: PlistDict | Buffer = { Status: "Idle", UDID };
  while (asked.length < 20) {
    const { status, body } = await put(house, who, message);
    expect(status).toBe(200);
    if (body.length === 0) break;
    const { CommandUUID, Command } = readDict(body) as { CommandUUID: string; Command: PlistDict };
    const type = String(Command.RequestType);
    asked.push(type);
    message = completed(answer(type) ?? usual[type] ?? {}, { Status: "Acknowledged", CommandUUID, UDID });
  }
  return asked;
}

const usual: Readonly<Record<string, PlistDict>> = {
  DeviceInformation: { QueryResponses: about },
  ProfileList: { ProfileList: [] },
  ManagedApplicationList: { ManagedApplicationList: {} },
  InstalledApplicationList: { InstalledApplicationList: [] },
};

/** An answer with what says whose it is and to which command, also where it is not one that can be read. */
function completed(answer: PlistDict | Buffer, ids: PlistDict): PlistDict | Buffer {
  if (!Buffer.isBuffer(answer)) return { ...answer, ...ids };
  const [, inside = ""] = /<dict>([\s\S]*)<\/dict>/.exec(writePlist(ids).toString()) ?? [];
  return Buffer.from(answer.toString("latin1").replace("<dict>", `<dict>${inside}`), "latin1");
}

function put(house: Installation, who: Signer, message: PlistDict | Buffer) {
  const body = Buffer.isBuffer(message) ? message : writePlist(message);
  const signature = signCms({ content: body, signer: who, detached: true, at: house.world.now() });
  const headers = { "Mdm-Signature": signature.toString("base64") };
  return transportOf(house)({ method: "PUT", url: "https://mdm.test/mdm/connect", headers, body });
}
