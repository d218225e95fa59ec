import type { ChannelRow } from "../core/ports.ts";
import { findCertificate, replaceCertificate } from "../store/certificates.ts";
import type { Store } from "../store/open.ts";

/**
 * True when a client with this certificate may speak for a channel: it is the one the channel is pinned to, or a
 * renewal that we issued to the same enrollment, which then takes its place.
 */
export async function isPinned(store: Store, row: ChannelRow, certificate: string): Promise<boolean> {
  if (row.certificate === certificate) return true;
  const [fresh, old] = await Promise.all([
    findCertificate(store, certificate),
    findCertificate(store, row.certificate),
  ]);
  if (fresh === undefined || old === undefined) return false;
  if (fresh.revokedAt !== undefined || fresh.replacedBy !== undefined) return false;
  if (fresh.subject !== old.subject || fresh.issuedAt < old.issuedAt) return false;
  return replaceCertificate(store, { channel: row.id, from: row.certificate, to: certificate });
}
