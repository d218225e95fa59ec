import { generateKeyPair } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";
import { type AndroidMode, type EnrollAndroidPorts, inviteAndroid } from "../loop/android/enroll-android.ts";
import type { AndroidDevice } from "../simulator/amapi/device/android-device.ts";
import { type Amapi, startAmapi } from "../simulator/amapi/emulator.ts";
import { demoAndroids, enrollFleet, type FleetMode } from "../simulator/amapi/fleet.ts";
import { realWorld } from "../simulator/world.ts";

const projectId = "acme-devices";
const email = `reeve@${projectId}.iam.gserviceaccount.com`;

/** An emulator of Google's interface with an enterprise, and the key of the service account that may call it. */
export interface DemoGoogle {
  readonly amapi: Amapi;
  readonly enterprise: string;
  readonly projectId: string;
  /** The file of the key, as Google gives it. */
  readonly keyFile: string;
  readonly close: () => Promise<void>;
}

/** Devices that are quick, and report more often than the demo takes to call them unreachable. */
const knobs = {
  syncAfterMs: 150,
  reportAfterMs: 150,
  commandAfterMs: 150,
  reportEveryMs: 10_000,
  installMs: 800,
  uninstallMs: 300,
};

/** Starts it in real time. */
export async function demoGoogle(): Promise<DemoGoogle> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const world = realWorld();
  const amapi = await startAmapi({
    world,
    serviceAccounts: { [email]: publicKey },
    knobs,
  });
  const key = {
    type: "service_account",
    project_id: projectId,
    client_email: email,
    private_key: privateKey,
  };
  return {
    amapi,
    enterprise: amapi.enterprise({ projectId, body: { enterpriseDisplayName: "Acme" } }),
    projectId,
    keyFile: JSON.stringify(key, undefined, 2),
    close: async () => {
      await amapi.close();
      world.stop();
    },
  };
}

const modes: Readonly<Record<FleetMode, AndroidMode>> = {
  "fully-managed": "fullyManaged",
  dedicated: "dedicated",
  "company-work-profile": "workProfile",
  "work-profile": "workProfile",
};

/** The Android devices of the demo come out of their boxes, each with the QR code of a token of its own. */
export async function enrollAndroids(
  amapi: Amapi,
  ports: EnrollAndroidPorts,
): Promise<readonly AndroidDevice[]> {
  const codes = new Map<string, string>();
  for (const { serial, mode } of demoAndroids()) {
    const { qrCode } = await whenOpen(() =>
      inviteAndroid(ports, {
        mode: modes[mode],
        oneTimeOnly: true,
        expiresAt: Date.now() + 3_600_000,
        by: "demo",
      }),
    );
    codes.set(serial, qrCode);
  }
  // Whoever sets a device up is asked for a passcode.
  for (const member of demoAndroids()) amapi.device(member).user.setsPassword("blue-7349");
  return enrollFleet(amapi, demoAndroids(), ({ serial }) => codes.get(serial) ?? "");
}

const patienceMs = 60_000;

/** Nobody is invited before reeve's first round has written the policy of devices that enroll. */
async function whenOpen<T>(invite: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + patienceMs; ; ) {
    try {
      return await invite();
    } catch (error) {
      const isEarly = error instanceof UserError && error.code === "no-enrollment-policy";
      if (!isEarly || Date.now() > until) throw error;
      await sleep(100);
    }
  }
}
