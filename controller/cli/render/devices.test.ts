import { expect, test } from "vitest";
import { dayMs, device, hostileName, hour, now } from "../sample-views.ts";
import { renderDevice } from "./device.ts";
import { renderDevices } from "./devices.ts";

const look = { now, width: 100, color: false };

test("a list gives each device a line and says where it goes on", () => {
  const stalled = device({
    name: "",
    id: "77aa",
    platform: "macos",
    condition: { type: "Stalled", reason: "Failing", message: "" },
    lastSeenAt: now - 3 * dayMs,
  });

  expect(renderDevices({ devices: [device(), stalled], total: 20_114, next: "c2" }, look)).toBe(
    `DEVICE     SERIAL      OS           MODEL     OWNER             CONDITION  SEEN
IPAD-0388  DMPXK2ABQ2  iPadOS 26.1  iPad14,8  ada@acme.example  Ready      40 s ago
77aa       DMPXK2ABQ2  macOS 26.1   iPad14,8  ada@acme.example  Stalled    3 d ago

2 of 20,114 devices; more: --after c2, or --all
`,
  );
});

test("no device, and all of one device", () => {
  expect(renderDevices({ devices: [], total: 0 }, look)).toBe("No device matches.\n");
  expect(renderDevices({ devices: [device()], total: 1 }, look)).toContain("\n1 device\n");
});

test("a device that left or is new is not called ready", () => {
  const left = renderDevices({ devices: [device({ enrollment: "unenrolled" })], total: 1 }, look);
  const fresh = renderDevices({ devices: [device({ enrollment: "new", suspended: "x" })], total: 1 }, look);

  expect(left).toContain("  unenrolled  ");
  expect(fresh).toContain("  Ready, new, suspended  ");
});

test("at a terminal of 80 columns the serial number and what became of a device are whole", () => {
  const lifecycle = { state: "in-repair", since: now - hour, mayEnroll: true, releases: [] } as const;
  const gone = device({ enrollment: "unenrolled", serial: "SIM-IPHONE-0417", lifecycle });
  const text = renderDevices({ devices: [gone], total: 1 }, { ...look, width: 80 });

  expect(text).toContain("  SIM-IPHONE-0417  ");
  expect(text).toContain("  in-repair  ");
});

const sections = [
  {
    section: "device",
    collectedAt: now - hour,
    detail: {
      DeviceName: "Ada's iPad",
      BatteryLevel: 0.83,
      DeviceCapacity: 64,
      iTunesStoreAccountIsActive: true,
      IMEI: "35 209900",
      PhoneNumber: "+49 30 1",
      WiFiMAC: "0a:0b:0c:0d:0e:0f",
      IsRoaming: false,
      NewKeyOfNextYear: 7,
    },
  },
  {
    section: "applications",
    collectedAt: now - hour,
    detail: [
      { Identifier: "com.tinyspeck.chat", Name: "Slack", ShortVersion: "26.1", Version: "9" },
      { Identifier: "com.game", Name: "Game", Version: "3" },
    ],
  },
  {
    section: "managedApps",
    collectedAt: now - hour,
    detail: { "com.tinyspeck.chat": { Status: "Managed" }, "com.late": { Status: "Installing" } },
  },
  {
    section: "profiles",
    collectedAt: now - hour,
    detail: [
      {
        PayloadDisplayName: "Wi-Fi corp",
        PayloadIdentifier: "example.acme.wifi-corp",
        PayloadContent: [
          { PayloadType: "com.apple.wifi.managed", PayloadDisplayName: "Wi-Fi" },
          { PayloadType: "com.apple.security.root", PayloadDisplayName: "Root" },
        ],
      },
      { PayloadDisplayName: "Mine", PayloadIdentifier: "me.mine", IsManaged: false },
    ],
  },
];

