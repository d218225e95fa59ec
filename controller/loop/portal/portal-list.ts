import {
  listManagementServers,
  listOrganizationDevices,
  listServerDevices,
} from "../../apple/portal/business-api.ts";
import type { BusinessSession } from "../../apple/portal/business-session.ts";
import type { Clock } from "../../core/ports.ts";
import { isWithin } from "../../core/within.ts";
import { isExpected, Retry } from "../../errors.ts";
import { forgetMaterial, getMaterial, putMaterial } from "../../store/material.ts";
import type { Store } from "../../store/open.ts";
import type { PortalDevicesView } from "./portal-views.ts";

const listName = "portal-devices";
const dayMs = 86_400_000;
/** A list that is younger is not asked for anew, whoever wishes it: Apple counts requests. */
const youngMs = 60_000;
const retryMs = 10 * 60_000;

export interface PortalListPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly session: BusinessSession;
}

/** The organization's devices in the portal, as Apple had them when they were read last. */
export interface PortalList {
  /** The list with its age; read from Apple where there is none, or where a new one is wished. */
  readonly view: (wish: { readonly fresh: boolean }) => Promise<PortalDevicesView>;
  /** Reads the list once a day, and after something was done in the portal. Called often, asks seldom. */
  readonly tick: () => Promise<void>;
}

/** The list is kept in the store, one for all replicas. Several who wish a new one at once wait for the same. */
export function createPortalList({ store, clock, session }: PortalListPorts): PortalList {
  let reading: Promise<PortalDevicesView> | undefined;
  let left: { readonly at: number; readonly forMs: number } | undefined;

  async function read(): Promise<PortalDevicesView> {
    const list = { ...(await askApple(session)), readAt: clock() };
    await putMaterial(store, listName, JSON.stringify(list), clock());
    return list;
  }
  const readOnce = (): Promise<PortalDevicesView> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    async view({ fresh }) {
      const list = await storedList(store);
      if (list === undefined) return readOnce();
      return fresh && !isWithin(youngMs, list.readAt, clock()) ? readOnce() : list;
    },
    async tick() {
      const at = clock();
      if (left !== undefined && isWithin(left.forMs, left.at, at)) return;
      left = { at, forMs: retryMs };
      const list = await storedList(store);
      if (list !== undefined && isWithin(dayMs, list.readAt, at)) return;
      try {
        await readOnce();
      } catch (error) {
        // Whoever asks for the list is told; by itself it is tried again later.
        if (!isExpected(error)) throw error;
        if (error instanceof Retry) left = { at: clock(), forMs: Math.max(retryMs, error.afterMs ?? 0) };
      }
    },
  };
}

/** What was done in the portal is not in the list: it is read anew. */
export function outdatePortalList(store: Store): Promise<void> {
  return forgetMaterial(store, listName);
}

async function storedList(store: Store): Promise<PortalDevicesView | undefined> {
  const stored = await getMaterial(store, listName);
  return stored === undefined ? undefined : (JSON.parse(stored.toString("utf8")) as PortalDevicesView);
}

async function askApple(session: BusinessSession): Promise<Omit<PortalDevicesView, "readAt">> {
  const servers = await listManagementServers(session);
  const holders = new Map<string, string>();
  for (const server of servers)
    for (const serial of await listServerDevices(session, server.id)) holders.set(serial, server.name);
  const devices = await listOrganizationDevices(session);
  return {
    servers: servers.map(({ id, name, type }) => ({ id, name, ...(type === undefined ? {} : { type }) })),
    devices: devices.map(({ serial, model, family }) => {
      const server = holders.get(serial);
      return {
        serial,
        ...(model === undefined ? {} : { model }),
        ...(family === undefined ? {} : { family }),
        ...(server === undefined ? {} : { server }),
      };
    }),
  };
}
