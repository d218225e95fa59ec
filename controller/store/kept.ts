import type { ChannelChange } from "../core/ports.ts";
import type { KeptKind } from "../core/report.ts";
import type { Store } from "./open.ts";
import type { Place, Sealer } from "./seal.ts";

/** One value that is kept, without it: what may be shown to anybody who may look. */
export interface KeptRow {
  readonly channel: string;
  readonly kind: KeptKind;
  readonly source: string;
  readonly epoch: number;
  readonly at: number;
  /** False for a password that was taken away. */
  readonly present: boolean;
  /** What became of the command that set it; undefined for what the device reported. */
  readonly status: string | undefined;
}

/** The rows of what a change keeps; the last of one place counts. Nothing readable is among them. */
export function sealKept(
  change: Pick<ChannelChange, "id" | "kept">,
  sealer: Sealer,
): readonly { readonly kind: KeptKind; readonly source: string; readonly sealed: string | null }[] {
  const rows = (change.kept ?? []).map(({ kind, value, source }) => {
    const where = source ?? knownBy(sealer, kind, value ?? "");
    if (value === undefined) return { kind, source: where, sealed: null };
    const sealed = value.length === 0 ? "" : sealer.seal(placeOf(change.id, kind, where), value);
    return { kind, source: where, sealed };
  });
  return [...new Map(rows.map((row) => [`${row.kind}/${row.source}`, row])).values()];
}

/** The same value gets the same row, and its name tells nobody what it is. */
function knownBy(sealer: Sealer, kind: KeptKind, value: string | Uint8Array): string {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("base64");
  return `reported ${sealer.wordFor(`kept ${kind}/${text}`).slice(0, 32)}`;
}

/** What is kept of a device's channels over all its enrollments, the newest first. */
export async function listKept(store: Store, device: string, kind?: KeptKind): Promise<KeptRow[]> {
  const rows = await store.query<Omit<KeptRow, "status"> & { readonly status: string | null }>(
    `select k.channel, k.kind, k.source, k.epoch, k.at, k.sealed <> '' as present, o.status
     from reeve.kept k join reeve.channel c on c.id = k.channel
     left join reeve.command o on o.id = k.source
     where c.device = $1 and ($2::text is null or k.kind = $2)
     order by k.at desc, k.kind, k.source`,
    [device, kind ?? null],
  );
  return rows.map((row) => ({ ...row, status: row.status ?? undefined }));
}

/** One kept value; undefined when there is none. */
export async function readKept(
  store: Store,
  { channel, kind, source }: Pick<KeptRow, "channel" | "kind" | "source">,
): Promise<Buffer | undefined> {
  const [row] = await store.query<{ sealed: string }>(
    "select sealed from reeve.kept where channel = $1 and kind = $2 and source = $3",
    [channel, kind, source],
  );
  if (row === undefined || row.sealed === "") return undefined;
  return store.sealer.open(placeOf(channel, kind, source), row.sealed);
}

/** What a device has now, as far as reeve set it or was told: the newest that no device has refused. */
export async function currentKept(
  store: Store,
  device: string,
  kind: KeptKind,
): Promise<{ readonly row: KeptRow; readonly value: Buffer | undefined } | undefined> {
  const rows = await listKept(store, device, kind);
  const row = rows.find((one) => one.status === undefined || one.status === "executed");
  return row === undefined ? undefined : { row, value: await readKept(store, row) };
}

function placeOf(channel: string, kind: KeptKind, source: string): Place {
  // The source is a command's id, which names its epoch, or belongs to the device whatever the epoch.
  return { table: "kept", column: "sealed", row: `${channel}/${kind}/${source}`, epoch: 0 };
}
