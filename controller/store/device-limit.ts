import { sha256 } from "../core/canonical.ts";
import type { Db } from "./db.ts";
import type { Store } from "./open.ts";

/** What decides whether an enrollment adds a device: one that is enrolled already takes no further place. */
export interface Entrant {
  readonly serial: string | undefined;
  /** Whether the channel has an enrollment that has not ended. */
  readonly enrolled: boolean;
  /** The most devices that may be enrolled; undefined for any number. */
  readonly limit: number | undefined;
}

/**
 * Which of these may enroll, in their order, so that no more devices are enrolled than the limit says. The rest of the
 * transaction has the limit for itself: two replicas do not both give the last place away.
 */
export async function withinLimit(db: Db, entrants: readonly Entrant[]): Promise<readonly boolean[]> {
  const limits = entrants.flatMap(({ limit }) => limit ?? []);
  if (limits.length === 0) return entrants.map(() => true);
  await db.query(lockLimit, []);
  const limit = Math.min(...limits);
  const [{ count } = { count: 0 }] = await db.query<{ count: number }>(countDevices, [limit]);
  const known = await enrolledSerials(db, entrants);
  let room = limit - count;
  return entrants.map((one) => {
    if (one.limit === undefined || one.enrolled || (one.serial !== undefined && known.has(one.serial)))
      return true;
    room--;
    return room >= 0;
  });
}

async function enrolledSerials(db: Db, entrants: readonly Entrant[]): Promise<ReadonlySet<string>> {
  const serials = entrants.flatMap(({ serial }) => serial ?? []);
  const rows = await db.query<{ serial: string }>(serialsEnrolled, [serials]);
  return new Set(rows.map((row) => row.serial));
}

/** True when no further device may enroll; one that is enrolled already still may, by its serial number. */
export async function isFull(store: Store, limit: number, serial: string | undefined): Promise<boolean> {
  const [{ count } = { count: 0 }] = await store.query<{ count: number }>(countDevices, [limit]);
  if (count < limit) return false;
  if (serial === undefined) return true;
  return (await store.query(serialsEnrolled, [[serial]])).length === 0;
}

/**
 * Whom a challenge is for: a serial number, undefined for anybody and where there is no such challenge; `renews`: a
 * device that is enrolled.
 */
export async function challengeFor(
  store: Store,
  secret: string,
): Promise<{ readonly serial: string | undefined; readonly renews: boolean }> {
  const [row] = await store.query<{ serial: string | null; renews: boolean }>(
    "select bound_to as serial, renews is not null as renews from reeve.challenge where hash = $1",
    [sha256(secret)],
  );
  return { serial: row?.serial ?? undefined, renews: row?.renews === true };
}

const lockLimit = {
  name: "limit-lock",
  text: "select pg_advisory_xact_lock(hashtextextended('reeve device limit', 0))",
};
// No more are counted than the limit: how far over it a fleet is does not matter.
const countDevices = {
  name: "limit-count",
  text: `select count(*) as count from (
    select from reeve.channel where kind = 'device' and status <> 'left' limit $1) enrolled`,
};
const serialsEnrolled = {
  name: "limit-serials",
  text: `select distinct d.serial from reeve.device d
    join reeve.channel c on c.device = d.id and c.kind = 'device' and c.status <> 'left'
    where d.serial = any($1::text[])`,
};
