import { obtainAll, trustOf, unsuitable } from "./answer-profiles.ts";
import { updateToken } from "./check-in.ts";
import type { EnrollResult } from "./enroll.ts";
import type { Machine } from "./machine.ts";
import { openProfile } from "./profile.ts";

/**
 * A user installs another enrollment profile of the same management over the one that is there: the device obtains the
 * identity of the new one, goes on without Authenticate, and tells its token.
 */
export async function replaceManagement(machine: Machine, bytes: Buffer): Promise<EnrollResult> {
  const opened = openProfile(bytes, trustOf(machine));
  if (!opened.ok) return failed("not a profile that the device trusts");
  const { profile } = opened;
  const { enrollment } = machine.state;
  const problem = unsuitable(machine, profile);
  if (enrollment === undefined || problem !== undefined) return failed("it does not replace the management");
  const scep = profile.payloads.find((payload) => payload.PayloadType === "com.apple.security.scep");
  const obtained = await obtainAll(machine, profile);
  const identity = obtained.ok ? obtained.found[0] : undefined;
  if (scep === undefined || identity === undefined) return failed("no identity");
  machine.state.profiles.set(profile.identifier, { ...profile, isManaged: true, identities: [identity] });
  enrollment.identity = identity;
  enrollment.scep = scep;
  machine.log({ type: "identity", renewal: true });
  const told = await updateToken(machine, enrollment);
  return told.outcome === "accepted" ? { ok: true } : failed(`TokenUpdate: ${told.reason}`);
}

function failed(reason: string): EnrollResult {
  return { ok: false, reason };
}
