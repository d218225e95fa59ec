import { digestOf, sha256 } from "../core/canonical.ts";
import { type Facts, mergeFacts } from "../core/facts.ts";
import type { NewEpoch, PushAddress } from "../core/ports.ts";
import { type Db, withRetries } from "./db.ts";
import { intern } from "./interned.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";
import { writeSecret } from "./secrets.ts";

export interface Begun {
  readonly device: string;
  readonly epoch: number;
  /** True when the device was not known before. */
  readonly created: boolean;
}

/**
 * Begins a new epoch on an Authenticate that is not a renewal: of the device known by this channel, else by its
 * serial, else of a new one. Everything open in earlier epochs ends, other channels of the device are left, and the
 * device awaits admission; its record and history stay. The channel is `authenticated` until `updateToken`.
 */
export function beginEpoch(store: Store, enrollment: NewEpoch): Promise<Begun> {
  return withRetries(() => store.transaction((db) => begin(db, enrollment)));
}

async function begin(db: Db, enrollment: NewEpoch): Promise<Begun> {
  const { channel, certificate, topic, at, asserted } = enrollment;
  const serial = enrollment.serial || null;
  const [known] = await db.query<{ declared: Facts }>(
    {
      name: "epoch-declared",
      text: `select d.declared from reeve.device d
     where d.id = coalesce(
       (select c.device from reeve.channel c where c.id = $1),
       (select s.id from reeve.device s where s.serial = $2 order by s.enrolled_at desc limit 1))`,
    },
    [channel, serial],
  );
  const facts = mergeFacts(enrollment.facts, asserted, known?.declared ?? {});
  const record = { id: digestOf(facts), body: facts };
  await intern(db, [record], at);
  // The id is made from what the device calls itself, so that a fleet that is played again gets the same ids.
  const device = `d-${sha256(`${channel}\n${serial ?? ""}`).slice(0, 16)}`;
  const [row] = await db.query<Begun>(
    {
      name: "epoch-begin",
      text: "select * from reeve.begin_epoch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    },
    [
      channel,
      device,
      certificate,
      topic,
      serial,
      enrollment.udid ?? null,
      toJson(enrollment.facts),
      toJson(asserted),
      record.id,
      at,
    ],
  );
  if (row === undefined) throw new Error("begin_epoch gave no row");
  return row;
}

/**
 * Opens a user channel (`UDID:UserID`) in the current epoch of the device whose channel is named. Undefined when that
 * device is not enrolled.
 */
export async function openUserChannel(
  store: Store,
  user: { channel: string; deviceChannel: string; certificate: string; topic: string; at: number },
): Promise<Pick<Begun, "device" | "epoch"> | undefined> {
  const [row] = await store.query<Pick<Begun, "device" | "epoch">>(
    "select * from reeve.open_user_channel($1, $2, $3, $4, $5)",
    [user.channel, user.deviceChannel, user.certificate, user.topic, user.at],
  );
  return row;
}

/** What a TokenUpdate brings. */
export interface TokenUpdate {
  readonly channel: string;
  readonly push: PushAddress;
  readonly unlockToken?: Uint8Array;
  /** Set when no Authenticate came before it after an erase: queries only, until a person releases it. */
  readonly quarantined?: boolean;
  readonly at: number;
}

/**
 * Records where to push. An authenticated channel becomes enrolled and is due at once. False when the channel is
 * unknown or has left: such a device must authenticate first.
 */
export function updateToken(store: Store, update: TokenUpdate): Promise<boolean> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const [row] = await db.query<{ epoch: number }>(
        {
          name: "token-update",
          text: `update reeve.channel
         set status = case when $2 then 'quarantined' when status = 'authenticated' then 'enrolled' else status end,
           due_at = least(due_at, $3), topic = $4, token_dead = false, pushes = 0, version = version + 1,
           last_seen_at = greatest(last_seen_at, $3)
         where id = $1 and status <> 'left' returning epoch`,
        },
        [update.channel, update.quarantined === true, update.at, update.push.topic],
      );
      if (row === undefined) return false;
      const place = { channel: update.channel, epoch: row.epoch, at: update.at };
      await writeSecret(db, store.sealer, { ...place, name: "push" }, JSON.stringify(update.push));
      if (update.unlockToken !== undefined && update.unlockToken.length > 0) {
        await writeSecret(db, store.sealer, { ...place, name: "unlock-token" }, update.unlockToken);
      }
      return true;
    }),
  );
}

/** Lets a quarantined channel be managed again. False when it is not quarantined. */
export async function releaseQuarantined(store: Store, channel: string, at: number): Promise<boolean> {
  const rows = await store.query(
    `update reeve.channel set status = 'enrolled', version = version + 1, due_at = least(due_at, $2)
     where id = $1 and status = 'quarantined' returning id`,
    [channel, at],
  );
  return rows.length === 1;
}

/**
 * The device said that it leaves management: its channel, and with a device channel its user channels, are left and
 * what is open ends; the record stays. False when the channel was not enrolled.
 */
export function checkOut(store: Store, channel: string, at: number): Promise<boolean> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const rows = await db.query<{ device: string; epoch: number; kind: string }>(
        `update reeve.channel c set status = 'left', due_at = null, version = c.version + 1, last_seen_at = $2
         from reeve.channel own
         where own.id = $1 and own.status <> 'left'
           and (c.id = own.id or (own.kind = 'device' and c.device = own.device and c.status <> 'left'))
         returning own.device, own.epoch, own.kind`,
        [channel, at],
      );
      const [left] = rows;
      if (left === undefined) return false;
      await endOpen(db, left.kind === "device" ? { device: left.device } : { channel }, at);
      return true;
    }),
  );
}

async function endOpen(db: Db, whose: { device?: string; channel?: string }, at: number): Promise<void> {
  await db.query(
    `update reeve.command
     set status = case when class in ('query', 'converge') then 'abandoned' else 'unknown' end,
       closed_at = $3, note = 'the device left management'
     where (device = $1 or channel = $2) and status in ('sent', 'notNow')`,
    [whose.device ?? null, whose.channel ?? null, at],
  );
  if (whose.device === undefined) return;
  await db.query(
    `update reeve.act_target
     set status = case when status = 'sent' then 'unknown' else 'cancelled' end,
       note = 'the device left management', updated_at = $2
     where device = $1 and status in ('held', 'ready', 'sent')`,
    [whose.device, at],
  );
}
