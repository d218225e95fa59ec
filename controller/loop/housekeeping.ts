import { setTimeout as sleep } from "node:timers/promises";
import { sealHead } from "../store/event-seals.ts";
import type { Store } from "../store/open.ts";
import { noteOverdue } from "../store/overdue.ts";
import { prune } from "../store/retention.ts";
import type { LoopPorts } from "./run.ts";
import { sealAll } from "./verify-events.ts";

/** Says the newest seal when it is another one than said last. */
function tellHead(store: Store, onHead: LoopPorts["onHead"]): () => Promise<void> {
  let said = 0;
  return async () => {
    const head = await sealHead(store);
    if (head === undefined || head.n === said) return;
    said = head.n;
    onHead(head);
  };
}

const minute = 60_000;
const licencesMs = 3_000;

/** What is under way at the end is waited for no longer: the last snapshot is made before this process is killed. */
const longestEndMs = 15_000;

interface Around {
  readonly guarded: (part: string, work: () => Promise<unknown>) => Promise<boolean>;
  readonly nudge: () => void;
  /** False when the loop ends: long work stops early. */
  readonly goesOn: () => boolean;
}

/** Does what is done now and then, each part by itself. `stop` begins none any more and waits for those under way. */
export function keepHouse(
  { controller, snapshot, measure, secretsEveryMs, onHead, besides = [] }: LoopPorts,
  { guarded, nudge, goesOn }: Around,
): { readonly stop: () => Promise<void> } {
  const { store, reconciler } = controller;
  const leads = (work: () => Promise<unknown>) => async (): Promise<void> => {
    if (reconciler.isLeader()) await work();
  };
  const stillLeads = (): boolean => goesOn() && reconciler.isLeader();
  const jobs: [string, number, () => Promise<unknown>][] = [
    ["flush", 1_000, store.flush],
    ["measure", 15_000, measure],
    ["secrets", secretsEveryMs * (0.9 + Math.random() / 5), () => reconciler.rotate().then(nudge)],
    ["portals", 15_000, leads(async () => controller.portals?.tick())],
    ["licences", licencesMs, controller.licences.turn],
    ["inventory", 5 * minute, leads(() => noteOverdue(store, Date.now()))],
    ["seal", 1_000, leads(() => sealAll(store, stillLeads))],
    ["head", 60 * minute, leads(tellHead(store, onHead))],
    ["maintain", 10 * minute, store.maintain],
    ["prune", 60 * minute, leads(() => prune(store, { goesOn: stillLeads }))],
  ];
  for (const [part, everyMs, work] of besides) jobs.push([part, everyMs, leads(work)]);
  if (snapshot !== undefined) jobs.push(["snapshot", snapshot.everyMs, () => store.snapshot(snapshot.file)]);
  const underWay = new Map<string, Promise<unknown>>();
  const timers = jobs.map(([part, everyMs, work]) =>
    setInterval(() => {
      if (underWay.has(part)) return;
      underWay.set(
        part,
        guarded(part, work).finally(() => underWay.delete(part)),
      );
    }, everyMs),
  );
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      const enough = new AbortController();
      const all = Promise.all(underWay.values()).finally(() => enough.abort());
      await Promise.race([all, sleep(longestEndMs, undefined, { signal: enough.signal }).catch(() => {})]);
    },
  };
}
