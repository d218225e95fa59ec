import { actsDue } from "./android-operations.ts";
import { assigningKey } from "./assigning.ts";
import type { Situation } from "./situation.ts";

/** What Google's record says of the policy of a device. */
export interface PolicyStanding {
  /** The policy that it is to have, and the version of it that was written last. */
  readonly policy: string | undefined;
  readonly version: string | undefined;
  readonly appliedPolicy: string | undefined;
  readonly appliedVersion: string | undefined;
  readonly refusal: string | undefined;
}

/** What an Android device gets next, in a sentence: nothing is asked of it by a command, its policy says all. */
export function androidNext(situation: Situation, standing: PolicyStanding, now: number): string {
  if (situation.halted) return "nothing: the kill switch is on";
  return nextAct(situation, now) ?? nextOfPolicy(situation, standing, now);
}

function nextAct(situation: Situation, now: number): string | undefined {
  const open = Object.values(situation.state.operations ?? {})[0];
  if (open !== undefined)
    return `wait for what comes of ${open.type}, given to Google ${since(open.at, now)}`;
  const [act] = actsDue(situation, now);
  return act === undefined ? undefined : `${act.verb}, given to Google with the next round`;
}

function nextOfPolicy(
  { state, granted, observed }: Situation,
  standing: PolicyStanding,
  now: number,
): string {
  if (granted === undefined) return "be compared with the policies";
  if (granted.sends === "queries")
    return `nothing is given to it: ${granted.because ?? "it is only watched"}`;
  if (standing.refusal !== undefined)
    return `write its policy again, which was not written: ${standing.refusal}`;
  const failed = state.progress[assigningKey];
  if (failed?.phase === "failed" && (failed.retryAt ?? 0) > now)
    return `give it the policy ${failed.digest} again in ${wait((failed.retryAt ?? 0) - now)}`;
  const { policy, version } = standing;
  if (policy === undefined) return "give it a policy";
  if (version !== undefined && !isApplied(standing))
    return `wait for it to apply ${policy} version ${version}, when it is online`;
  const unsent = granted.items.find((item) => observed.applied?.[item.key]?.digest !== item.digest);
  if (unsent !== undefined) return `write its policy anew, with ${unsent.key}`;
  const open = Object.entries(observed.applied ?? {});
  const waiting = open.find(([, one]) => one.fault?.verdict === "waiting")?.[0];
  return waiting === undefined
    ? "nothing, until something changes"
    : `wait for its next report, to see ${waiting}`;
}

function isApplied({ policy, version, appliedPolicy, appliedVersion }: PolicyStanding): boolean {
  return policy === appliedPolicy && version === appliedVersion;
}

function since(at: number, now: number): string {
  return now - at < 60_000 ? "just now" : `${wait(now - at)} ago`;
}

function wait(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
