import type { ChannelRow } from "../core/ports.ts";
import type { Store } from "./open.ts";

/** A user's channel of a device, in its current enrollment. */
export interface UserRow {
  readonly channel: string;
  /** His short name, where the device said one. */
  readonly name: string | undefined;
  /** The address by which targets mean him. */
  readonly address: string | undefined;
  readonly status: ChannelRow["status"];
  readonly lastSeenAt: number;
}

/** The users of a device, the one seen last first; at most 100. */
export async function listUsers(store: Store, device: string): Promise<readonly UserRow[]> {
  const rows = await store.query<Omit<UserRow, "address">>(
    `select c.id as channel, c.user_name as name, c.status, c.last_seen_at as "lastSeenAt"
     from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
     where c.device = $1 and c.kind = 'user' and c.status <> 'left'
     order by c.last_seen_at desc, c.id limit 100`,
    [device],
  );
  return rows.map((row) => {
    const name = row.name ?? undefined;
    return { ...row, name, address: name?.includes("@") === true ? name.toLowerCase() : undefined };
  });
}

/** A user with something that failed on his channel. */
export interface FailingUser {
  readonly user: string;
  /** His device as people know it. */
  readonly device: string;
  /** The word by which commands find it. */
  readonly word: string;
}

/** Who has something that failed on his channel: how many in all, and the first of them by name. */
export async function listFailingUsers(
  store: Store,
  limit: number,
): Promise<{ readonly count: number; readonly first: readonly FailingUser[] }> {
  const rows = await store.query<FailingUser & { readonly count: number }>(
    `select coalesce(c.user_name, c.id) as "user", coalesce(d.alias, d.serial, d.id) as device,
       coalesce(d.serial, d.id) as word, count(*) over () as count
     from reeve.channel c join reeve.device d on d.id = c.device and d.epoch = c.epoch
     where c.kind = 'user' and c.status <> 'left' and c.phases <> ''
       and jsonb_path_exists(c.state, '$.progress.*.phase ? (@ == "failed" || @ == "rejected")')
     order by 1, 2 limit $1`,
    [limit],
  );
  return { count: rows[0]?.count ?? 0, first: rows.map(({ count: _all, ...user }) => user) };
}
