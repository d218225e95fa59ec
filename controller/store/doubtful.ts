import type { Db } from "./db.ts";

/** A serial number or an IMEI that several devices claim. */
export interface ContestedClaim {
  /** `serial …` or `imei …`; several with commas between them. */
  readonly claim: string;
  readonly devices: readonly string[];
}

/** What managed devices claim of what others claim too, as the last comparison with the manifests found it. */
export function listContested(db: Db, limit: number): Promise<ContestedClaim[]> {
  return db.query<ContestedClaim>(
    `select d.declared->'contested'->>'value' as claim, array_agg(d.id order by d.id) as devices
     from reeve.device d join reeve.channel c
       on c.device = d.id and c.epoch = d.epoch and c.kind = 'device' and c.status <> 'left'
     where d.declared ? 'contested'
     group by 1 order by 1 limit $1`,
    [limit],
  );
}

/** Devices of which an earlier identity has spoken since their present enrollment began, and since a time. */
export function listRivals(db: Db, since: number, limit: number): Promise<string[]> {
  return listDevices(db, rivals, since, limit);
}

/**
 * Devices for which an identity that nobody vouches for has spoken since their present enrollment began, since their
 * identity was replaced last, and since a time.
 */
export function listUnvouched(db: Db, since: number, limit: number): Promise<string[]> {
  return listDevices(db, unvouched, since, limit);
}

async function listDevices(db: Db, text: string, since: number, limit: number): Promise<string[]> {
  const rows = await db.query<{ device: string }>(text, [since, limit]);
  return rows.map(({ device }) => device);
}

// Each has an index of its own.
const rivals = `
  select distinct d.id as device from reeve.event e join reeve.device d on d.id = e.device
  where e.type = 'device.rival' and e.at >= d.enrolled_at and e.at > $1 order by 1 limit $2`;

const unvouched = `
  select distinct d.id as device from reeve.event e join reeve.device d on d.id = e.device
  where e.type = 'identity.unvouched' and e.at >= d.enrolled_at and e.at > $1
    and not exists (select from reeve.event r where r.device = d.id and r.type = 'identity.replaced' and r.seq > e.seq)
  order by 1 limit $2`;
