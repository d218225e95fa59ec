import type { PushAddress } from "../core/ports.ts";
import type { Store } from "./open.ts";
import { placeOf } from "./secrets.ts";

/** A channel that is due, and where to push. */
export interface DuePush {
  readonly channel: string;
  readonly device: string;
  readonly address: PushAddress;
  /** Pushes before this one since the device was last seen. */
  readonly pushes: number;
  readonly at: number;
}

/**
 * Takes channels that are due, urgent ones first, and makes each due again after `retryMs`, doubled for each push
 * that the device has not answered, up to `maxRetryMs`. No two replicas get the same one. One statement. One whose
 * address cannot be opened counts as one without a valid token, and keeps no other waiting.
 */
export async function claimPushes(
  store: Store,
  request: { at: number; limit: number; retryMs: number; maxRetryMs: number },
): Promise<DuePush[]> {
  const rows = await store.query<{
    channel: string;
    device: string;
    epoch: number;
    pushes: number;
    sealed: string | null;
  }>(claimDue, [request.at, request.limit, request.retryMs, request.maxRetryMs]);
  const torn: string[] = [];
  const due = rows.flatMap(({ channel, device, epoch, pushes, sealed }) => {
    if (sealed === null) return [];
    const address = addressIn(store, { channel, epoch }, sealed);
    if (address !== undefined) return [{ channel, device, address, pushes, at: request.at }];
    torn.push(channel);
    return [];
  });
  if (torn.length > 0)
    await store.query("update reeve.channel set token_dead = true where id = any($1)", [torn]);
  return due;
}

/** Undefined for one that somebody has changed: the next TokenUpdate brings another. */
function addressIn(
  { sealer }: Store,
  whose: { readonly channel: string; readonly epoch: number },
  sealed: string,
): PushAddress | undefined {
  try {
    return JSON.parse(sealer.open(placeOf({ ...whose, name: "push" }), sealed).toString()) as PushAddress;
  } catch {
    return undefined;
  }
}

const claimDue = {
  name: "push-claim",
  text: `
    with due as materialized (
      select id, due_at as since from reeve.channel
      where due_at <= $1 and due_at is not null and not token_dead and status in ('enrolled', 'quarantined')
      order by due_at limit $2 for no key update skip locked
    ), claimed as (
      update reeve.channel c
      set due_at = $1 + least($3::bigint * (1::bigint << least(c.pushes, 20)), $4::bigint), pushes = c.pushes + 1
      from due where c.id = due.id
      returning c.id, c.device, c.epoch, c.pushes - 1 as pushes, due.since
    )
    select k.id as channel, k.device, k.epoch, k.pushes, s.sealed
    from claimed k
    left join reeve.channel_secret s on s.channel = k.id and s.name = 'push' and s.epoch = k.epoch
    order by k.since`,
};

/**
 * The push service said that a token is no longer valid: the channel is not pushed until it brings another. One that
 * it brought since the push (`at`) stays good.
 */
export async function markTokenDead(store: Store, channel: string, at: number): Promise<boolean> {
  const rows = await store.query(
    `update reeve.channel c set token_dead = true from reeve.channel_secret s
     where c.id = $1 and s.channel = c.id and s.name = 'push' and s.updated_at <= $2 returning c.id`,
    [channel, at],
  );
  return rows.length === 1;
}

/**
 * Makes the channels of these devices due at a time, unless they are due earlier; 0 is urgent. Who is deciding for one
 * of them meanwhile decides again: the wish to be woken is not overwritten.
 */
export async function markDue(store: Store, devices: readonly string[], dueAt: number): Promise<void> {
  await store.query(
    `update reeve.channel set due_at = least(due_at, $2), version = version + 1
     where device = any($1) and status in ('enrolled', 'quarantined')`,
    [devices, dueAt],
  );
}

/** A push that did not get through: the channel is due again at a time, as if it had not been pushed. */
export async function giveBack(store: Store, channel: string, dueAt: number): Promise<void> {
  await store.query(
    `update reeve.channel set due_at = least(due_at, $2), pushes = greatest(pushes - 1, 0)
     where id = $1 and pushes > 0`,
    [channel, dueAt],
  );
}

/** How many channels are due to be pushed, and since when the first of them. */
export async function dueBacklog(
  store: Store,
  at: number,
): Promise<{ count: number; oldest: number | undefined }> {
  const [row] = await store.query<{ count: number; oldest: number | null }>(
    `select count(*) as count, min(due_at) as oldest from reeve.channel
     where due_at <= $1 and due_at is not null and not token_dead and status in ('enrolled', 'quarantined')`,
    [at],
  );
  return { count: row?.count ?? 0, oldest: row?.oldest ?? undefined };
}

/** What has been tried to wake a device for what is due on it. */
export type Awaited = "waiting" | "notified" | "not-notified";

/** So many pushes without an answer, over seven minutes or more, and a device counts as not notified. */
export const pushesInVain = 4;

/**
 * Managed devices on which something is due, by what was tried to wake them; the longest silent first. Android devices
 * are not pushed: `androidAwaiting` has those.
 */
export async function listAwaited(
  store: Store,
  status: Awaited,
  at: number,
  limit: number,
): Promise<string[]> {
  const rows = await store.query<{ device: string }>(
    `select c.device from reeve.channel c
     where c.kind = 'device' and c.status in ('enrolled', 'quarantined') and (c.pushes > 0 or c.due_at <= $2)
       and $1 = case
         when c.token_dead or c.pushes >= $3 then 'not-notified' when c.pushes > 0 then 'notified' else 'waiting' end
       and not exists (select from reeve.android_device a where a.channel = c.id)
     order by c.last_seen_at, c.id limit $4`,
    [status, at, pushesInVain, limit],
  );
  return rows.map((row) => row.device);
}