test("details use the words of a device portal; keys that are not known are shown all the same", () => {
  const text = renderDevice({ ...device(), groups: ["ipads-berlin"], users: [], sections }, look, "summary");

  expect(text).toContain(
    "  Owner               ada@acme.example\n  Ownership           company\n  Tags                site=berlin\n",
  );
  expect(text).toContain(
    "Status  (reported 1 h ago)\n  Battery             83 %\n  Storage             64.0 GB\n",
  );
  expect(text).toContain("  Store account       active\n");
  expect(text).toContain("Network  (reported 1 h ago)\n  Phone number        +49 30 1\n");
  expect(text).toContain("Other  (reported 1 h ago)\n  NewKeyOfNextYear    7\n");
});

test("what every device is asked for and this one did not say is said, and so is what nobody declared", () => {
  const bare = { id: "d-1", name: "", tags: {}, epoch: 1, enrollment: "enrolled", lastSeenAt: now } as const;
  const { condition } = device();
  const text = renderDevice({ ...bare, condition, groups: [], users: [], sections }, look, "summary");
  const never = renderDevice({ ...bare, condition, groups: [], users: [], sections: [] }, look, "summary");

  for (const line of ["Serial number       unknown", "Owner               none", "Groups              none"])
    expect(text).toContain(line);
  expect(text).toContain("  Bluetooth MAC       not reported\n");
  expect(never).toContain("Device  (never reported)");
  expect(renderDevices({ devices: [{ ...bare, condition }], total: 1 }, look)).toMatch(
    /d-1 +unknown +\S+ \? +unknown +- /,
  );
});

test("the asset record of the manifest stands in the summary", () => {
  const asset = { billNumber: "R-1", termMonths: 24, handoverOn: "2026-01-07" };
  const text = renderDevice({ ...device(), groups: [], users: [], asset, sections }, look, "summary");

  expect(text).toContain(
    "Asset\n  Bill number         R-1\n  Term in months      24\n  Handed over on      2026-01-07\n",
  );
});

test("apps tell which are managed, also one that is only on its way", () => {
  expect(renderDevice({ ...device(), groups: [], users: [], sections }, look, "apps")).toContain(`
3 apps  (reported 1 h ago)
  NAME   VERSION  PACKAGE             MANAGED
  Slack  26.1     com.tinyspeck.chat  Managed
  Game   3        com.game            not ours
  -               com.late            Installing
`);
});

test("profiles are shown part by part", () => {
  expect(renderDevice({ ...device(), groups: [], users: [], sections }, look, "profiles")).toContain(`
2 profiles  (reported 1 h ago)
  PROFILE / PART  IDENTIFIER / TYPE        OURS
  Wi-Fi corp      example.acme.wifi-corp   managed
  · Wi-Fi         com.apple.wifi.managed
  · Root          com.apple.security.root
  Mine            me.mine                  not ours
`);
});

test("what was never reported is not called empty", () => {
  expect(renderDevice({ ...device(), groups: [], users: [], sections: [] }, look, "apps")).toContain(
    "0 apps  (never reported)",
  );
});

test("a device with thousands of apps is cut, and whole on demand", () => {
  const detail = Array.from({ length: 3_000 }, (_, index) => ({
    Identifier: `com.a${index}`,
    Name: hostileName,
  }));
  const view = {
    ...device(),
    groups: [],
    users: [],
    sections: [{ section: "applications", collectedAt: now, detail }],
  };

  expect(renderDevice(view, look, "apps").split("\n").length).toBeLessThan(50);
  expect(renderDevice(view, look, "apps")).toContain("and 2960 more (--all shows each)");
  expect(renderDevice(view, look, "apps", true)).toContain("com.a2999");
});

test.each([null, 7, "text", [], [1, null, "x"], { QueryResponses: [] }])(
  "a section may hold anything: %j",
  (detail) => {
    const all = [
      "device",
      "security",
      "applications",
      "managedApps",
      "profiles",
      "certificates",
      "restrictions",
    ];
    const odd = all.map((section) => ({ section, collectedAt: now, detail }));

    expect(renderDevice({ ...device(), groups: [], users: [], sections: odd }, look)).toContain("IPAD-0388");
  },
);
