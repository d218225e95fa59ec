import { type ContentClient, openContent } from "../apple/content/client.ts";
import type { ContentToken } from "../apple/content/token.ts";
import { backoffMs } from "../core/backoff.ts";
import { describe, Retry, Stalled } from "../errors.ts";
import { appendEvents } from "../store/events.ts";
import type { Lease } from "../store/leader.ts";
import { openCalls } from "../store/licence-calls.ts";
import { countLicences } from "../store/licence-counts.ts";
import { waitingFor } from "../store/licences.ts";
import { type ContentPorts, storedContentToken } from "./content-token.ts";
import { settleCalls } from "./licence-calls.ts";
import { askForLicences, giveBackLicences, isOfAll, lookAtAssignments } from "./licence-round.ts";
import { findWishes, type Wishes } from "./licence-wishes.ts";
import { holdLocation, locationState, putLocationState, rivalOf } from "./location.ts";
import type { Reconciler } from "./reconciler.ts";

export interface LicencePorts extends ContentPorts {
  readonly reconciler: Pick<Reconciler, "lease" | "latches" | "current">;
}

/** Assigns licences as devices are granted apps. Level-triggered: it may be called at any time. */
export interface Licences {
  /** One pass. True when nothing was left to do, or nothing can be done now. */
  readonly turn: () => Promise<boolean>;
}

const minute = 60_000;
/** Limits may change without notice: Apple asks to read them every five minutes. */
const configMs = 5 * minute;
const stalledMs = 5 * minute;
const comparesMs = 15_000;
const longestPauseMs = 12 * 60 * minute;
const nothing: Wishes["returns"] = new Map();
/** Failures after which devices are told that the service does not work. */
const toldAfter = 3;

/** The part of the loop that speaks with Apps and Books; only the leader does. */
export function createLicences(ports: LicencePorts): Licences {
  const { store, clock, reconciler } = ports;
  let opened: { readonly client: ContentClient; readonly at: number } | undefined;
  let lastToken: string | undefined;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let compareAt = Number.NEGATIVE_INFINITY;
  let trouble: string | undefined | null = null;
  const looked = new Map<string, number>();

  async function turn(): Promise<boolean> {
    const lease = reconciler.lease();
    const { halted, observe, armed, suspended } = reconciler.latches();
    if (lease === undefined || halted !== undefined) return true;
    const returns = await compare(lease);
    if ((observe ?? armed ?? suspended) !== undefined || !(await isNeeded())) return true;
    const token = await storedContentToken(store);
    if (token?.text !== lastToken) reset(token?.text);
    const now = clock();
    // A clock that was put back makes nobody wait longer.
    if (now < pausedUntil && pausedUntil - now <= longestPauseMs && !(await isCleared())) return true;
    try {
      if (token === undefined)
        throw new Stalled("content-token", "no content token: reeve apple content-token import");
      const done = await work(token, lease, returns);
      failures = 0;
      pausedUntil = Number.NEGATIVE_INFINITY;
      await inTrouble(undefined);
      return !done;
    } catch (error) {
      await failed(error);
      return true;
    }
  }

  function reset(token: string | undefined): void {
    lastToken = token;
    opened = undefined;
    pausedUntil = Number.NEGATIVE_INFINITY;
    failures = 0;
    looked.clear();
  }

  /** A person has cleared what stood in the way. */
  async function isCleared(): Promise<boolean> {
    if (typeof trouble !== "string") return false;
    const state = await locationState(store);
    return state !== undefined && state.trouble === undefined;
  }

  /** What may be given back. What devices are granted costs a look at all of them: not more often than that costs. */
  async function compare(lease: Lease): Promise<Wishes["returns"]> {
    const now = clock();
    if (now < compareAt && compareAt - now <= longestPauseMs) return nothing;
    if (!isAsked() && (await countAll()) === 0) return nothing;
    const began = performance.now();
    const { fresh, returns } = await findWishes(store, now, lease);
    compareAt = now + Math.max(comparesMs, 50 * (performance.now() - began));
    if (fresh > 0 && typeof trouble === "string") await waitingFor(store, trouble, now);
    return returns;
  }

  function isAsked(): boolean {
    const forms = reconciler.current()?.compiled.policies.flatMap((policy) => policy.uses) ?? [];
    return forms.some((use) => use.forms.apple?.licence !== undefined);
  }

  async function countAll(): Promise<number> {
    return Object.values(await countLicences(store)).reduce((all, one) => all + one, 0);
  }

  async function isNeeded(): Promise<boolean> {
    return (await countAll()) > 0;
  }

  async function work(token: ContentToken, lease: Lease, returns: Wishes["returns"]): Promise<boolean> {
    const now = clock();
    const client = await clientFor(token, now);
    const calling = { store, client, now, lease };
    await settleCalls(calling);
    await lookAtAssignments(calling, looked);
    let done = await askForLicences(calling);
    if (reconciler.latches().frozen === undefined) done += await giveBackLicences(calling, returns);
    // What is under way is looked after soon.
    const open = await openCalls(store, now + minute);
    return done > 0 || open.length > 0;
  }

  /** The service with its limits of now, and the certainty that nobody else manages the location. */
  async function clientFor(token: ContentToken, now: number): Promise<ContentClient> {
    if (opened !== undefined && now - opened.at < configMs && opened.at <= now) return opened.client;
    opened = undefined;
    const client = await openContent(ports.serviceUrl, token.text);
    const location = await holdLocation(store, client, ports.name).catch(async (error: unknown) => {
      if (error instanceof Stalled && error.code === "content-managed") await noteRival(client);
      throw error;
    });
    await putLocationState(store, { uId: location.uId, name: location.name });
    opened = { client, at: now };
    return client;
  }

  async function noteRival(client: ContentClient): Promise<void> {
    const found = await client.location();
    const managedBy = await rivalOf(store, found);
    const known = await locationState(store);
    if (managedBy !== undefined)
      await putLocationState(store, { ...known, uId: found.uId, name: found.name, managedBy });
  }

  async function failed(error: unknown): Promise<void> {
    if (!(error instanceof Retry) && !(error instanceof Stalled)) throw error;
    const now = clock();
    failures++;
    opened = isOfAll(error) ? undefined : opened;
    const afterMs = error instanceof Retry ? error.afterMs : stalledMs;
    pausedUntil = now + (afterMs ?? backoffMs(failures, "apps-and-books", 2_000, 10 * minute));
    if (error instanceof Stalled || failures >= toldAfter) await inTrouble(describe(error));
  }

  /** What stands in the way of all licences is said to every device that waits, once, and taken back when it is over. */
  async function inTrouble(reason: string | undefined): Promise<void> {
    if (reason === trouble) return;
    const at = clock();
    const known = await locationState(store);
    const { trouble: before, ...state } = known ?? { uId: "", name: "" };
    await waitingFor(store, reason, at);
    if (known !== undefined && before !== reason)
      await putLocationState(store, { ...state, ...(reason === undefined ? {} : { trouble: reason }) });
    if (before !== reason || trouble !== null)
      await appendEvents(store, [
        {
          type: reason === undefined ? "licences.resumed" : "licences.stalled",
          at,
          message: reason ?? "Apps and Books works again",
        },
      ]);
    trouble = reason;
  }

  return { turn };
}
