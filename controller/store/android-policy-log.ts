import type { PolicyStay, PolicyVersion } from "../core/sent-policies.ts";
import type { AppliedOnce } from "./android-devices.ts";
import type { RenderedItem } from "./android-policies.ts";
import type { Db } from "./db.ts";

/** What a device was to have since when, and what it applied, in all its enrollments. */
export interface PolicyPast {
  readonly stays: readonly PolicyStay[];
  readonly applied: readonly AppliedOnce[];
  /** What its policy was to hold is not there: why, and since when. */
  readonly refused: { readonly policy: string; readonly refusal: string; readonly at: number } | undefined;
}

/** From the calls that gave it policies (devices.patch in the ledger), and from Google's record of it. */
export async function policyPast(db: Db, device: string): Promise<PolicyPast> {
  const stays = await db.query<PolicyStay>(
    `select intent->>'policy' as policy, closed_at as "from" from reeve.command
     where device = $1 and request_type = 'devices.patch' and status = 'executed' and closed_at is not null`,
    [device],
  );
  const records = await db.query<{
    policy: string | null;
    history: readonly AppliedOnce[];
    refusal: string | null;
    at: number | null;
  }>(
    `select coalesce(a.awaited, a.policy) as policy, a.history, p.refusal, p.at from reeve.android_device a
     join reeve.channel c on c.id = a.channel
     join reeve.device d on d.id = c.device
     left join reeve.android_policy p on p.id = coalesce(a.awaited, a.policy) and c.epoch = d.epoch
     where c.device = $1 order by c.epoch desc`,
    [device],
  );
  const [now] = records;
  const refused =
    now?.policy != null && now.refusal !== null
      ? { policy: now.policy, refusal: now.refusal, at: now.at ?? 0 }
      : undefined;
  return { stays, applied: records.flatMap((one) => one.history), refused };
}

interface VersionRow extends Omit<PolicyVersion, "items"> {
  readonly items: Readonly<Record<string, RenderedItem>>;
}

/** What was written to these policies, the last versions of each. */
export async function policyVersions(
  db: Db,
  policies: readonly string[],
  most: number,
): Promise<readonly PolicyVersion[]> {
  if (policies.length === 0) return [];
  const rows = await db.query<VersionRow>(
    `select v.policy, v.version::text, v.at, r.items
     from reeve.android_policy_version v join reeve.android_rendering r on r.hash = v.hash
     where v.policy = any($1) order by v.at desc limit $2`,
    [policies, most],
  );
  return rows.map(versionOf);
}

function versionOf<T extends VersionRow>({ items, ...row }: T): Omit<T, "items"> & PolicyVersion {
  const digests = Object.entries(items).map(([key, { digest }]) => [key, digest] as const);
  return { ...row, items: Object.fromEntries(digests) };
}

/** A version of a policy, and how far the devices that are to have this policy have come. */
export interface WrittenPolicy extends PolicyVersion {
  readonly before: PolicyVersion["items"];
  readonly devices: number;
  readonly applied: number;
}

/** What was written to policies, the last first; `hidden` is one that is nobody's for long. */
export async function writtenPolicies(
  db: Db,
  page: { readonly before: number | undefined; readonly limit: number; readonly hidden: string },
): Promise<readonly WrittenPolicy[]> {
  const rows = await db.query<
    VersionRow & { before: VersionRow["items"] | null; devices: number; applied: number }
  >(
    `with written as materialized (
       select v.policy, v.version, v.at, v.hash,
         (select w.hash from reeve.android_policy_version w
          where w.policy = v.policy and w.version < v.version order by w.version desc limit 1) as earlier
       from reeve.android_policy_version v
       where v.policy <> $3 and ($1::bigint is null or v.at < $1)
       order by v.at desc, v.policy limit $2
     )
     select w.policy, w.version::text, w.at, r.items, e.items as before, n.devices, n.applied
     from written w
     join reeve.android_rendering r on r.hash = w.hash
     left join reeve.android_rendering e on e.hash = w.earlier
     cross join lateral (
       select count(*) as devices,
         count(*) filter (where a.applied_policy = w.policy and a.applied_version >= w.version) as applied
       from reeve.android_device a join reeve.channel c on c.id = a.channel and c.status <> 'left'
       where a.policy = w.policy) n
     order by w.at desc, w.policy`,
    [page.before ?? null, page.limit, page.hidden],
  );
  return rows.map(({ before, ...row }) => ({
    ...versionOf(row),
    before: Object.fromEntries(Object.entries(before ?? {}).map(([key, { digest }]) => [key, digest])),
  }));
}
