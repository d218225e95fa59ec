import { enrollmentProfile } from "../loop/enroll.ts";
import { type Signer, signCms } from "../simulator/cms.ts";
import { readEnrollment } from "../simulator/enrollment-profile.ts";
import type { KeyPair } from "../simulator/keys.ts";
import { type PlistDict, readPlist, writePlist } from "../simulator/plist.ts";
import { openProfile } from "../simulator/profile.ts";
import { requestCertificate } from "../simulator/scep-client.ts";
import type { Transport } from "../simulator/transport.ts";
import { type Installation, testTopic } from "./installation.ts";
import { sharedKeys } from "./run-keys.ts";

/** An identity by SCEP from a profile that is good for one; with a serial number, only for that device. */
export async function identityFor(house: Installation, bound: { serial?: string } = {}): Promise<Signer> {
  const result = await scep(house, { challenge: await challengeFor(house, bound) });
  if (!result.ok) throw new Error(result.reason);
  return result.identity;
}

/** The challenge in an enrollment profile that is good for one. */
export async function challengeFor(house: Installation, bound: { serial?: string } = {}): Promise<string> {
  const invitation = { uses: 1, expiresAt: house.world.now() + 3_600_000, by: "test", ...bound };
  return challengeIn(house, await enrollmentProfile(house.controller.enroll, invitation, false));
}

/** The challenge in any enrollment profile. */
export function challengeIn(house: Installation, profile: Buffer): string {
  const opened = openProfile(profile, {
    anchors: [],
    strict: false,
    now: house.world.now(),
    identities: [],
  });
  if (!opened.ok) throw new Error("not a profile");
  const read = readEnrollment(opened.profile);
  if (!read.ok) throw new Error(read.reason);
  return (read.scep.PayloadContent as { Challenge: string }).Challenge;
}

/** The identity renewed by SCEP. */
export function renewal(house: Installation, renewing: Signer) {
  return scep(house, { renewing });
}

/** A certificate by SCEP, or why there was none. */
export async function scep(
  house: Installation,
  how: { challenge?: string; renewing?: Signer; keys?: KeyPair },
  transport = transportOf(house),
) {
  const keys = how.keys ?? (await sharedKeys.take());
  return requestCertificate(transport, {
    url: "https://mdm.test/scep",
    subject: [["CN", "x"]],
    now: house.world.now(),
    ...how,
    keys,
  });
}

/** Says that it enrolls; the status of the answer. */
export function authenticate(
  house: Installation,
  who: Signer,
  udid: string,
  serial = `S-${udid}`,
): Promise<number> {
  const about = { ProductName: "iPad14,8", OSVersion: "26.1", SerialNumber: serial };
  return say(house, who, { MessageType: "Authenticate", Topic: testTopic, UDID: udid, ...about });
}

/** Tells where to push; the status of the answer. */
export function tokenUpdate(house: Installation, who: Signer, udid: string): Promise<number> {
  const push = { Token: Buffer.alloc(32, 7), PushMagic: "magic" };
  return say(house, who, { MessageType: "TokenUpdate", Topic: testTopic, UDID: udid, ...push });
}

/** Any check-in; the status of the answer. */
export async function say(house: Installation, who: Signer, message: PlistDict): Promise<number> {
  return (await send(house, who, "checkin", message)).status;
}

/** A signed message to the device plane. */
export function send(house: Installation, who: Signer, path: string, message: PlistDict) {
  const body = writePlist(message);
  const signature = signCms({ content: body, signer: who, detached: true, at: house.world.now() });
  const headers = { "Mdm-Signature": signature.toString("base64") };
  return transportOf(house)({ method: "PUT", url: `https://mdm.test/mdm/${path}`, headers, body });
}

/** What a device is told to do that has nothing installed and accepts everything; `more` it says of itself. */
export async function commandsTo(
  house: Installation,
  who: Signer,
  udid: string,
  more: PlistDict = {},
): Promise<string[]> {
  const types: string[] = [];
  for (let message: PlistDict = { Status: "Idle", UDID: udid }; types.length < 20; ) {
    const { body } = await send(house, who, "connect", message);
    if (body.length === 0) break;
    const { CommandUUID, Command } = readPlist(body) as {
      CommandUUID: string;
      Command: { RequestType: string };
    };
    types.push(Command.RequestType);
    message = { Status: "Acknowledged", CommandUUID, UDID: udid, ...answersOf(more)[Command.RequestType] };
  }
  return types;
}

function answersOf(more: PlistDict): Readonly<Record<string, PlistDict>> {
  const about = { ProductName: "iPad14,8", OSVersion: "26.1", IsSupervised: true, ...more };
  return {
    DeviceInformation: { QueryResponses: about },
    ProfileList: { ProfileList: [] },
    ManagedApplicationList: { ManagedApplicationList: {} },
  };
}

/** The wire to the device plane, from an address. */
export function transportOf(house: Installation, remoteAddress = "127.0.0.1"): Transport {
  return async ({ method, url, headers, body }) => {
    const reply = await house.controller.devicePlane.app.inject({
      method,
      url: url.slice("https://mdm.test".length),
      headers: { ...headers },
      remoteAddress,
      ...(body === undefined ? {} : { payload: body }),
    });
    const named = Object.entries(reply.headers).map(([name, value]) => [name, String(value)]);
    return { status: reply.statusCode, headers: Object.fromEntries(named), body: reply.rawPayload };
  };
}
