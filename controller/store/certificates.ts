import type { Facts } from "../core/facts.ts";
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
}

export interface CertificateRow extends IssuedCertificate {
  /** The enrollment it is pinned to, once it has been used to authenticate. */
  readonly channel: string | undefined;
  readonly device: string | undefined;
  readonly epoch: number | undefined;
  readonly revokedAt: number | undefined;
  readonly replacedBy: string | undefined;
}

/** Records a certificate before it is handed out. */
export async function putCertificate(store: Store, certificate: IssuedCertificate): Promise<void> {
  await store.query(
    {
      name: "certificate-put",
      text: `insert into reeve.certificate (sha256, serial, subject, not_before, not_after, issued_at, asserted, channel)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    },
    [
      certificate.sha256,
      certificate.serial,
      certificate.subject,
      certificate.notBefore,
      certificate.notAfter,
      certificate.issuedAt,
      certificate.asserted,
      certificate.channel ?? null,
    ],
  );
}

const columns = `sha256, serial, subject, not_before as "notBefore", not_after as "notAfter", issued_at as "issuedAt",
  asserted, channel, device, epoch, revoked_at as "revokedAt", replaced_by as "replacedBy"`;

/** An issued certificate by the SHA-256 of its DER, in lower-case hex. */
export async function findCertificate(store: Store, sha256: string): Promise<CertificateRow | undefined> {
  const [row] = await store.query<CertificateRow>(
    { name: "certificate-find", text: `select ${columns} from reeve.certificate where sha256 = $1` },
    [sha256],
  );
  return row === undefined ? undefined : withoutNulls(row);
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

/**
 * Pins a certificate to the enrollment that authenticated with it. False when it is unknown, revoked, or pinned to
 * another channel: that one must not enroll.
 */
export async function pinCertificate(store: Store, sha256: string, channel: string): Promise<boolean> {
  const rows = await store.query(
    {
      name: "certificate-pin",
      text: `update reeve.certificate x set channel = c.id, device = c.device, epoch = c.epoch
     from reeve.channel c
     where x.sha256 = $1 and c.id = $2 and x.revoked_at is null and (x.channel is null or x.channel = c.id)
     returning x.sha256`,
    },
    [sha256, channel],
  );
  return rows.length === 1;
}

/**
 * A renewal: the channel is pinned to the new certificate and the old one is marked as replaced. False when the
 * channel was not pinned to the old one, or when the new one may not be used by it.
 */
export async function replaceCertificate(
  store: Store,
  change: { readonly channel: string; readonly from: string; readonly to: string },
): Promise<boolean> {
  const rows = await store.query(
    `with fresh as (
       update reeve.certificate x set channel = c.id, device = c.device, epoch = c.epoch
       from reeve.channel c
       where x.sha256 = $3 and c.id = $1 and c.certificate = $2 and c.status <> 'left'
         and x.revoked_at is null and (x.channel is null or x.channel = c.id)
       returning x.sha256
     ), old as (
       update reeve.certificate x set replaced_by = f.sha256 from fresh f where x.sha256 = $2
     )
     update reeve.channel c set certificate = f.sha256, version = c.version + 1
     from fresh f where c.id = $1 returning c.id`,
    [change.channel, change.from, change.to],
  );
  return rows.length === 1;
}

/** Revokes a certificate for good; whoever shows it is refused. */
export async function revokeCertificate(store: Store, sha256: string, at: number): Promise<void> {
  await store.query("update reeve.certificate set revoked_at = coalesce(revoked_at, $2) where sha256 = $1", [
    sha256,
    at,
  ]);
}

/** Certificates in use that end before a time, the first to end first. */
export async function expiringCertificates(
  store: Store,
  before: number,
  limit: number,
): Promise<CertificateRow[]> {
  const rows = await store.query<CertificateRow>(
    `select ${columns} from reeve.certificate
     where not_after < $1 and revoked_at is null and replaced_by is null and channel is not null
     order by not_after limit $2`,
    [before, limit],
  );
  return rows.map(withoutNulls);
}

function withoutNulls(row: CertificateRow): CertificateRow {
  return {
    ...row,
    channel: row.channel ?? undefined,
    device: row.device ?? undefined,
    epoch: row.epoch ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    replacedBy: row.replacedBy ?? undefined,
  };
}
