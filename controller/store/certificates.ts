import type { Json } from "../core/canonical.ts";
import type { Facts } from "../core/facts.ts";
import type { Db } from "./db.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** An identity certificate that reeve issued. Times are epoch ms. */
export interface IssuedCertificate {
  readonly sha256: string;
  /** Serial number in lower-case hex. */
  readonly serial: string;
  readonly subject: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuedAt: number;
  /** What the challenge asserted about the device that will use it. */
  readonly asserted: Facts;
  /** A renewal's: the channel of the certificate that it renews; no other may use it. */
  readonly channel?: string | undefined;
  /** The serial number that the invitation was for; no other device may enroll with it. */
  readonly boundTo?: string | undefined;
  /** How the profile was written by which it was obtained. */
  readonly form?: Json | undefined;
  /** What it answers, and its bytes, kept until it is used: a reply that was lost can be given again. */
  readonly answers?: { readonly request: string; readonly der: Uint8Array } | undefined;
}

export interface CertificateRow extends Omit<IssuedCertificate, "answers"> {
  /** The enrollment it is pinned to, once it has been used to authenticate. */
  readonly channel: string | undefined;
  readonly device: string | undefined;
  readonly epoch: number | undefined;
  readonly revokedAt: number | undefined;
  readonly replacedBy: string | undefined;
}

/** Records certificates before they are handed out. */
export async function putCertificates(
  store: Store,
  certificates: readonly IssuedCertificate[],
): Promise<void> {
  await store.query(
    {
      name: "certificates-put",
      text: `insert into reeve.certificate (sha256, serial, subject, not_before, not_after, issued_at, asserted, channel,
       bound_to, form, request, der)
     select i.sha256, i.serial, i.subject, i."notBefore", i."notAfter", i."issuedAt", i.asserted, i.channel,
       i."boundTo", i.form, i.request, decode(i.der, 'base64')
     from jsonb_to_recordset($1::jsonb) as i(sha256 text, serial text, subject text, "notBefore" bigint,
       "notAfter" bigint, "issuedAt" bigint, asserted jsonb, channel text, "boundTo" text, form jsonb, request text, der text)`,
    },
    [toJson(certificates.map(rowOf))],
  );
}

function rowOf({ answers, ...certificate }: IssuedCertificate) {
  if (answers === undefined) return certificate;
  return { ...certificate, request: answers.request, der: Buffer.from(answers.der).toString("base64") };
}

const columns = `sha256, serial, subject, not_before as "notBefore", not_after as "notAfter", issued_at as "issuedAt",
  asserted, channel, device, epoch, bound_to as "boundTo", form, revoked_at as "revokedAt", replaced_by as "replacedBy"`;

/** An issued certificate by the SHA-256 of its DER, in lower-case hex. */
export async function findCertificate(store: Store, sha256: string): Promise<CertificateRow | undefined> {
  return (await findCertificates(store, [sha256]))[0];
}

/** The same for many, in their order. */
export async function findCertificates(
  store: Store,
  names: readonly string[],
): Promise<readonly (CertificateRow | undefined)[]> {
  const rows = await store.query<CertificateRow>(
    { name: "certificates-find", text: `select ${columns} from reeve.certificate where sha256 = any($1)` },
    [names],
  );
  const found = new Map(rows.map((row) => [row.sha256, withoutNulls(row)]));
  return names.map((name) => found.get(name));
}

/**
 * A certificate that may be renewed: the one that an enrolled channel is pinned to now. One that was never used to
 * authenticate, that was replaced, or whose device has left buys nothing more.
 */
export async function findRenewable(store: Store, sha256: string): Promise<CertificateRow | undefined> {
  const row = await findCertificate(store, sha256);
  if (row === undefined || row.revokedAt !== undefined || row.channel === undefined) return undefined;
  const [pinned] = await store.query(
    "select id from reeve.channel where id = $1 and certificate = $2 and status <> 'left'",
    [row.channel, sha256],
  );
  return pinned === undefined ? undefined : row;
}

/** A certificate and the enrollment that authenticated with it. */
export interface Pin {
  readonly sha256: string;
  readonly channel: string;
}

/**
 * Claims certificates for the channels that authenticate with them. False for one that is unknown, revoked, or of
 * another channel: that one must not enroll. Of two channels that show the same certificate one gets it.
 */
