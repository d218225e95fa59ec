import { type DevicePage, nextPage } from "../../apple/portal/device-pages.ts";
import type { EnrollmentService } from "../../apple/portal/session.ts";
import { Retry } from "../../errors.ts";
import { savePage } from "../../store/enrollment-devices.ts";
import { type EnrollmentServerRow, listServers, restartReading } from "../../store/enrollment-servers.ts";
import type { Store } from "../../store/open.ts";

/** Pages of one round: a million devices, or a service that never ends. */
const mostPages = 1_000;

/** What a round of reading has found. */
export interface Reading {
  /** Devices that pages told of. */
  readonly told: number;
  /** True when the service gave the same place again and again; what came so far is kept. */
  readonly looped: boolean;
}

/**
 * Reads on in a server's list of devices until there is no more: first all of them, then what has changed. Each page is
 * written together with the cursor that follows it, so that a process that dies loses nothing. A cursor that is not
 * taken any more makes it begin anew.
 */
export async function readDevices(
  store: Store,
  service: EnrollmentService,
  name: string,
  now: number,
): Promise<Reading> {
  await restartDaily(store, name, now);
  let told = 0;
  let restarted = false;
  for (let pages = 0; pages < mostPages; pages++) {
    const server = await serverNamed(store, name);
    const page = await nextPage(service, server.phase, server.cursor ?? undefined);
    if (page.type === "lost") {
      if (restarted) throw new Retry("cursor-lost", `a reading that just began was refused: ${page.code}`);
      restarted = true;
      await restartReading(store, name);
      continue;
    }
    told += page.type === "page" ? page.devices.length : 0;
    const left = await take(store, server, page, now);
    if (left !== "more") return { told, looped: left === "looped" };
  }
  return { told, looped: true };
}

const dayMs = 86_400_000;

/** Changes do not tell what others have assigned: once a day everything is read. */
async function restartDaily(store: Store, name: string, now: number): Promise<void> {
  const { phase, readAt } = await serverNamed(store, name);
  if (phase === "sync" && readAt !== null && now - readAt >= dayMs) await restartReading(store, name);
}

/** Writes what came. After the last page of all devices, changes are asked for. */
async function take(
  store: Store,
  server: EnrollmentServerRow,
  page: Exclude<DevicePage, { type: "lost" }>,
  at: number,
): Promise<"more" | "nothing" | "looped"> {
  if (page.type === "exhausted") {
    if (server.phase === "sync") return "nothing";
    await savePage(store, server, { devices: [], cursor: server.cursor, complete: true, at });
    return "more";
  }
  const complete = server.phase === "fetch" && !page.more;
  await savePage(store, server, { devices: page.devices, cursor: page.cursor, complete, at });
  if (complete) return "more";
  if (!page.more) return "nothing";
  // A known fault of the service: the same place again and again.
  return page.cursor === server.cursor ? "looped" : "more";
}

async function serverNamed(store: Store, name: string): Promise<EnrollmentServerRow> {
  const found = (await listServers(store)).find((one) => one.name === name);
  if (found === undefined) throw new Retry("server-gone", `the server ${name} is not known any more`);
  return found;
}
