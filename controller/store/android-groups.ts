import type { Store } from "./open.ts";

/** Devices alike for what Google is to hold: granted the same, and with the same policy now. */
export interface AndroidGroup {
  readonly granted: string | undefined;
  readonly policy: string | undefined;
  /** Nothing may be changed: it is not managed, or in quarantine. */
  readonly isOpen: boolean;
  readonly devices: number;
}

/** All devices that Google has, in groups; also those that are not managed here but hold one of the policies. */
export async function listAndroidGroups(store: Store): Promise<readonly AndroidGroup[]> {
  const rows = await store.query<{
    granted: string | null;
    policy: string | null;
    isOpen: boolean;
    devices: number;
  }>(
    `select c.granted_id as granted, a.policy, c.status = 'enrolled' and c.epoch = d.epoch as "isOpen", count(*) as devices
     from reeve.android_device a
     join reeve.channel c on c.id = a.channel
     join reeve.device d on d.id = c.device
     where c.status <> 'left'
     group by 1, 2, 3 order by 4 desc, 1, 2, 3`,
  );
  return rows.map(({ granted, policy, isOpen, devices }) => ({
    granted: granted ?? undefined,
    policy: policy ?? undefined,
    isOpen,
    devices,
  }));
}

/** Channels of such a group, in pages; `after` is the last one of the page before. */
export async function androidChannels(
  store: Store,
  group: Pick<AndroidGroup, "granted" | "policy">,
  page: { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await store.query<{ channel: string }>(
    `select a.channel from reeve.android_device a
     join reeve.channel c on c.id = a.channel
     join reeve.device d on d.id = c.device and d.epoch = c.epoch
     where c.status = 'enrolled' and c.granted_id is not distinct from $1 and a.policy is not distinct from $2
       and a.channel > $3 order by a.channel limit $4`,
    [group.granted ?? null, group.policy ?? null, page.after, page.limit],
  );
  return rows.map((row) => row.channel);
}

/** Devices that are not moved, for the policy that they are to have is not at Google. */
export interface KeptFromMoving extends Pick<AndroidGroup, "granted" | "policy"> {
  /** The one device of the group that is meant, by its channel; absent where all are. */
  readonly only?: string | undefined;
  readonly awaited: string;
}

/** Remembers of each of these devices which policy it waits for, and of all others that they wait for none. */
export async function noteAwaited(store: Store, kept: readonly KeptFromMoving[]): Promise<void> {
  if (kept.length === 0 && !(await anyAwaits(store))) return;
  await store.query(
    `update reeve.android_device a set awaited = w.awaited
     from (select a.channel, k.awaited from reeve.android_device a
       join reeve.channel c on c.id = a.channel
       left join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as k(granted, policy, channel, awaited)
         on c.status = 'enrolled' and c.granted_id is not distinct from k.granted
         and a.policy is not distinct from k.policy and (k.channel is null or k.channel = a.channel)) w
     where w.channel = a.channel and a.awaited is distinct from w.awaited`,
    [
      kept.map((one) => one.granted ?? null),
      kept.map((one) => one.policy ?? null),
      kept.map((one) => one.only ?? null),
      kept.map((one) => one.awaited),
    ],
  );
}

async function anyAwaits(store: Store): Promise<boolean> {
  const rows = await store.query("select from reeve.android_device where awaited is not null limit 1");
  return rows.length > 0;
}
