import type { AdmissionGroup, ChannelKind, Unseen } from "../core/ports.ts";
import { unseenDevices, userAddress } from "./admission.ts";
import type { Store } from "./open.ts";

/** Managed devices that no admission has looked at since their facts, names or epoch changed; the first `limit`. */
export async function awaitingDevices(store: Store, limit: number): Promise<string[]> {
  const rows = await store.query<{ id: string }>(
    `select id from reeve.device d where awaiting and facts_id is not null
       and exists (select from reeve.channel c where c.device = d.id and c.epoch = d.epoch and c.status <> 'left')
     order by id limit $1`,
    [limit],
  );
  return rows.map((row) => row.id);
}

/** The devices of one set of devices that are alike, with their current epochs. */
export function devicesOfGroup(
  store: Store,
  group: AdmissionGroup,
): Promise<{ readonly device: string; readonly epoch: number }[]> {
  return store.query(
    `select d.id as device, d.epoch from reeve.channel c join reeve.device d on d.id = c.device
     left join ${unseenDevices} u on u.channel = c.id
     where c.status <> 'left' and c.epoch = d.epoch and c.kind = 'device' and d.facts_id = $1 and d.named = $2
       and c.granted_id is not distinct from $3 and c.observed_id is not distinct from $4
       and d.suspended is not distinct from $5 and u.unseen is not distinct from $6
     order by d.id`,
    [
      group.facts.id,
      group.named,
      group.granted?.id ?? null,
      group.observed?.id ?? null,
      group.suspended ?? null,
      group.unseen ?? null,
    ],
  );
}

/** One channel of a device with what tells the groups of `listGroups` apart. */
export interface GroupedDevice {
  readonly device: string;
  readonly kind: ChannelKind;
  /** The address of the user of the channel. */
  readonly user: string | null;
  readonly epoch: number;
  readonly factsId: string;
  readonly named: readonly string[];
  readonly grantedId: string | null;
  readonly observedId: string | null;
  readonly suspended: string | null;
  readonly unseen: Unseen | null;
}

/** The groups that these devices, and their users, are counted in; who has left is missing. */
export function groupedDevices(store: Store, devices: readonly string[]): Promise<GroupedDevice[]> {
  return store.query(
    `select d.id as device, c.kind, ${userAddress} as "user", d.epoch, d.facts_id as "factsId", d.named,
       c.granted_id as "grantedId", c.observed_id as "observedId", d.suspended, u.unseen
     from reeve.channel c join reeve.device d on d.id = c.device
     left join ${unseenDevices} u on u.channel = c.id
     where c.status <> 'left' and c.epoch = d.epoch and d.facts_id is not null and d.id = any($1)
     order by d.id, c.id`,
    [devices],
  );
}
