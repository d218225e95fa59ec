import type { Store } from "./open.ts";

/** What the device behind a channel calls its serial number. */
export interface SerialClaim {
  readonly serial: string;
  readonly channel: string;
}

/** What a serial number that a device gives itself means already. */
export type SerialHolder =
  /** No other managed device. */
  | "nobody"
  /** Another device that enrolled with it. */
  | "device"
  /** It is the id of another device or of its channel: manifests may name a device by that, too. */
  | "id";

/** For each claim, whom it means besides the device of its channel, among managed devices. */
export async function findSerialHolders(
  store: Store,
  claims: readonly SerialClaim[],
): Promise<readonly SerialHolder[]> {
  const rows = await store.query<{ n: number; byId: boolean }>(serialHolders, [
    claims.map(({ serial }) => serial),
    claims.map(({ channel }) => channel),
  ]);
  const byId = new Map(rows.map((row) => [row.n, row.byId]));
  return claims.map((_, index) => {
    const found = byId.get(index + 1);
    return found === undefined ? "nobody" : found ? "id" : "device";
  });
}

const serialHolders = {
  name: "serial-holders",
  text: `
    select i.n, bool_or(d.serial is distinct from i.serial) as "byId"
    from unnest($1::text[], $2::text[]) with ordinality as i(serial, channel, n)
    join lateral (
      select d.serial from reeve.device d
      join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device' and c.status <> 'left'
      where d.id <> coalesce((select o.device from reeve.channel o where o.id = i.channel), '')
        and (d.serial = i.serial or d.id = i.serial
          or d.id = (select o.device from reeve.channel o where o.id = i.serial))
    ) d on true
    group by i.n`,
};
