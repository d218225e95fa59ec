import type { RevisionRow } from "../core/ports.ts";
import { listHolds } from "../store/approvals.ts";
import { countCommands } from "../store/commands.ts";
import { countUnread } from "../store/quarantine.ts";
import { newestRefused, revisionInForce } from "../store/revisions.ts";
import { admittedRevision } from "./admit.ts";
import { movesUnderWay } from "./android/moving.ts";
import { contentWarnings } from "./content-token.ts";
import { countFleet } from "./count-fleet.ts";
import { doubtfulDevices } from "./doubtful-devices.ts";
import { endingIdentities } from "./ending-identities.ts";
import { readLatches } from "./latches.ts";
import { overdueWarnings } from "./overdue-inventory.ts";
import { serverWarnings } from "./portal/view-servers.ts";
import { receiverWarnings } from "./receivers.ts";
import { refusedWarnings } from "./refused-acts.ts";
import { revisionWarnings } from "./revision-warnings.ts";
import { unreadableWarnings } from "./unreadable-secrets.ts";
import type { Looking } from "./view-devices.ts";
import { readyActs, sumOfHolds } from "./view-holds.ts";
import { lifecycleStatus } from "./view-lifecycle.ts";
import { viewRollouts } from "./view-rollouts.ts";
import { failingUsers } from "./view-users.ts";
import type { RevisionView, StatusView } from "./views.ts";
import { windowClockWarnings } from "./window-clock.ts";

export interface StatusExtras {
  readonly source: string;
  readonly warnings: StatusView["warnings"];
}

const dayMs = 86_400_000;

/** How the fleet stands. Costs grow with distinct states, not with devices. */
export async function viewStatus(looking: Looking, extras: StatusExtras): Promise<StatusView> {
  const { store, reconciler, clock } = looking;
  const { warnings, ...fleet } = await countFleet(looking);
  const [inForce, admitted, newest, holds, commands, departed] = await Promise.all([
    revisionInForce(store),
    admittedRevision(store),
    newestRefused(store),
    listHolds(store),
    countCommands(store, clock() - dayMs),
    lifecycleStatus(store, clock()),
  ]);
  const { refused = viewRefused(newest), lastPollAt, error, unreadable = [] } = reconciler.sourceState();
  return {
    organization: reconciler.current()?.compiled.organization.name ?? "reeve",
    ...(inForce === undefined ? {} : { inForce: viewRevision(inForce) }),
    ...(refused === undefined ? {} : { refused }),
    source: {
      description: extras.source,
      ...(lastPollAt === undefined ? {} : { lastPollAt }),
      ...(error === undefined ? {} : { error }),
    },
    ...fleet,
    holds: { ...sumOfHolds(holds, clock()), ...(await readyActs(store)) },
    lifecycle: departed.lifecycle,
    // As they are now, and not as the last pass found them: just after the start there was none.
    latches: (await readLatches(store)).all.map(({ name, reason, since }) => ({ name, reason, since })),
    warnings: [
      ...extras.warnings,
      ...warnings,
      ...departed.warnings,
      ...behindWarnings(inForce, admitted, clock()),
      ...(await unreadWarnings(store, clock() - dayMs)),
      ...unreadableWarnings(unreadable),
      ...(await refusedWarnings(looking)),
      ...(await doubtfulDevices(store, clock())),
      ...(await endingIdentities(looking)),
      ...(await overdueWarnings(store)),
      ...(await contentWarnings(store, clock())),
      ...(await failingUsers(looking)),
      ...(await receiverWarnings(store)),
      ...(await serverWarnings(looking, clock())),
      ...(await windowClockWarnings(store, clock())),
      ...(await revisionWarnings(store, reconciler.current()?.compiled, clock())),
    ],
    ...(await rolloutsUnderWay(looking)),
    underWay: await movesUnderWay(store, clock()),
    gate: store.gate,
    commands: tableOf(commands),
  };
}

async function rolloutsUnderWay(looking: Looking): Promise<Pick<StatusView, "rollouts">> {
  const rollouts = await viewRollouts(looking);
  return rollouts.length === 0 ? {} : { rollouts };
}

/** A pass over the largest fleet takes less. */
const longestPassMs = 60_000;

/** Until then a device is judged by what it was granted before, and may be called ready. */
function behindWarnings(
  inForce: RevisionRow | undefined,
  admitted: string | undefined,
  now: number,
): StatusView["warnings"] {
  if (inForce === undefined || inForce.id === admitted || now - inForce.at < longestPassMs) return [];
  const message = `the devices have not been compared with ${inForce.id.slice(0, 12)} yet: each is judged by the revision before`;
  return [{ message, hint: "the log says loop.failed, or the kill switch is on" }];
}

/** Messages of devices that nobody could read: a new version of a system may say things in a new way. */
async function unreadWarnings(store: Looking["store"], since: number): Promise<StatusView["warnings"]> {
  const { count, reason } = await countUnread(store, since);
  if (count === 0) return [];
  const what = count === 1 ? "1 message could" : `${count} messages could`;
  return [
    {
      message: `${what} not be read since yesterday, the last one: ${reason}`,
      hint: "reeve quarantine",
    },
  ];
}

/** What another process, or this one before it was started anew, has refused. */
function viewRefused(row: RevisionRow | undefined): StatusView["refused"] {
  return row === undefined ? undefined : { ...viewRevision(row), diagnostics: row.diagnostics };
}

/** A stored revision as people see it. */
export function viewRevision(row: RevisionRow): RevisionView {
  const { id: revision, message, author, verified, at } = row;
  return { revision, message, author, ...(verified === true ? { verified } : {}), at };
}

/** Counts by type and status. */
export function tableOf(
  rows: Awaited<ReturnType<typeof countCommands>>,
): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const table: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    const line = table[row.requestType] ?? {};
    line[row.status] = (line[row.status] ?? 0) + row.count;
    table[row.requestType] = line;
  }
  return table;
}
