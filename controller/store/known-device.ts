import { sha256 } from "../core/canonical.ts";
import { type Facts, returnKey } from "../core/facts.ts";
import type { NewEpoch } from "../core/ports.ts";
import type { Db } from "./db.ts";

/** What is known of the device that an enrollment will be of. */
export interface KnownDevice {
  readonly n: number;
  /** What a new device is called here. */
  readonly id: string;
  readonly declared: Facts | null;
  /** It was deprovisioned, and has not come back. */
  readonly deprovisioned: boolean;
  readonly reenrollGroup: string | null;
}

/** The same for each, by its place. */
export async function knownDevices(
  db: Db,
  enrollments: readonly Pick<NewEpoch, "channel" | "serial" | "at">[],
): Promise<ReadonlyMap<number, KnownDevice>> {
  const serials = enrollments.map((one) => one.serial || null);
  const channels = enrollments.map((one) => one.channel);
  const ids = enrollments.map((one) => idOf(one));
  const rows = await db.query<KnownDevice & { readonly taken: boolean }>(declaredOf, [
    channels,
    serials,
    ids,
  ]);
  return new Map(
    rows.map(({ taken, ...row }) => {
      const one = enrollments[row.n - 1];
      return [row.n - 1, taken && one !== undefined ? { ...row, id: idOf(one, one.at) } : row];
    }),
  );
}

/**
 * The id is made from what the device calls itself, so that a fleet that is played again gets the same ids. Under that
 * of a record that was erased, and of which nobody can tell any more that it is this device, it gets another.
 */
function idOf({ channel, serial }: Pick<NewEpoch, "channel" | "serial">, again?: number): string {
  return `d-${sha256([channel, serial ?? "", ...(again === undefined ? [] : [again])].join("\n")).slice(0, 16)}`;
}

/**
 * What an enrollment asserts, with the group that its device returns to. Whom nobody vouches for is in that group by
 * his own word alone.
 */
export function assertedOf({ asserted, vouched }: NewEpoch, known: KnownDevice | undefined): Facts {
  const group = known?.reenrollGroup ?? undefined;
  if (group === undefined) return asserted;
  return { ...asserted, [returnKey]: { value: group, source: vouched === true ? "asserted" : "reported" } };
}

const declaredOf = {
  name: "epochs-declared",
  text: `
    select i.n, i.id, d.declared, l.device is not null as deprovisioned, l.reenroll_group as "reenrollGroup",
      d.id is null and exists (select from reeve.device x where x.id = i.id) as taken
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as i(channel, serial, id, n)
    left join reeve.device d on d.id = coalesce(
      (select c.device from reeve.channel c where c.id = i.channel),
      (select s.id from reeve.device s where s.serial = i.serial order by s.enrolled_at desc limit 1))
    left join reeve.lifecycle l on l.device = d.id and l.ended_at is null`,
};
