import { listDevices } from "../store/devices.ts";
import { exportedEvents, type SealedEvent } from "../store/event-seals.ts";
import { withWords } from "../store/event-words.ts";
import type { Store } from "../store/open.ts";
import { type ActCause, causesOf } from "../store/report-rows.ts";

/** Which events: after a number, and within two times, epoch ms. */
export interface ExportWish {
  readonly after?: number;
  readonly since?: number;
  readonly until?: number;
}

/** An event as it is exported. */
export interface ExportedEvent {
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly device?: string;
  /** What the device is called now. */
  readonly name?: string;
  readonly subject?: string;
  readonly message: string;
  readonly by?: string;
  readonly revision?: string;
  /** Of what happened because of an act: who asked for it, why, by which revision, and who approved it. */
  readonly cause?: ActCause;
  /** The seal that covers it; absent until it is sealed. */
  readonly seal?: number;
}

const eventsAtOnce = 500;

/** Events in the order of their numbers, a page in memory at a time, with what an auditor asks of each. */
export async function* exportEvents(store: Store, wish: ExportWish): AsyncGenerator<ExportedEvent> {
  let after = wish.after ?? 0;
  for (let full = true; full; ) {
    const page = await exportedEvents(store, after, wish, eventsAtOnce);
    [full, after] = [page.length === eventsAtOnce, page.at(-1)?.seq ?? after];
    const ids = [...new Set(page.flatMap(({ device }) => device ?? []))];
    const rows = ids.length === 0 ? [] : await listDevices(store, { ids, limit: ids.length });
    const names = new Map(rows.map((row) => [row.id, row.alias ?? row.serial ?? row.id]));
    const causes = await causesOf(store, [...new Set(page.flatMap(({ subject }) => subject ?? []))]);
    const worded = await withWords(
      store,
      page.map((event) => exported(event, names, causes)),
    );
    yield* worded;
  }
}

function exported(
  { seq, at, type, device, subject, message, by, revision, seal }: SealedEvent,
  names: ReadonlyMap<string, string>,
  causes: ReadonlyMap<string, ActCause>,
): ExportedEvent {
  const cause = causes.get(subject ?? "");
  const from = revision ?? cause?.revision;
  return {
    id: String(seq),
    at,
    type,
    ...(device === null ? {} : { device, name: names.get(device) ?? device }),
    ...(subject === null ? {} : { subject }),
    message,
    ...(by === null ? {} : { by }),
    ...(from === undefined ? {} : { revision: from }),
    ...(cause === undefined ? {} : { cause }),
    ...(seal === null ? {} : { seal }),
  };
}
