import type { Db } from "./db.ts";

/** An enrollment profile that was defined at Apple. */
export interface DefinedProfile {
  readonly digest: string;
  readonly uuid: string;
  /** The manifest that it was made from. */
  readonly manifest: string;
}

/** The profiles that were defined at a server. */
export function listDefined(db: Db, server: string): Promise<DefinedProfile[]> {
  return db.query<DefinedProfile>(
    "select digest, uuid, manifest from reeve.enrollment_profile where server = $1 order by defined_at, digest",
    [server],
  );
}

/** Remembers a profile, so that the same content is not defined again. */
export async function noteDefined(
  db: Db,
  server: string,
  profile: DefinedProfile & { readonly at: number },
): Promise<void> {
  await db.query(
    `insert into reeve.enrollment_profile (server, digest, uuid, manifest, defined_at) values ($1, $2, $3, $4, $5)
     on conflict (server, digest) do update set uuid = excluded.uuid, manifest = excluded.manifest,
       defined_at = excluded.defined_at`,
    [server, profile.digest, profile.uuid, profile.manifest, profile.at],
  );
}

/** Apple does not know this profile any more: it is defined anew when it is needed. */
export async function forgetDefined(db: Db, server: string, uuid: string): Promise<void> {
  await db.query("delete from reeve.enrollment_profile where server = $1 and uuid = $2", [server, uuid]);
}
