import type { Store } from "./open.ts";

/** What the device behind a channel calls its serial number. */
export interface SerialClaim {
  readonly serial: string;
  readonly channel: string;
}

/**
 * For each claim, whether it already means another managed device: its serial number, its id, or the id of one of its
 * channels. Manifests may name a device by any of them.
 */
export async function findTakenSerials(
  store: Store,
  claims: readonly SerialClaim[],
): Promise<readonly boolean[]> {
  const rows = await store.query<{ n: number }>(takenSerials, [
    claims.map(({ serial }) => serial),
    claims.map(({ channel }) => channel),
  ]);
  const taken = new Set(rows.map(({ n }) => n));
  return claims.map((_, index) => taken.has(index + 1));
}

const takenSerials = {
  name: "serials-taken",
  text: `
    select i.n from unnest($1::text[], $2::text[]) with ordinality as i(serial, channel, n)
    where exists (
      select from reeve.device d
      join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device' and c.status <> 'left'
      where d.id <> coalesce((select o.device from reeve.channel o where o.id = i.channel), '')
        and (d.serial = i.serial or d.id = i.serial
          or d.id = (select o.device from reeve.channel o where o.id = i.serial)))`,
};
