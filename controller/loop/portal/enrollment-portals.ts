import type { Ask } from "../../apple/portal/capped-fetch.ts";
import { createEnrollmentService, type EnrollmentService } from "../../apple/portal/session.ts";
import { readAccount } from "../../apple/portal/setup-profiles.ts";
import type { CompiledEnrollment } from "../../core/automated-enrollment.ts";
import { digestOf } from "../../core/canonical.ts";
import type { Clock } from "../../core/ports.ts";
import { describe, Retry, Stalled } from "../../errors.ts";
import { listPresent, nextRetry } from "../../store/enrollment-devices.ts";
import { listDefined } from "../../store/enrollment-profiles.ts";
import {
  type EnrollmentServerRow,
  listServers,
  noteAccount,
  noteSuccess,
  noteTrouble,
} from "../../store/enrollment-servers.ts";
import { appendEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import { type ExpiryWatch, watchExpiry } from "../expiry-watch.ts";
import { assignProfiles } from "./assign-profiles.ts";
import { readDevices } from "./read-devices.ts";
import { storedToken } from "./server-secrets.ts";
import { type Place, type Standing, standingOf } from "./standing.ts";
import { countsOf, type StandingCounts } from "./view-servers.ts";

export interface PortalPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** The manifests in force; undefined before a revision is. */
  readonly enrollments: () => readonly CompiledEnrollment[] | undefined;
  /** False while a guard stops everything but looking. */
  readonly mayAct: () => boolean;
  readonly placeOf: (server: string) => Place;
  /** Apple's enrollment service. */
  readonly serviceUrl: string;
  readonly ask: Ask;
  /** How often changes are asked for, ms. */
  readonly intervalMs: number;
}

/** What keeps Apple's lists of devices and their enrollment profiles as the manifests say. */
export interface EnrollmentPortals {
  /** One look at every server that is due. Only the leader calls it. What goes wrong at one harms no other. */
  readonly tick: () => Promise<void>;
  /** What the last round of each server left, for warnings and metrics. */
  readonly counts: () => ReadonlyMap<string, StandingCounts>;
  /** How the devices of a server stand against the manifests in force. */
  readonly standing: (server: string) => Promise<Standing>;
}

/** Level-triggered: it may be called at any time, and a round that was cut off is begun anew. */
export function createEnrollmentPortals(ports: PortalPorts): EnrollmentPortals {
  const { store, clock } = ports;
  const services = new Map<string, { readonly token: string; readonly service: EnrollmentService }>();
  const planned = new Map<string, string>();
  const counts = new Map<string, StandingCounts>();
  const watches = new Map<string, ExpiryWatch>();

  async function serviceOf(server: string): Promise<EnrollmentService | undefined> {
    const token = await storedToken(store, server);
    if (token === undefined) return undefined;
    const word = digestOf(token);
    const known = services.get(server);
    if (known?.token === word) return known.service;
    const { serviceUrl: url, ask } = ports;
    const service = createEnrollmentService({ url, token, ask, clock });
    services.set(server, { token: word, service });
    return service;
  }

  async function standing(server: string): Promise<Standing> {
    const [devices, defined] = await Promise.all([listPresent(store, server), listDefined(store, server)]);
    return standingOf(server, devices, ports.enrollments() ?? [], defined, ports.placeOf(server));
  }

  async function round(server: EnrollmentServerRow): Promise<void> {
    const service = await serviceOf(server.name);
    if (service === undefined) return;
    if (server.serverUuid === null) await noteAccount(store, server.name, await readAccount(service));
    const { told, looped } = await readDevices(store, service, server.name, clock());
    const before = await standing(server.name);
    if (told > 0)
      await say("enrollment-server.read", `${server.name}: ${told} told of, ${before.devices} in all`);
    if (looped) await say("enrollment-server.looped", `${server.name} gave the same place of its list again`);
    if (ports.mayAct()) await assignProfiles({ store, clock, service, server: server.name }, before);
    counts.set(server.name, countsOf(await standing(server.name)));
    const next = clock() + ports.intervalMs;
    const retry = await nextRetry(store, server.name);
    const due = ports.mayAct() && retry !== undefined ? Math.min(next, Math.max(retry, clock())) : next;
    if (await noteSuccess(store, server.name, clock(), due))
      await say("enrollment-server.recovered", `${server.name} answers as it should again`);
  }

  async function guarded(server: EnrollmentServerRow): Promise<void> {
    try {
      await round(server);
    } catch (error) {
      if (!(error instanceof Retry) && !(error instanceof Stalled)) throw error;
      const at = clock();
      const message = describe(error);
      const waits = error instanceof Stalled ? stalledMs : (error.afterMs ?? backoffMs(server.failures));
      await noteTrouble(store, server.name, { code: error.code, message, at, nextAt: at + waits });
      if (server.troubleCode !== error.code)
        await say("enrollment-server.trouble", `${server.name}: ${message}`);
    }
  }

  /** What the manifests make of a server; when it changes, the server is due at once. */
  function wishes(server: string): string {
    const enrollments = (ports.enrollments() ?? []).filter((one) => one.server === server);
    const plain = enrollments.map(({ devices, ...rest }) => ({
      ...rest,
      devices: [devices.all, [...devices.serials], [...devices.models], [...devices.platforms]],
    }));
    return digestOf([ports.mayAct(), ports.placeOf(server), plain]);
  }

  async function tellExpiry({ name, tokenExpiresAt }: EnrollmentServerRow): Promise<void> {
    if (tokenExpiresAt === null) return;
    const key = `${name} ${tokenExpiresAt}`;
    const watch = watches.get(key) ?? expiryWatch(store, name, tokenExpiresAt);
    watches.set(key, watch);
    await watch(clock());
  }

  async function say(type: string, message: string): Promise<void> {
    await appendEvents(store, [{ type, at: clock(), message }]);
  }

  return {
    standing,
    counts: () => counts,
    async tick() {
      if (ports.enrollments() === undefined) return;
      for (const server of await listServers(store)) {
        await tellExpiry(server);
        const word = wishes(server.name);
        const isNews = server.failures === 0 && planned.get(server.name) !== word;
        if (!isNews && server.nextAt > clock()) continue;
        await guarded(server);
        planned.set(server.name, word);
      }
    },
  };
}

const minuteMs = 60_000;
/** A person has to do something: asked so often whether it was done. */
const stalledMs = 60 * minuteMs;

function backoffMs(failures: number): number {
  return Math.min(60 * minuteMs, minuteMs * 2 ** Math.min(failures, 6));
}

function expiryWatch(store: Store, server: string, notAfter: number): ExpiryWatch {
  const words = {
    type: "enrollment-token",
    what: `the token of the server ${server}`,
    lost: "new devices are not seen any more",
  };
  return watchExpiry(store, { topic: `enrollment ${server}`, notAfter }, words);
}
