import { type Signer, signCms } from "./cms.ts";
import type { EnrollResult } from "./enroll.ts";
import { buildOf } from "./hardware.ts";
import type { Machine } from "./machine.ts";
import type { EnrollHow } from "./management.ts";
import { type PlistDict, writePlist } from "./plist.ts";
import { follow } from "./talk.ts";
import { socketTransport, type TransportResponse } from "./transport.ts";

/** What a device in Setup Assistant has from Apple. */
export type Activation = {
  /** Where it asks whether an organization wants it: the stand-in for Apple's own address. */
  readonly url: string;
  /** The certificate that activation gave it. */
  readonly identity: Signer;
  /** What it says of itself instead of the truth. */
  readonly lies?: PlistDict;
};

type Enroll = (profile: Buffer, how: EnrollHow) => Promise<EnrollResult>;

/**
 * A device that was switched on for the first time: it asks Apple for its enrollment profile, tells the organization's
 * server who it is, updates itself if that is what it is told, enrolls, and waits if it is to wait.
 */
export async function unbox(machine: Machine, activation: Activation, enroll: Enroll): Promise<EnrollResult> {
  const given = await askApple(machine, activation.url);
  if (given === undefined) return { ok: false, reason: "nobody's: it can be set up by whoever has it" };
  let answer = await introduce(machine, String(given.url), activation);
  const version = requiredVersion(answer);
  if (version !== undefined) {
    machine.state.osVersion = version;
    machine.state.build = buildOf(version);
    machine.log({ type: "os-updated", version });
    answer = await introduce(machine, String(given.url), activation);
  }
  if (answer.status !== 200) return { ok: false, reason: `the enrollment address answered ${answer.status}` };
  const type = answer.headers["content-type"] ?? "";
  if (!type.startsWith("application/x-apple-aspen-config"))
    machine.log({ type: "violation", rule: "profile-type", detail: `the profile has the type ${type}` });
  machine.supervised = given.is_supervised === true;
  return enroll(answer.body, { awaiting: given.await_device_configured === true });
}

async function askApple(machine: Machine, url: string): Promise<Record<string, unknown> | undefined> {
  const apple = socketTransport({ keepAlive: false });
  const answer = await apple({ method: "GET", url: `${url}/${machine.hardware.serial}`, headers: {} });
  apple.close();
  return answer.status === 200 ? JSON.parse(answer.body.toString("utf8")) : undefined;
}

function introduce(
  machine: Machine,
  url: string,
  { identity, lies }: Activation,
): Promise<TransportResponse> {
  const content = writePlist({ ...machineInfo(machine), ...lies });
  const body = signCms({ content, signer: identity, detached: false, at: machine.world.now() });
  const headers = { "content-type": "application/pkcs7-signature", "user-agent": "MDM/1.0" };
  return follow(machine, { method: "POST", url, headers, body });
}

/** What a device says of itself (Apple: "MachineInfo"). */
function machineInfo({ hardware, state }: Machine): PlistDict {
  const speaks = Number(state.osVersion.split(".")[0]) >= (hardware.platform === "macos" ? 14 : 17);
  const updates = speaks && hardware.platform !== "tvos";
  return {
    UDID: hardware.udid,
    SERIAL: hardware.serial,
    PRODUCT: hardware.productName,
    VERSION: state.build,
    LANGUAGE: "en",
    ...(speaks ? { OS_VERSION: state.osVersion } : {}),
    ...(updates ? { MDM_CAN_REQUEST_SOFTWARE_UPDATE: true } : {}),
  };
}

function requiredVersion({ status, headers, body }: TransportResponse): string | undefined {
  if (status !== 403 || headers["content-type"]?.startsWith("application/json") !== true) return undefined;
  const said = JSON.parse(body.toString("utf8")) as { code?: unknown; details?: { OSVersion?: unknown } };
  return said.code === "com.apple.softwareupdate.required" ? String(said.details?.OSVersion) : undefined;
}
