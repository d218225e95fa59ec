import type { AndroidManagement, AppliedOnce } from "./android-devices.ts";
import type { Rendering } from "./android-policies.ts";
import type { Db } from "./db.ts";

/** What Google's record says of one device, with what reeve knows of its policies. */
export interface KnownRecord extends AndroidManagement {
  readonly state: string;
  readonly policy: string | undefined;
  /** Of the policy that it is to have, what was written last; and why what should be there now is not. */
  readonly version: string | undefined;
  readonly writtenAt: number | undefined;
  readonly refusal: string | undefined;
  readonly appliedPolicy: string | undefined;
  readonly appliedVersion: string | undefined;
  readonly reportedAt: number | undefined;
  readonly readAt: number;
  /** What it applied, the last one first. */
  readonly history: readonly AppliedOnce[];
  /** The content of what it has applied; absent for what reeve did not write. */
  readonly rendering: Pick<Rendering, "items" | "sources" | "body"> | undefined;
}

/** Google's record of an Android device by its channel; undefined for a device of another platform. */
export async function readAndroidRecord(db: Db, channel: string): Promise<KnownRecord | undefined> {
  const [row] = await db.query<Nullable>(
    `select a.state, a.policy, p.version::text, coalesce(n.refusal, p.refusal) as refusal, w.at as "writtenAt",
       a.applied_policy as "appliedPolicy", a.applied_version::text as "appliedVersion",
       a.reported_at as "reportedAt", a.read_at as "readAt", a.management, a.history,
       case when r.hash is not null
         then jsonb_build_object('items', r.items, 'sources', r.sources, 'body', r.body) end as rendering
     from reeve.android_device a
     left join reeve.android_policy p on p.id = a.policy
     left join reeve.android_policy n on n.id = a.awaited
     left join reeve.android_policy_version w on w.policy = p.id and w.version = p.version
     left join reeve.android_policy_version v on v.policy = a.applied_policy and v.version = a.applied_version
     left join reeve.android_rendering r on r.hash = v.hash
     where a.channel = $1`,
    [channel],
  );
  if (row === undefined) return undefined;
  const { management, state, readAt, history, ...rest } = row;
  // A record of before has nothing in it yet.
  const { appliedState = "", notKept = [], ...more } = management;
  return {
    ...more,
    appliedState,
    notKept,
    state,
    readAt,
    history,
    policy: rest.policy ?? undefined,
    version: rest.version ?? undefined,
    writtenAt: rest.writtenAt ?? undefined,
    refusal: rest.refusal ?? undefined,
    appliedPolicy: rest.appliedPolicy ?? undefined,
    appliedVersion: rest.appliedVersion ?? undefined,
    reportedAt: rest.reportedAt ?? undefined,
    rendering: rest.rendering ?? undefined,
  };
}

interface Nullable {
  readonly state: string;
  readonly policy: string | null;
  readonly version: string | null;
  readonly refusal: string | null;
  readonly writtenAt: number | null;
  readonly appliedPolicy: string | null;
  readonly appliedVersion: string | null;
  readonly reportedAt: number | null;
  readonly readAt: number;
  readonly management: Partial<AndroidManagement>;
  readonly history: readonly AppliedOnce[];
  readonly rendering: KnownRecord["rendering"] | null;
}
