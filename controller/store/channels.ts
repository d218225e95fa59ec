import { LRUCache } from "lru-cache";
import type { ChannelChange, ChannelRow, Channels, Interned, WriteResult } from "../core/ports.ts";
import { Retry, UserError } from "../errors.ts";
import { inTurn } from "../slices.ts";
import { createBatcher } from "./batch.ts";
import { type Hint, readBatch } from "./channel-read.ts";
import { type Prepared, prepare, writeBatch } from "./channel-write.ts";
import { type Database, isConflict, withRetries } from "./db.ts";
import type { InternedCache } from "./interned.ts";
import type { Sealer } from "./seal.ts";
import { sendsAct, writeThroughGate } from "./through-gate.ts";

/** The hot path of a store, and what its owner must do with it. */
export interface OpenChannels extends Channels {
  /** Writes the contacts that `seen` noted. Called once a second and at the end. */
  readonly flush: () => Promise<void>;
}

const mostPerBatch = 200;
/** A report that would be larger than this as a whole is refused: nothing a device says needs it. */
const mostBytes = 32 * 1024 * 1024;

/** Batched reads and writes of channels: concurrent calls share statements, never more than two for one report. */
export function createChannels(
  database: Database,
  cache: InternedCache,
  sealer: Sealer,
  options: { readonly lanes: number; readonly now?: () => number },
): OpenChannels {
  const recent = new LRUCache<string, readonly string[]>({ max: 200_000 });
  const contacts = new Map<string, number>();

  const reads = createBatcher<Hint, ChannelRow | undefined>({
    run: (hints) => readBatch(database, cache, hints, options.now?.() ?? null),
    isShared: (error) => error instanceof Retry,
    size: mostPerBatch,
    lanes: options.lanes,
  });
  // One lane: two statements that lock the same channels in another order would wait for each other.
  const writes = createBatcher<Prepared, WriteResult>({
    run: (changes) => withRetries(() => writeBatch(database, changes)),
    isShared: (error) => error instanceof Retry || isConflict(error),
    size: mostPerBatch,
    lanes: 1,
  });

  async function read(id: string): Promise<ChannelRow | undefined> {
    if (id.includes("\0") || id.length > 512) return undefined;
    const row = await reads.add({ id, records: hintsFor(id) });
    if (row !== undefined) remember(row);
    return row;
  }

  function hintsFor(id: string): Interned<unknown>[] {
    const records = (recent.get(id) ?? []).map((digest) => cache.get<unknown>(digest));
    return records.filter((record) => record !== undefined);
  }

  function remember(row: ChannelRow): void {
    const records = [row.facts, row.granted, row.observed, row.declared].filter(
      (record) => record !== undefined,
    );
    recent.set(
      row.id,
      records.map((record) => record.id),
    );
  }

  async function write(change: ChannelChange): Promise<WriteResult> {
    if (sendsAct(change)) {
      return withRetries(() => writeThroughGate(database, sealer, change, options.now?.()));
    }
    const prepared = await inTurn(() => prepare(change, sealer));
    if (prepared.json.length > mostBytes) {
      throw new UserError("report-too-large", `the report of channel ${change.id} is larger than 32 MiB`);
    }
    return writes.add(prepared);
  }

  function seen(id: string, at: number): void {
    contacts.set(id, Math.max(at, contacts.get(id) ?? 0));
  }

  async function flush(): Promise<void> {
    if (contacts.size === 0) return;
    const batch = [...contacts].sort(([a], [b]) => (a < b ? -1 : 1));
    contacts.clear();
    try {
      await withRetries(() =>
        database.query(noteContacts, [batch.map(([id]) => id), batch.map(([, at]) => at)]),
      );
    } catch (error) {
      for (const [id, at] of batch) seen(id, at);
      throw error;
    }
  }

  return { read, write, seen, flush };
}

const noteContacts = {
  name: "channels-seen",
  text: `
    update reeve.channel c set last_seen_at = s.at, pushes = 0
    from unnest($1::text[], $2::bigint[]) as s(id, at)
    where c.id = s.id and c.last_seen_at < s.at`,
};
