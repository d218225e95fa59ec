import type { Db } from "./db.ts";
import type { Store } from "./open.ts";
import type { Place, Sealer } from "./seal.ts";

export type SecretName = "push" | "unlock-token" | "bootstrap-token";

/** Which secret of which channel and epoch; a sealed value opens in no other place. */
export interface SecretPlace {
  readonly channel: string;
  readonly epoch: number;
  readonly name: SecretName;
  readonly at: number;
}

/** A secret and its place. */
export interface PlacedSecret extends SecretPlace {
  readonly value: string | Uint8Array;
}

/** Seals and stores secrets of channels, each in place of the one it had; no two for one place. */
export async function writeSecrets(db: Db, sealer: Sealer, secrets: readonly PlacedSecret[]): Promise<void> {
  await db.query(
    {
      name: "secrets-write",
      text: `insert into reeve.channel_secret (channel, name, epoch, sealed, updated_at)
     select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::bigint[])
     on conflict (channel, name) do update
     set epoch = excluded.epoch, sealed = excluded.sealed, updated_at = excluded.updated_at`,
    },
    [
      secrets.map(({ channel }) => channel),
      secrets.map(({ name }) => name),
      secrets.map(({ epoch }) => epoch),
      secrets.map((one) => sealer.seal(placeOf(one), one.value)),
      secrets.map(({ at }) => at),
    ],
  );
}

/** One secret of a channel in its current epoch, or undefined. */
export async function readSecret(
  store: Store,
  channel: string,
  name: SecretName,
): Promise<Buffer | undefined> {
  const [row] = await store.query<{ epoch: number; sealed: string }>(
    `select s.epoch, s.sealed from reeve.channel_secret s
     join reeve.channel c on c.id = s.channel and c.epoch = s.epoch
     where s.channel = $1 and s.name = $2`,
    [channel, name],
  );
  return row === undefined
    ? undefined
    : store.sealer.open(placeOf({ channel, epoch: row.epoch, name }), row.sealed);
}

/** Stores a Mac's bootstrap token for the current epoch of its channel; an empty one deletes it. False when the channel has left. */
export async function putBootstrapToken(
  store: Store,
  channel: string,
  token: Uint8Array,
  at: number,
): Promise<boolean> {
  return store.transaction(async (db) => {
    const [row] = await db.query<{ epoch: number }>(
      "select epoch from reeve.channel where id = $1 and status <> 'left' for share",
      [channel],
    );
    if (row === undefined) return false;
    if (token.length === 0) {
      await db.query("delete from reeve.channel_secret where channel = $1 and name = 'bootstrap-token'", [
        channel,
      ]);
      return true;
    }
    const place = { channel, epoch: row.epoch, name: "bootstrap-token", at } as const;
    await writeSecrets(db, store.sealer, [{ ...place, value: token }]);
    return true;
  });
}

/** The place of a channel's secret, as it is authenticated by the seal. */
export function placeOf(place: Omit<SecretPlace, "at">): Place {
  return {
    table: "channel_secret",
    column: "sealed",
    row: `${place.channel}/${place.name}`,
    epoch: place.epoch,
  };
}
