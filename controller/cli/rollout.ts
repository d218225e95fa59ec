import type { RolloutView } from "../loop/rollout-views.ts";
import type { Steered } from "../loop/steer-rollout.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { shortRevision } from "./render/digest.ts";
import { renderRollouts } from "./render/rollouts.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

/** How rollouts stand. One that goes no further by itself is a problem. */
export async function status(
  session: Session,
  policy: string | undefined,
  all: boolean | undefined,
): Promise<ExitCode> {
  const query = new URLSearchParams({
    ...(policy === undefined ? {} : { policy: nameOf(policy) }),
    ...(all === true ? { all: "true" } : {}),
  });
  const asked = query.size === 0 ? "" : `?${query}`;
  const view = await (await session.client()).get<{ rollouts: RolloutView[] }>(`/v1/rollouts${asked}`);
  await session.show(view, ({ rollouts }, look) => renderRollouts(rollouts, look, nameOf(policy)));
  const isStopped = view.rollouts.some((one) => one.status === "paused" || one.status === "aborted");
  return isStopped ? exitCodes.problems : exitCodes.inOrder;
}

/** People write it as it is shown, too. */
function nameOf<Given extends string | undefined>(policy: Given): Given {
  return policy?.replace(/^Policy\//, "") as Given;
}

const done = {
  pause: "No further wave begins; what devices have stays",
  resume: "It goes on",
  abort: "All devices are given back what they had before",
} as const;

function toldOf(step: keyof typeof done, answer: Steered | null): string {
  const { armed, returns = [], skipped = [] } = answer ?? {};
  if (armed !== undefined) return `Aborted, and nothing changes on any device yet: ${clean(armed)}`;
  if (step === "abort" && answer?.returns?.length === 0 && skipped.length === 0)
    return "Aborted. No device had the newest version: all keep what they have; commit the version that they should have";
  const to = returns.map((one) =>
    one === "" ? "none of it" : `the version of ${clean(shortRevision(one))}`,
  );
  const left = skipped.map(
    (one) =>
      `; that of ${clean(shortRevision(one.revision))} is left by all, as it failed before: ${clean(one.failed)}`,
  );
  return [done[step], ...(to.length === 0 ? [] : [`: ${to.join(", ")}`]), ...left].join("");
}

/** Pauses a rollout, goes on with it, or takes it back. */
export async function steer(
  session: Session,
  step: keyof typeof done,
  given: string,
  reason: string,
): Promise<ExitCode> {
  const policy = nameOf(given);
  const path = `/v1/rollouts/${encodeURIComponent(policy)}/${step}`;
  const answer = await (await session.client()).post<Steered | null>(path, { reason });
  await session.show(answer ?? {}, () => `Policy/${clean(policy)}: ${toldOf(step, answer)}.\n`);
  return exitCodes.inOrder;
}
