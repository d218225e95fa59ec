import { assign, assigned, isPutOff } from "../../core/assigning.ts";
import type { DeviceError } from "../../core/report.ts";
import type { Situation } from "../../core/situation.ts";
import { describe, isExpected, Stalled, UserError } from "../../errors.ts";
import { noteAssigned } from "../../store/android-devices.ts";
import { androidChannels } from "../../store/android-groups.ts";
import { changeOf } from "../channel-change.ts";
import { androidSituation } from "./android-situation.ts";
import type { Moving } from "./moving.ts";
import type { Patience } from "./patience.ts";
import type { AndroidPorts } from "./ports.ts";
import type { RenderedGroup } from "./render-groups.ts";
import { areChangesStopped } from "./stopped-writes.ts";
import { writeTransition } from "./write-transition.ts";

const pageSize = 200;
const atOnce = 8;

export interface HowMoved {
  readonly patience: Patience;
  readonly moving: Moving;
  /** Devices of which only their record at Google says which policy they have. */
  readonly doubtful: Set<string>;
}

/**
 * Gives every device of a group another policy, each by one call that the ledger has before it leaves. Devices that
 * are gone, or whose answer was lost, come to be `doubtful`, also when this throws; who is, stays where it is until it
 * was read. Throws Retry and UserError, with which no other call would do better.
 */
export async function moveDevices(
  ports: AndroidPorts,
  group: RenderedGroup,
  policy: string,
  { patience, moving, doubtful }: HowMoved,
): Promise<void> {
  for await (const page of pagesOf(ports, group)) {
    // Each device is looked at once more when its call is written down: this spares the others the look.
    if (group.only === undefined && (await areChangesStopped(ports.store))) return;
    for (let start = 0; start < page.length; start += atOnce) {
      const some = page.slice(start, start + atOnce).filter((channel) => !doubtful.has(channel));
      const results = await Promise.allSettled(
        some.map((channel) => moveOne(ports, channel, group, policy, { patience, doubtful })),
      );
      const moved = some.filter((_, index) => {
        const result = results[index];
        return result?.status === "fulfilled" && result.value === "moved";
      });
      await noteAssigned(ports.store, moved, policy, ports.clock());
      await moving.moved(moved.length);
      const broken = results.find((one) => one.status === "rejected");
      if (broken !== undefined) throw broken.reason;
    }
  }
}

/** The devices of a group. Who is moved leaves it, so that each page begins after the last device of the one before. */
async function* pagesOf({ store }: AndroidPorts, group: RenderedGroup): AsyncGenerator<readonly string[]> {
  if (group.only !== undefined) {
    yield [group.only];
    return;
  }
  for (let after = ""; ; ) {
    const page = await androidChannels(
      store,
      { granted: group.granted, policy: group.on },
      { after, limit: pageSize },
    );
    yield page;
    if (page.length < pageSize) return;
    after = page.at(-1) ?? "";
  }
}

type Outcome = "moved" | "left";

/** A call that waited for the quota for longer is looked at again before it leaves. */
const freshMs = 1_000;

async function moveOne(
  ports: AndroidPorts,
  channel: string,
  group: RenderedGroup,
  policy: string,
  { patience, doubtful }: Pick<HowMoved, "patience" | "doubtful">,
): Promise<Outcome> {
  const { store, clock, google } = ports;
  const row = await store.channels.read(channel);
  // What is granted may be another thing by now: the next round sees it.
  if (row?.granted?.id !== group.granted || row?.status !== "enrolled") return "left";
  const situation = androidSituation(row);
  const now = clock();
  if (!isFree(situation) || isPutOff(situation.state, policy, now)) return "left";
  const decision = assign(situation, policy, now);
  const takesAway = group.loses !== undefined;
  const change = changeOf(row, { ...decision, dueAt: row.dueAt }, now);
  // The statement itself looks whether removals are stopped.
  const sent = await store.channels.write({ ...change, takesAway });
  if (sent.type !== "written") return "left";
  const closed = (outcome: Closing): Promise<boolean> =>
    writeTransition(ports, channel, (then, at) => assigned(then, decision.command, outcome, at));
  let isStopped = false;
  const mayLeave = async (): Promise<boolean> => {
    const waited = clock() - now;
    if (waited >= 0 && waited < freshMs) return true;
    const then = await store.channels.read(channel);
    isStopped = then?.status !== "enrolled" || !isFree(androidSituation(then));
    return !isStopped;
  };
  try {
    await google.assign(channel, policy, mayLeave);
  } catch (error) {
    await closed(failed(error));
    if (isStopped) return "left";
    if (!(error instanceof Stalled)) {
      if (!(error instanceof UserError)) doubtful.add(channel);
      patience.failed(error);
      return "left";
    }
    patience.answered();
    if (error.code === "google-gone") doubtful.add(channel);
    return "left";
  }
  patience.answered();
  await closed({ status: "executed" });
  return "moved";
}

function isFree({ halted, allows }: Situation): boolean {
  return !halted && allows === "all";
}

type Closing = Parameters<typeof assigned>[2];

function failed(error: unknown): Closing {
  const text = isExpected(error) ? describe(error) : "it broke off";
  const errors: readonly DeviceError[] = [{ domain: "google", code: 0, text: text.slice(0, 512) }];
  return { status: "failed", errors };
}
