import { openSigned, type Signer, signCms } from "./cms.ts";
import type { EnrollResult } from "./enroll.ts";
import { obtainIdentity } from "./identity.ts";
import type { Machine } from "./machine.ts";
import type { EnrollHow } from "./management.ts";
import { isDict, type PlistDict, type PlistValue, readPlist, writePlist } from "./plist.ts";
import { follow } from "./talk.ts";

/** How a device proves itself to a Profile Service; `lies`: what it says of itself instead of the truth. */
export type Proof = {
  readonly identity: Signer;
  readonly lies?: PlistDict;
  /** Told the identity with which it asks again. */
  readonly onIdentity?: (identity: Signer) => Promise<void>;
};

/** Goes through the phases of a Profile Service and enrolls by what it ends in. */
export async function enrollInPhases(
  machine: Machine,
  service: Buffer,
  proof: Proof,
  enroll: (profile: Buffer, how?: EnrollHow) => Promise<EnrollResult>,
): Promise<EnrollResult> {
  const ended = await machine.world.run(() => answerService(machine, service, proof));
  return Buffer.isBuffer(ended) ? enroll(ended) : ended;
}

/**
 * A Profile Service up to the profile that it ends in (Apple: over-the-air enrollment): the device says what it is,
 * signed by the identity that Apple gave it; obtains the identity of the answer by SCEP; and asks again with that.
 */
async function answerService(
  machine: Machine,
  service: Buffer,
  { identity, lies, onIdentity }: Proof,
): Promise<Buffer | EnrollResult> {
  const content = contentOf(service).PayloadContent;
  if (!isDict(content) || typeof content.URL !== "string") return failed("not a Profile Service");
  const about = { ...attributesOf(machine, content), ...lies };
  const first = await say(machine, content.URL, about, identity);
  if (typeof first === "number") return failed(`the service answered ${first}`);
  const payloads = contentOf(first).PayloadContent;
  const scep = Array.isArray(payloads) ? payloads.find(isScep) : undefined;
  if (!isDict(scep)) return failed("no SCEP payload");
  const obtained = await obtainIdentity(machine, scep);
  if (!obtained.ok) return failed(`SCEP: ${obtained.reason}`);
  await onIdentity?.(obtained.identity);
  const second = await say(machine, content.URL, about, obtained.identity);
  return typeof second === "number" ? failed(`the service answered ${second} at last`) : second;
}

function isScep(payload: PlistValue): boolean {
  return isDict(payload) && payload.PayloadType === "com.apple.security.scep";
}

function contentOf(profile: Buffer): PlistDict {
  const value = readPlist(profile[0] === 0x30 ? openSigned(profile).content : profile);
  return isDict(value) ? value : {};
}

function attributesOf({ hardware, state }: Machine, { DeviceAttributes, Challenge }: PlistDict): PlistDict {
  const known: Record<string, string> = {
    UDID: hardware.udid,
    VERSION: state.build,
    PRODUCT: hardware.productName,
    SERIAL: hardware.serial,
  };
  const asked = Array.isArray(DeviceAttributes) ? DeviceAttributes.map(String) : [];
  const told = asked.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]] as const]));
  return { ...Object.fromEntries(told), ...(Challenge === undefined ? {} : { CHALLENGE: Challenge }) };
}

async function say(
  machine: Machine,
  url: string,
  about: PlistDict,
  signer: Signer,
): Promise<Buffer | number> {
  const at = machine.world.now();
  const body = signCms({ content: writePlist(about), signer, detached: false, at });
  const headers = { "content-type": "application/pkcs7-signature" };
  const answer = await follow(machine, { method: "POST", url, headers, body });
  return answer.status === 200 ? answer.body : answer.status;
}

function failed(reason: string): EnrollResult {
  return { ok: false, reason };
}
