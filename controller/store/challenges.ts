import { type Json, sha256 } from "../core/canonical.ts";
import type { Facts } from "../core/facts.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** A secret that lets somebody enroll. Only its SHA-256 is kept; the secret must be random, 128 bits or more. */
export interface NewChallenge {
  readonly secret: string;
  /** `scep`, or another thing it is good for; it is good for nothing else. */
  readonly purpose: string;
  /** A device's serial, when only that one may use it. */
  readonly boundTo?: string | undefined;
  readonly uses: number;
  readonly expiresAt: number;
  /** What an enrollment with it asserts: group, owner, tags. */
  readonly asserted: Facts;
  /** How the profile is written that holds it; kept with the identity. */
  readonly form?: Json | undefined;
  /** The one enrollment whose identity it renews, as long as that is in use; undefined for new enrollments. */
  readonly renews?: Renewed | undefined;
  readonly by: string;
  readonly at: number;
}

/** The identity that a renewal replaces. */
export interface Renewed {
  readonly channel: string;
  readonly epoch: number;
  /** SHA-256 in lower-case hex. */
  readonly certificate: string;
}

/** Makes a challenge valid. */
export async function createChallenge(store: Store, challenge: NewChallenge): Promise<void> {
  await store.query(
    `insert into reeve.challenge
       (hash, purpose, bound_to, uses_left, expires_at, asserted, created_by, created_at, form, channel, epoch, renews)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      sha256(challenge.secret),
      challenge.purpose,
      challenge.boundTo ?? null,
      challenge.uses,
      challenge.expiresAt,
      challenge.asserted,
      challenge.by,
      challenge.at,
      challenge.form === undefined ? null : toJson(challenge.form),
      challenge.renews?.channel ?? null,
      challenge.renews?.epoch ?? null,
      challenge.renews?.certificate ?? null,
    ],
  );
}

/** A client that shows a challenge. */
export interface Redemption {
  readonly secret: string;
  readonly purpose: string;
  readonly serial?: string;
  /** A digest of what is asked: who asks the very same again is answered the same again. */
  readonly request?: string | undefined;
  readonly at: number;
}

export interface Redeemed {
  readonly asserted: Facts;
  readonly boundTo: string | undefined;
  readonly form: Json | undefined;
  /** SHA-256 of the identity that it renews, and the subject of that. */
  readonly renews?: { readonly certificate: string; readonly subject: string };
  /** The certificate that this very request was answered with; then no use was taken. */
  readonly issued?: Buffer;
}

/**
 * Takes one use of a challenge, at once and for good, and tells what it asserts. Undefined when there is no such
 * challenge, or none left, or it has expired, or it is for something or somebody else.
 */
export async function redeemChallenge(store: Store, use: Redemption): Promise<Redeemed | undefined> {
  return (await redeemChallenges(store, [use]))[0];
}

/** The same for many clients in one statement: a fleet that enrolls with one challenge does not queue for its row. */
export async function redeemChallenges(
  store: Store,
  uses: readonly Redemption[],
): Promise<readonly (Redeemed | undefined)[]> {
  const input = uses.map(({ secret, ...use }, n) => ({ ...use, n, hash: sha256(secret) }));
  const rows = await store.query<Row>(redeem, [toJson(input)]);
  const redeemed = new Map(rows.map((row) => [row.n, redeemedOf(row)]));
  return uses.map((_, n) => redeemed.get(n));
}

interface Row {
  readonly n: number;
  readonly asserted: Facts;
  readonly boundTo: string | null;
  readonly form: Json | null;
  readonly renews: string | null;
  readonly subject: string | null;
  readonly issued: Buffer | null;
}

function redeemedOf({ asserted, boundTo, form, renews, subject, issued }: Row): Redeemed {
  return {
    asserted,
    boundTo: boundTo ?? undefined,
    form: form ?? undefined,
    ...(renews === null || subject === null ? {} : { renews: { certificate: renews, subject } }),
    ...(issued === null ? {} : { issued }),
  };
}

// The lock shows the newest counts, and who comes later waits for it; each use of a batch takes its own.
const redeem = {
  name: "challenge-redeem",
  text: `
    with asked as materialized (
      select * from jsonb_to_recordset($1::jsonb)
        as a(n int, hash text, purpose text, serial text, request text, at bigint)
    ), open as materialized (
      select c.hash, c.purpose, c.bound_to, c.uses_left, c.expires_at, c.asserted, c.form, c.channel, c.epoch, c.renews
      from reeve.challenge c where c.hash = any(array(select a.hash from asked a)) order by c.hash for update
    ), fitting as materialized (
      select a.n, a.request, o.*, (select x.subject from reeve.certificate x where x.sha256 = o.renews) as subject, (
        select x.der from reeve.certificate x
        where x.request = a.request and x.revoked_at is null order by x.issued_at limit 1) as issued
      from asked a join open o on o.hash = a.hash
      where o.purpose = a.purpose and o.expires_at > a.at
        and (o.bound_to is null or a.serial is null or o.bound_to = a.serial)
        and (o.renews is null or exists (
          select from reeve.channel k
          where k.id = o.channel and k.epoch = o.epoch and k.certificate = o.renews and k.status <> 'left'))
    ), granted as materialized (
      select * from (
        select *, row_number() over (partition by hash order by n) as place from fitting where issued is null
      ) fresh where place <= uses_left
    ), used as (
      update reeve.challenge c set uses_left = c.uses_left - g.count
      from (select hash, count(*)::int as count from granted group by hash) g where c.hash = g.hash
    )
    select n, asserted, bound_to as "boundTo", form, renews, subject, null::bytea as issued from granted
    union all select n, asserted, bound_to, form, renews, subject, issued from fitting where issued is not null`,
};
