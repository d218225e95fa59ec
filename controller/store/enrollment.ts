import { digestOf } from "../core/canonical.ts";
import { mergeFacts } from "../core/facts.ts";
import type { Event } from "../core/ledger.ts";
import type { NewEpoch, PushAddress } from "../core/ports.ts";
import { type Db, withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import { intern } from "./interned.ts";
import { toJson } from "./json.ts";
import { assertedOf, knownDevices } from "./known-device.ts";
import { endLifecycles } from "./lifecycle.ts";
import type { Store } from "./open.ts";
import { type PlacedSecret, writeSecrets } from "./secrets.ts";

export interface Begun {
  readonly device: string;
  readonly epoch: number;
  /** True when the device was not known before. */
  readonly created: boolean;
}

/**
 * Begins new epochs on Authenticates that are not renewals: of the device known by this channel, else by its serial,
 * else of a new one. Everything open in earlier epochs ends, other channels of the device are left, and the device
 * awaits admission; its record and history stay. One that was deprovisioned returns to the group that was said then.
 * The channel is `authenticated` until `updateTokens`.
 */
export function beginEpochs(store: Store, enrollments: readonly NewEpoch[]): Promise<readonly Begun[]> {
  return withRetries(() => store.transaction((db) => beginWithin(db, enrollments)));
}

/** The same for one. */
export async function beginEpoch(store: Store, enrollment: NewEpoch): Promise<Begun> {
  const [begun] = await beginEpochs(store, [enrollment]);
  if (begun === undefined) throw new Error("begin_epoch gave no row");
  return begun;
}

/** The same in a transaction of somebody else's. */
export async function beginWithin(db: Db, enrollments: readonly NewEpoch[]): Promise<readonly Begun[]> {
  const serials = enrollments.map((one) => one.serial || null);
  const channels = enrollments.map((one) => one.channel);
  const known = await knownDevices(db, enrollments);
  const returned = enrollments.map((one, index) => assertedOf(one, known.get(index)));
  const records = enrollments.map(({ facts }, index) => {
    const body = mergeFacts(facts, returned[index] ?? {}, known.get(index)?.declared ?? {});
    return { id: digestOf(body), body };
  });
  await intern(db, records, Math.min(...enrollments.map(({ at }) => at)));
  const begun = await db.query<Begun>(epochsBegin, [
    channels,
    channels.map((_, index) => known.get(index)?.id),
    enrollments.map((one) => one.certificate),
    enrollments.map((one) => one.topic),
    serials,
    enrollments.map((one) => one.udid ?? null),
    enrollments.map((one) => toJson(one.facts)),
    returned.map(toJson),
    records.map((record) => record.id),
    enrollments.map((one) => one.at),
  ]);
  if (known.values().some((one) => one.deprovisioned))
    await endLifecycles(
      db,
      begun.map(({ device }) => device),
      Math.max(...enrollments.map(({ at }) => at)),
    );
  return begun;
}

// The function is called for one after the other, and each call sees what those before it did.
const epochsBegin = {
  name: "epochs-begin",
  text: `
    select b.device, b.epoch, b.created
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[],
      $9::text[], $10::bigint[]) with ordinality
      as i(channel, device, certificate, topic, serial, udid, facts, asserted, facts_id, at, n)
    cross join lateral reeve.begin_epoch(i.channel, i.device, i.certificate, i.topic, i.serial, i.udid, i.facts,
      i.asserted, i.facts_id, i.at) b
    order by i.n`,
};

/** Users of one device that are known, also those who left: it makes them up itself. */
const mostUsers = 1_000;

/**
 * Opens a user channel (`UDID:UserID`) in the current epoch of the device whose channel is named. Undefined when that
 * device is not enrolled, `full` when it has said `most` others before.
 */
export async function openUserChannel(
  store: Store,
  user: {
    channel: string;
    deviceChannel: string;
    certificate: string;
    topic: string;
    /** His short name. */
    name?: string | undefined;
    at: number;
  },
  most = mostUsers,
): Promise<Pick<Begun, "device" | "epoch"> | "full" | undefined> {
  return store.transaction(async (db) => {
    const others = await db.query(
      `select from reeve.channel u join reeve.channel d on d.device = u.device and d.id = $2
       where u.kind = 'user' and u.id <> $1 limit $3`,
      [user.channel, user.deviceChannel, most],
    );
    if (others.length >= most) return "full";
    const [row] = await db.query<Pick<Begun, "device" | "epoch">>(
      "select * from reeve.open_user_channel($1, $2, $3, $4, $5)",
      [user.channel, user.deviceChannel, user.certificate, user.topic, user.at],
    );
    if (row === undefined) return undefined;
    await db.query("update reeve.channel set user_name = $2 where id = $1", [
      user.channel,
      user.name ?? null,
    ]);
    await db.query("update reeve.device set awaiting = true where id = $1", [row.device]);
    return row;
  });
}

/** What a TokenUpdate brings. */
export interface TokenUpdate {
  readonly channel: string;
  /** The enrollment for which it was judged: in another one nothing is written. */
  readonly epoch: number;
  readonly push: PushAddress;
  readonly unlockToken?: Uint8Array;
  /** Set when there are doubts about who it is: queries only, until a person releases it. */
  readonly quarantined?: boolean;
  /** It stands in Setup Assistant and waits to be let go. */
  readonly awaiting?: boolean;
  /** Told in the same transaction where it is recorded. */
  readonly told?: readonly Event[];
  readonly at: number;
}

/**
 * Records where to push. An authenticated channel becomes enrolled and is due at once. False for a channel that is
 * unknown, has left or is in another epoch by now: what was judged of it may be true no more.
 */
export function updateTokens(store: Store, updates: readonly TokenUpdate[]): Promise<readonly boolean[]> {
  // Of a channel that says it several times, the last word counts.
  const latest = new Map<string, TokenUpdate>();
  for (const update of updates) latest.set(placeOf(update), joined(latest.get(placeOf(update)), update));
  return withRetries(() =>
    store.transaction(async (db) => {
      const written = await writeTokens(db, [...latest.values()]);
      const secrets = written.flatMap(secretsOf);
      if (secrets.length > 0) await writeSecrets(db, store.sealer, secrets);
      await appendEvents(
        db,
        written.flatMap(({ told }) => told ?? []),
      );
      const known = new Set(written.map(placeOf));
      return updates.map((update) => known.has(placeOf(update)));
    }),
  );
}

function placeOf({ channel, epoch }: TokenUpdate): string {
  return `${epoch} ${channel}`;
}

function joined(before: TokenUpdate | undefined, update: TokenUpdate): TokenUpdate {
  // Two that come together were both read before either was written: what they tell is the same.
  const told = before?.told?.length ? before.told : update.told;
  return { ...before, ...update, ...(told === undefined ? {} : { told }) };
}

/** The same for one. */
export async function updateToken(store: Store, update: TokenUpdate): Promise<boolean> {
  return (await updateTokens(store, [update]))[0] === true;
}

async function writeTokens(db: Db, updates: readonly TokenUpdate[]) {
  const rows = await db.query<{ n: number }>(
    {
      name: "tokens-update",
      text: `update reeve.channel c
       set status = case when i.quarantined then 'quarantined' when status = 'authenticated' then 'enrolled' else status end,
         state = case when not i.awaiting then c.state - 'awaiting' when c.state ? 'awaiting' then c.state
           else c.state || jsonb_build_object('awaiting', i.at) end,
         due_at = least(due_at, i.at), topic = i.topic, token_dead = false, pushes = 0, version = version + 1,
         last_seen_at = greatest(last_seen_at, i.at)
       from unnest($1::text[], $2::boolean[], $3::bigint[], $4::text[], $5::boolean[], $6::integer[])
         with ordinality as i(channel, quarantined, at, topic, awaiting, epoch, n)
       where c.id = i.channel and c.epoch = i.epoch and c.status <> 'left' returning i.n`,
    },
    [
      updates.map(({ channel }) => channel),
      updates.map(({ quarantined }) => quarantined === true),
      updates.map(({ at }) => at),
      updates.map(({ push }) => push.topic),
      updates.map(({ awaiting }) => awaiting === true),
      updates.map(({ epoch }) => epoch),
    ],
  );
  return rows.map(({ n }) => updates[n - 1] as TokenUpdate);
}

function secretsOf({ channel, epoch, push, unlockToken, at }: TokenUpdate): readonly PlacedSecret[] {
  const address = { channel, epoch, name: "push", at, value: JSON.stringify(push) } as const;
  return unlockToken === undefined || unlockToken.length === 0
    ? [address]
    : [address, { channel, epoch, name: "unlock-token", at, value: unlockToken }];
}

/**
 * Lets a quarantined channel be managed again, and with it those of its users; the doubts about it, facts that its enrollment asserts, are over. False
 * when it is not quarantined.
 */
export async function releaseQuarantined(
  db: Db,
  channel: string,
  doubts: readonly string[],
  at: number,
): Promise<boolean> {
  const rows = await db.query(
    `with released as (
       update reeve.channel set status = 'enrolled', version = version + 1, due_at = least(due_at, $2)
       where id = $1 and status = 'quarantined' returning device, epoch
     ), users as (
       update reeve.channel c set version = c.version + 1, due_at = least(c.due_at, $2)
       from released r where c.device = r.device and c.epoch = r.epoch and c.kind = 'user' and c.status <> 'left'
     )
     update reeve.device d set enrolled_as = d.enrolled_as - $3::text[], awaiting = true
     from released r where d.id = r.device returning d.id`,
    [channel, at, doubts],
  );
  return rows.length === 1;
}
