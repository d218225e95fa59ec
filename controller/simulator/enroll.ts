import { trustOf } from "./answer-profiles.ts";
import { authenticate, updateToken } from "./check-in.ts";
import { readEnrollment } from "./enrollment-profile.ts";
import { obtainIdentity } from "./identity.ts";
import type { Machine } from "./machine.ts";
import { openProfile, type Profile } from "./profile.ts";
import type { Enrollment, MdmPayload } from "./state.ts";
import { follow } from "./talk.ts";
import type { TransportResponse } from "./transport.ts";

export type EnrollResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const PROFILE_TYPE = "application/x-apple-aspen-config";

/**
 * Enrolls the device with an enrollment profile, or with the address of one: identity by SCEP, Authenticate,
 * TokenUpdate. When any of it fails nothing is installed.
 */
export async function enrollWith(
  machine: Machine,
  source: Buffer | string,
  onToken: OnToken = () => {},
  mode?: MdmPayload["mode"],
): Promise<EnrollResult> {
  const result = await attempt(machine, source, onToken, mode);
  machine.log(result.ok ? { type: "enrolled" } : { type: "enrollment-failed", reason: result.reason });
  return result;
}

/** Called before the token is told: the push service knows it by the time that the server does. */
type OnToken = (enrollment: Enrollment) => void;

async function attempt(
  machine: Machine,
  source: Buffer | string,
  onToken: OnToken,
  mode: MdmPayload["mode"],
): Promise<EnrollResult> {
  const bytes = typeof source === "string" ? await download(machine, source) : source;
  if (typeof bytes === "string") return failed(bytes);
  const opened = openProfile(bytes, trustOf(machine));
  if (!opened.ok) return failed(opened.chain.map((item) => item.description).join(": "));
  const { profile } = opened;
  machine.log({ type: "enrolling", profile: profile.identifier, signature: profile.signature });
  const read = readEnrollment(profile);
  if (!read.ok) return failed(read.reason);
  if (read.mdm.mode !== mode) return failed(`the profile is for ${String(read.mdm.mode)}`);
  const before = machine.state.enrollment;
  if (before !== undefined && before.profileIdentifier !== profile.identifier)
    return failed("the device is managed already");
  const identity = await obtainIdentity(machine, read.scep);
  if (!identity.ok) return failed(`SCEP: ${identity.reason}`);
  machine.log({ type: "identity", renewal: false });
  return checkInWith(
    machine,
    profile,
    {
      identity: identity.identity,
      authorities: identity.authority,
      profileIdentifier: profile.identifier,
      mdm: read.mdm,
      scep: read.scep,
      pushMagic: machine.random.uuid(),
      token: machine.random.bytes(32),
      unlockToken: hasUnlockToken(machine) && mode !== "BYOD" ? machine.random.bytes(256) : undefined,
    },
    onToken,
  );
}

async function checkInWith(
  machine: Machine,
  profile: Profile,
  enrollment: Enrollment,
  onToken: OnToken,
): Promise<EnrollResult> {
  // In User Enrollment a device has a name of its own for each enrollment, and tells no other.
  machine.ids =
    enrollment.mdm.mode === "BYOD"
      ? { EnrollmentID: machine.random.uuid() }
      : { UDID: machine.hardware.udid };
  const authenticated = await authenticate(machine, enrollment);
  if (authenticated.outcome !== "accepted") return failed(`Authenticate: ${authenticated.reason}`);
  machine.log({ type: "authenticated" });
  onToken(enrollment);
  const updated = await updateToken(machine, enrollment);
  if (updated.outcome !== "accepted") return failed(`TokenUpdate: ${updated.reason}`);
  machine.state.enrollment = enrollment;
  machine.state.profiles.set(profile.identifier, {
    ...profile,
    isManaged: true,
    identities: [enrollment.identity],
  });
  return { ok: true };
}

async function download(machine: Machine, url: string): Promise<Buffer | string> {
  try {
    const page = await follow(machine, { method: "GET", url, headers: { "user-agent": browserOf(machine) } });
    const button = page.status === 200 ? buttonOn(page) : undefined;
    const answer =
      button === undefined
        ? page
        : await follow(machine, { method: "GET", url: new URL(button, url).href, headers: {} });
    if (answer.status !== 200) return `the profile's address answered ${answer.status}`;
    const type = answer.headers["content-type"] ?? "";
    if (!type.startsWith(PROFILE_TYPE))
      machine.log({ type: "violation", rule: "profile-type", detail: `the profile has the type ${type}` });
    return answer.body;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where the button of an enrollment page leads: to what the page says is a profile. */
function buttonOn({ headers, body }: TransportResponse): string | undefined {
  if (headers["content-type"]?.startsWith("text/html") !== true) return undefined;
  const anchors = body.toString("utf8").match(/<a\s[^>]*>/g) ?? [];
  const anchor = anchors.find((one) => one.includes(`type="${PROFILE_TYPE}"`));
  return anchor === undefined ? undefined : /\shref="([^"]*)"/.exec(anchor)?.[1];
}

/** Safari on an iPad calls itself a Mac, as it does unless told otherwise. */
function browserOf({ hardware: { platform } }: Machine): string {
  const on = { ios: "iPhone; CPU iPhone OS 18_0 like Mac OS X", tvos: "Apple TV" } as const;
  const system =
    platform === "ios" || platform === "tvos" ? on[platform] : "Macintosh; Intel Mac OS X 10_15_7";
  return `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`;
}

function hasUnlockToken(machine: Machine): boolean {
  return machine.hardware.platform === "ios" || machine.hardware.platform === "ipados";
}

function failed(reason: string): EnrollResult {
  return { ok: false, reason };
}
