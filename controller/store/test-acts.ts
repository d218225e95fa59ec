import type { ActTarget } from "../core/act.ts";
import type { Store } from "./open.ts";

interface ActRow {
  readonly id: string;
  readonly name: string;
  readonly author: string;
  readonly reason: string;
  readonly revision: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How many targets there are of each status. */
  readonly statuses: Readonly<Partial<Record<ActTarget["status"], number>>>;
}

/** Acts, the newest first. */
export async function listActs(store: Store, limit: number): Promise<ActRow[]> {
  const rows = await store.query<Omit<ActRow, "revision"> & { revision: string | null }>(
    `select a.id, a.name, a.author, a.reason, a.revision, a.created_at as "createdAt", a.expires_at as "expiresAt",
       coalesce((select jsonb_object_agg(s.status, s.count) from (
         select t.status, count(*) as count from reeve.act_target t where t.act = a.id group by t.status) s), '{}')
         as statuses
     from reeve.act a order by a.created_at desc, a.id limit $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, revision: row.revision ?? undefined }));
}