export async function claimCertificates(db: Db, pins: readonly Pin[]): Promise<readonly boolean[]> {
  const rows = await db.query<Pin>(
    {
      name: "certificates-claim",
      text: `update reeve.certificate x set channel = i.channel
     from unnest($1::text[], $2::text[]) as i(sha256, channel)
     where x.sha256 = i.sha256 and x.revoked_at is null and (x.channel is null or x.channel = i.channel)
     returning x.sha256, x.channel`,
    },
    [pins.map(({ sha256 }) => sha256), pins.map(({ channel }) => channel)],
  );
  const claimed = new Map(rows.map(({ sha256, channel }) => [sha256, channel]));
  return pins.map(({ sha256, channel }) => claimed.get(sha256) === channel);
}

/** Notes the epochs that claimed certificates have begun; from now on nobody needs their bytes again. */
export async function pinCertificates(db: Db, claimed: readonly Pin[]): Promise<void> {
  await db.query(
    {
      name: "certificates-pin",
      text: `update reeve.certificate x set device = c.device, epoch = c.epoch, request = null, der = null
     from reeve.channel c where x.sha256 = any($1) and c.id = x.channel`,
    },
    [claimed.map(({ sha256 }) => sha256)],
  );
}

/**
 * A renewal: the channel of a device, and those of its users with it, are pinned to the new certificate and the old one
 * is marked as replaced. What the enrollment asserts stays what it was. False when the channel was not pinned to the old one, or when the new one may not be used by it.
 */
export async function replaceCertificate(
  store: Store,
  change: { readonly channel: string; readonly from: string; readonly to: string },
): Promise<boolean> {
  const rows = await store.query(
    `with fresh as (
       update reeve.certificate x set channel = c.id, device = c.device, epoch = c.epoch, request = null, der = null,
         asserted = coalesce((select o.asserted from reeve.certificate o where o.sha256 = $2), x.asserted)
       from reeve.channel c
       where x.sha256 = $3 and c.id = $1 and c.kind = 'device' and c.certificate = $2 and c.status <> 'left'
         and x.revoked_at is null and (x.channel is null or x.channel = c.id)
       returning x.sha256, x.device, x.epoch
     ), old as (
       update reeve.certificate x set replaced_by = f.sha256 from fresh f where x.sha256 = $2
     )
     update reeve.channel c set certificate = f.sha256, version = c.version + 1
     from fresh f
     where c.id = $1 or (c.device = f.device and c.epoch = f.epoch and c.kind = 'user' and c.certificate = $2)
     returning c.id`,
    [change.channel, change.from, change.to],
  );
  return rows.length > 0;
}

/** Pins a user's channel to the certificate that its device is pinned to in the same epoch. False when that is another. */
export async function followDevice(
  store: Store,
  change: { readonly user: string; readonly device: string; readonly certificate: string },
): Promise<boolean> {
  const rows = await store.query(
    `update reeve.channel u set certificate = c.certificate, version = u.version + 1
     from reeve.channel c
     where u.id = $1 and u.kind = 'user' and c.id = $2 and c.kind = 'device' and c.certificate = $3
       and u.device = c.device and u.epoch = c.epoch and c.status <> 'left' returning u.id`,
    [change.user, change.device, change.certificate],
  );
  return rows.length === 1;
}

/** Revokes a certificate that no device has enrolled with. False when it was revoked, or used, before. */
export async function spendCertificate(store: Store, sha256: string, at: number): Promise<boolean> {
  const rows = await store.query(
    `update reeve.certificate set revoked_at = $2
     where sha256 = $1 and revoked_at is null and channel is null returning sha256`,
    [sha256, at],
  );
  return rows.length === 1;
}

/**
 * Managed devices whose identity has ended, and those whose identity ends although half of the time for its renewal,
 * `leadMs`, is over.
 */
export async function countEnding(
  store: Store,
  at: number,
  leadMs: number,
): Promise<{ readonly ended: number; readonly ending: number }> {
  const [row] = await store.query<{ ended: number; ending: number }>(
    `select count(*) filter (where x.not_after < $1) as ended, count(*) filter (where x.not_after >= $1) as ending
     from reeve.certificate x
     join reeve.channel c on c.id = x.channel and c.certificate = x.sha256 and c.kind = 'device' and c.status <> 'left'
     where x.not_after < $1 + least($2::bigint, (x.not_after - x.not_before) / 2) / 2 and x.not_after < $1 + $2
       and x.revoked_at is null and x.replaced_by is null`,
    [at, leadMs],
  );
  return { ended: row?.ended ?? 0, ending: row?.ending ?? 0 };
}

function withoutNulls(row: CertificateRow): CertificateRow {
  return {
    ...row,
    channel: row.channel ?? undefined,
    device: row.device ?? undefined,
    epoch: row.epoch ?? undefined,
    boundTo: row.boundTo ?? undefined,
    form: row.form ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    replacedBy: row.replacedBy ?? undefined,
  };
}
