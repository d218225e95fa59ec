import type { ChannelRow } from "../core/ports.ts";
import { findCertificate, followDevice, replaceCertificate } from "../store/certificates.ts";
import type { Store } from "../store/open.ts";

/**
 * True when a client with this certificate may speak for a channel: it is the one the channel is pinned to, or a
 * renewal that we issued to the same enrollment, which then takes its place.
 */
export async function isPinned(store: Store, row: ChannelRow, certificate: string): Promise<boolean> {
  if (row.certificate === certificate) return true;
  if (row.kind === "user") return isPinnedToDevice(store, row, certificate);
  const [fresh, old] = await Promise.all([
    findCertificate(store, certificate),
    findCertificate(store, row.certificate),
  ]);
  if (fresh === undefined || old === undefined) return false;
  if (fresh.revokedAt !== undefined || fresh.replacedBy !== undefined) return false;
  if (fresh.subject !== old.subject || fresh.issuedAt < old.issuedAt) return false;
  return replaceCertificate(store, { channel: row.id, from: row.certificate, to: certificate });
}

/** A user speaks with the identity of the device, which may be renewed by whoever of them speaks first. */
async function isPinnedToDevice(store: Store, user: ChannelRow, certificate: string): Promise<boolean> {
  const device = await store.channels.read(user.id.slice(0, user.id.lastIndexOf(":")));
  if (device === undefined || device.device !== user.device || device.epoch !== user.epoch) return false;
  if (device.certificate === certificate)
    return followDevice(store, { user: user.id, device: device.id, certificate });
  return isPinned(store, device, certificate);
}
