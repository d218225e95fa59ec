import { createClient } from "../../cli/client.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { app, type Files, organization, policy } from "../manifests.ts";
import type { DaemonProcess } from "./daemon-process.ts";
import { eventually } from "./eventually.ts";
import type { House } from "./house.ts";

/** One sort of command whose life is cut at each boundary; every run of it asks for something new. */
export interface Life {
  readonly requestType: string;
  /** At most once, whatever happens. */
  readonly once: boolean;
  /** What is declared after `runs` runs; names of files are the life's own. */
  readonly files: (serial: string, runs: number) => Files;
  /** Resolves when the command waits for a person, with what that person does; nothing is cut before. */
  readonly release?: (house: House, runs: number) => Promise<(daemon: DaemonProcess) => Promise<void>>;
  /** What the device itself shows once the run is carried out. */
  readonly isDone: (device: AppleDevice, runs: number) => boolean;
}

const weekly = `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: weekly}
spec: {collect: [device], every: 7d}
`;

const far = "2035-12-31T00:00:00Z";

export const lives: readonly Life[] = [
  {
    requestType: "InstallProfile",
    once: false,
    files: (serial, runs) => ({
      "passcode.yaml": profile("passcode", "profile", 30 + runs),
      "passcode-policy.yaml": policyFor(serial, "passcode", "profiles: [{name: passcode}]"),
    }),
    isDone: (device, runs) =>
      device.snapshot().profiles["reeve.profile.passcode"]?.payloads[0]?.maxPINAgeInDays === 30 + runs,
  },
  {
    requestType: "DeclarativeManagement",
    once: false,
    files: (serial, runs) => ({
      "code.yaml": profile("code", "auto", 30 + runs),
      "code-policy.yaml": policyFor(serial, "code", "profiles: [{name: code}]"),
    }),
    isDone: (device, runs) =>
      device.snapshot().profiles["reeve.profile.code"]?.payloads[0]?.maxPINAgeInDays === 30 + runs,
  },
  {
    requestType: "InstallApplication",
    once: false,
    files: (serial, runs) => {
      const names = Array.from({ length: runs }, (_, index) => `app-${index + 1}`);
      return {
        "apps.yaml": names.map((name) => app(name, `com.example.${name}`)).join("---\n"),
        "apps-policy.yaml": policyFor(serial, "apps", `apps: [${names.map((name) => `{name: ${name}}`)}]`),
      };
    },
    isDone: (device, runs) => device.snapshot().apps[`com.example.app-${runs}`]?.managed === true,
  },
  {
    requestType: "DeviceInformation",
    once: false,
    files: (serial, runs) => ({ "audit.yaml": operation(serial, "audit", "{audit: {}}", runs) }),
    isDone: () => true,
  },
  {
    requestType: "DeviceLock",
    once: true,
    files: (serial, runs) => ({ "lock.yaml": operation(serial, "lock", "{lock: {message: Found}}", runs) }),
    isDone: () => true,
  },
  {
    requestType: "EraseDevice",
    once: true,
    files: (serial, runs) => ({
      "wipe.yaml": operation(serial, "wipe", "{wipe: {}}", runs, "  expectedDevices: 1\n"),
    }),
    release: approval,
    isDone: () => true,
  },
];

/** The device of a life; no other life touches it. */
export function serialOf(life: Life): string {
  return `SIM-${life.requestType.toUpperCase()}`;
}

/** Everything that is declared while each life has had so many runs. */
export function declared(runs: (life: Life) => number): Files {
  const devices = lives.map(
    (life) => `apiVersion: reeve/v1
kind: Device
metadata: {name: ${serialOf(life).toLowerCase()}}
spec: {match: {serial: ${serialOf(life)}}, ownership: company}
`,
  );
  const files: Record<string, string> = {
    "org.yaml": organization,
    "devices.yaml": devices.join("---\n"),
    "base.yaml": policy("inventory: [weekly]", "base"),
    "weekly.yaml": weekly,
  };
  for (const life of lives) if (runs(life) > 0) Object.assign(files, life.files(serialOf(life), runs(life)));
  return files;
}

async function approval(house: House, runs: number): Promise<(daemon: DaemonProcess) => Promise<void>> {
  const { digest } = await eventually("the wipe is held", async () => {
    const { holds } = await house.client().get<{ holds: readonly HoldView[] }>("/v1/holds");
    return holds.find((one) => one.act === `Operation/wipe@${runs}`);
  });
  await house.approveFirst(digest);
  return async (daemon) => {
    const approver = createClient({ server: daemon.adminUrl, token: house.tokens.approver });
    await approver.post(`/v1/holds/${digest}/approve`);
  };
}

function profile(name: string, delivery: "auto" | "profile", days: number): string {
  return `apiVersion: reeve/v1
kind: Profile
metadata: {name: ${name}}
spec:
  apple:
    delivery: ${delivery}
    payloads:
      - type: com.apple.mobiledevice.passwordpolicy
        content: {maxPINAgeInDays: ${days}}
`;
}

function policyFor(serial: string, name: string, spec: string): string {
  return policy(spec, name).replace("{all: true}", `{devices: [${serial.toLowerCase()}]}`);
}

function operation(serial: string, name: string, act: string, generation: number, more = ""): string {
  return `apiVersion: reeve/v1
kind: Operation
metadata: {name: ${name}}
spec:
  target: {devices: [${serial.toLowerCase()}]}
  act: ${act}
  generation: ${generation}
  expiresAt: ${far}
  reason: a test
${more}`;
}
