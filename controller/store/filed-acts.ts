import type { ActTarget } from "../core/act.ts";
import type { Store } from "./open.ts";

/** An act as it was filed, and how it stands. */
export interface FiledAct {
  readonly name: string;
  /** What was asked for, as canonical JSON. */
  readonly content: string;
  readonly expiresAt: number;
  /** On how many devices it is in each status. */
  readonly statuses: Readonly<Partial<Record<ActTarget["status"], number>>>;
}

/** Those acts, by name and generation, that were filed. */
export function filedActs(store: Store, names: readonly string[]): Promise<readonly FiledAct[]> {
  return store.query<FiledAct>(
    `select a.name, a.content, a.expires_at as "expiresAt", (
       select jsonb_object_agg(s.status, s.count) from (
         select t.status, count(*) as count from reeve.act_target t where t.act = a.id group by t.status) s) as statuses
     from reeve.act a where a.name = any($1) order by a.created_at, a.id`,
    [names],
  );
}
