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

/** Seals and stores one secret of a channel, in place of the one it had. */
export async function writeSecret(
  db: Db,
  sealer: Sealer,
  place: SecretPlace,
  value: string | Uint8Array,
): Promise<void> {
  await db.query(
    {
      name: "secret-write",
      text: `insert into reeve.channel_secret (channel, name, epoch, sealed, updated_at) values ($1, $2, $3, $4, $5)
     on conflict (channel, name) do update
     set epoch = excluded.epoch, sealed = excluded.sealed, updated_at = excluded.updated_at`,
    },
    [place.channel, place.name, place.epoch, sealer.seal(placeOf(place), value), place.at],
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

/** Stores a Mac's bootstrap token for the current epoch of its channel. False when the channel has left. */
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
    await writeSecret(db, store.sealer, { channel, epoch: row.epoch, name: "bootstrap-token", at }, token);
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
