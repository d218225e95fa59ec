import type { Store } from "./open.ts";

/** What is let go, in this order: shared records last, when nothing points to them any more. */
const classes = [
  "detail",
  "command",
  "event",
  "quarantine",
  "challenge",
  "link",
  "budget",
  "interned",
] as const;

const mostRows = 1_000;

/**
 * Deletes what is older than its retention class allows (docs/postgres.md), in transactions of at most `slice` rows
 * each, as long as `goesOn`; what is left goes the next time, whoever does it. Destructive commands and their events
 * stay for ever. Returns how many rows went. The leader does this about once an hour.
 */
export async function prune(
  store: Store,
  {
    slice = mostRows,
    goesOn = () => true,
  }: { readonly slice?: number; readonly goesOn?: () => boolean } = {},
): Promise<number> {
  let all = 0;
  for (const one of classes)
    for (let gone = slice; gone >= slice && goesOn(); ) {
      gone = await pruneSlice(store, one, slice);
      all += gone;
    }
  return all;
}

async function pruneSlice(store: Store, one: (typeof classes)[number], slice: number): Promise<number> {
  // Events have rules of their own: what is not sealed yet, and what lasts, stays.
  const [row] =
    one === "event"
      ? await store.query<Rows>("select reeve.prune_events($1, $2) as rows", [slice, store.clock()])
      : await store.query<Rows>("select reeve.prune_slice($1, $2, $3) as rows", [one, slice, store.clock()]);
  return row?.rows ?? 0;
}

interface Rows {
  readonly rows: number;
}
