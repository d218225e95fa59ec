import { type Facts, returnKey } from "../core/facts.ts";
import type { NewEpoch } from "../core/ports.ts";
import type { Db } from "./db.ts";

/** What is known of the device that an enrollment will be of. */
export interface KnownDevice {
  readonly n: number;
  readonly declared: Facts;
  /** It was deprovisioned, and has not come back. */
  readonly deprovisioned: boolean;
  readonly reenrollGroup: string | null;
}

/** The same for each, by its place; what is new is missing. */
export async function knownDevices(
  db: Db,
  enrollments: readonly Pick<NewEpoch, "channel" | "serial">[],
): Promise<ReadonlyMap<number, KnownDevice>> {
  const serials = enrollments.map((one) => one.serial || null);
  const rows = await db.query<KnownDevice>(declaredOf, [enrollments.map((one) => one.channel), serials]);
  return new Map(rows.map((row) => [row.n - 1, row]));
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
    select i.n, d.declared, l.device is not null as deprovisioned, l.reenroll_group as "reenrollGroup"
    from unnest($1::text[], $2::text[]) with ordinality as i(channel, serial, n)
    join reeve.device d on d.id = coalesce(
      (select c.device from reeve.channel c where c.id = i.channel),
      (select s.id from reeve.device s where s.serial = i.serial order by s.enrolled_at desc limit 1))
    left join reeve.lifecycle l on l.device = d.id and l.ended_at is null`,
};
