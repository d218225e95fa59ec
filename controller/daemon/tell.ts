import type { Metrics } from "../http/metrics.ts";
import type { RequestEntry } from "../http/request.ts";
import type { Log } from "../log.ts";
import { watchContentToken } from "../loop/content-token-watch.ts";
import { countFleet } from "../loop/count-fleet.ts";
import type { EnrollmentPortals } from "../loop/portal/enrollment-portals.ts";
import type { PushOutcome } from "../loop/push.ts";
import type { RevisionNews } from "../loop/revision-news.ts";
import type { LoopPorts } from "../loop/run.ts";
import type { Looking } from "../loop/view-devices.ts";
import { countHeld } from "../store/approvals.ts";
import { countEnding } from "../store/certificates.ts";
import type { Store } from "../store/open.ts";
import { countOverdue } from "../store/overdue.ts";
import { dueBacklog } from "../store/push.ts";
import type { Troubles } from "./troubles.ts";

/** Counts a request, and logs it when something was wrong. */
export function tellRequest(entry: RequestEntry, log: Log, metrics: Metrics): void {
  metrics.request(entry);
  const { plane, id: request, route, status, address } = entry;
  if (entry.error !== undefined) log.failure("http.failed", entry.error, { plane, request, route, status });
  else if (entry.refused !== undefined)
    log.event("http.refused", { plane, request, route, status, address, reason: entry.refused });
}

/** Logs what a device was refused, and counts what could not be read; what went well says nothing. */
export function tellOutcome(what: string, outcome: string, log: Log, metrics: Metrics): void {
  if (outcome === "quarantined") metrics.quarantine(what);
  // A missing or foreign identity is told with its request already.
  if (what === "identity" || wentWell.has(outcome)) return;
  log.event("device.refused", { reason: `${what}: ${outcome}` });
}

const wentWell: ReadonlySet<string> = new Set(["issued", "repeated", "renewed"]);

/** Counts a push; one that was refused is a trouble until another is accepted. */
export function tellPush(
  outcome: PushOutcome["type"],
  reason: string | undefined,
  { log, metrics, troubles }: Told,
): void {
  metrics.push("apple", outcome);
  if (outcome === "accepted") troubles.worked("apns");
  else if (outcome !== "token-dead") troubles.failed("apns", reason ?? "it does not answer");
  if (outcome === "configuration") log.event("push.refused", { reason: reason ?? "unknown" });
}

/** Counts what the parts of the loop do, and logs what failed and how far the history is sealed. */
export function tellLoop({ log, metrics, troubles }: Told): Pick<LoopPorts, "onError" | "onTick" | "onHead"> {
  return {
    onError(part, error) {
      metrics.reconcile(part, "error", 0);
      log.failure("loop.failed", error, { part });
      troubles.failed(part, error);
    },
    onTick(part, seconds) {
      metrics.reconcile(part, "success", seconds);
      troubles.worked(part);
    },
    onHead: ({ n, hash }) => log.event("history.sealed", { head: `${n}:${hash}` }),
  };
}

interface Told {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly troubles: Troubles;
}

/** Counts and logs a revision that came into force or was refused. */
export function tellRevision(news: RevisionNews, log: Log, metrics: Metrics): void {
  metrics.revision(news.type);
  const { revision } = news.snapshot;
  if (news.type === "in-force") {
    log.event("revision.in-force", { revision });
    return;
  }
  const first = news.diagnostics[0];
  const place = first === undefined ? "" : `${first.origin.file}:${first.origin.line} ${first.rule}`;
  log.event("revision.refused", { revision, errors: news.diagnostics.length, first: place });
}

/** Refreshes all gauges, and looks after what ends. */
export async function measureAll(ports: {
  readonly pushing: {
    readonly view: { readonly notAfter?: number | undefined };
    readonly watch: (now: number) => Promise<unknown>;
  };
  readonly store: Store;
  readonly looking: Looking;
  readonly metrics: Metrics;
  readonly portals: EnrollmentPortals | undefined;
}): Promise<void> {
  const { pushing, store, looking, metrics, portals } = ports;
  metrics.pushCertificate(pushing.view.notAfter);
  await pushing.watch(Date.now());
  await watchContentToken(store, Date.now());
  await measure(looking, metrics);
  measurePortals(portals, metrics);
}

/** Refreshes the gauges. */
export async function measure(looking: Looking, metrics: Metrics): Promise<void> {
  const { store, clock } = looking;
  const now = clock();
  const [fleet, held, due, identities, overdue] = await Promise.all([
    countFleet(looking),
    countHeld(store),
    dueBacklog(store, now),
    countEnding(store, now, looking.renewBeforeMs),
    countOverdue(store),
  ]);
  const conditions = ["ready", "reconciling", "stalled", "held", "unreachable"] as const;
  metrics.devices(
    fleet.platforms.flatMap((one) =>
      conditions.map((condition) => ({ platform: one.platform, condition, count: one[condition] })),
    ),
  );
  metrics.depth("held", held);
  metrics.breaker(looking.reconciler.latches().all.some((one) => one.name === "breaker"));
  metrics.overdue(overdue.sections);
  metrics.rollouts(countBy([...looking.reconciler.rollouts.all().values()].map(({ status }) => status)));
  metrics.depth("due", due.count);
  metrics.depth("identities-ending", identities.ending);
  metrics.depth("identities-ended", identities.ended);
  metrics.depth("oldest-due-seconds", due.oldest === undefined ? 0 : Math.max(0, now - due.oldest) / 1_000);
}

const portalStates = ["assigned", "pending", "undeclared", "conflicts"] as const;

/** Refreshes the gauges of Apple's lists of devices, over all servers. */
export function measurePortals(
  portals: Pick<EnrollmentPortals, "counts"> | undefined,
  metrics: Metrics,
): void {
  const counts = [...(portals?.counts().values() ?? [])];
  metrics.portals(
    portalStates.map((state) => ({ state, count: counts.reduce((all, one) => all + one[state], 0) })),
  );
}

function countBy(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
