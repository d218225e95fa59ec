import type { Lease } from "./leader.ts";
import type { Store } from "./open.ts";

/** One request that changes assignments, written before it is made. */
export interface LicenceCall {
  readonly id: string;
  readonly kind: "associate" | "disassociate";
  readonly adamId: string;
  /** `intended`: nobody knows whether it was made; `unknown`: it was made, and its answer was lost. */
  readonly status: "intended" | "accepted" | "unknown";
  readonly event: string | undefined;
  readonly at: number;
  readonly looks: number;
  readonly serials: readonly string[];
}

type Begun = Pick<LicenceCall, "id" | "kind" | "adamId" | "serials">;

/**
 * Takes licences that nothing is under way for into a new call, while this term is in force. The serial numbers that
 * it took: a request is made for these and no others.
 */
export async function beginCall(
  store: Store,
  { id, kind, adamId, serials }: Begun,
  at: number,
  lease: Pick<Lease, "name" | "term">,
): Promise<readonly string[]> {
  const rows = await store.query<{ serial: string }>(
    `with taken as (
       update reeve.licence set status = $4, call = $1, at = $6
       where adam_id = $2 and serial = any($3) and status = $5 and call is null
         and exists (select from reeve.lease l where l.name = $7 and l.term = $8)
       returning serial
     ), made as (
       insert into reeve.licence_call (id, kind, adam_id, status, at, look_at)
       select $1, $9, $2, 'intended', $6, $6 where exists (select from taken)
     )
     select serial from taken order by serial`,
    [
      id,
      adamId,
      serials,
      kind === "associate" ? "associating" : "disassociating",
      kind === "associate" ? "wanted" : "assigned",
      at,
      lease.name,
      lease.term,
      kind,
    ],
  );
  return rows.map((row) => row.serial);
}

/** What is known of a call now, and when it is looked at next. */
export async function noteCall(
  store: Store,
  {
    id,
    status,
    event,
    looks,
  }: Pick<LicenceCall, "id" | "status" | "looks"> & { readonly event?: string | undefined },
  lookAt: number,
): Promise<void> {
  await store.query(
    "update reeve.licence_call set status = $2, event = coalesce($3, event), looks = $4, look_at = $5 where id = $1",
    [id, status, event ?? null, looks, lookAt],
  );
}

/** Calls that are not settled, and due to be looked at. */
export async function openCalls(store: Store, at: number): Promise<readonly LicenceCall[]> {
  const rows = await store.query<Omit<LicenceCall, "event"> & { readonly event: string | null }>(
    `select k.id, k.kind, k.adam_id as "adamId", k.status, k.event, k.at, k.looks,
       array(select l.serial from reeve.licence l where l.call = k.id order by l.serial) as serials
     from reeve.licence_call k where k.look_at <= $1 order by k.at, k.id limit 200`,
    [at],
  );
  return rows.map((row) => ({ ...row, event: row.event ?? undefined }));
}

/** Forgets a call of which nothing is open any more; true when it did. */
export async function endCall(store: Store, id: string): Promise<boolean> {
  const rows = await store.query<{ id: string }>(
    `delete from reeve.licence_call k
     where k.id = $1 and not exists (select from reeve.licence l where l.call = k.id) returning k.id`,
    [id],
  );
  return rows.length > 0;
}
