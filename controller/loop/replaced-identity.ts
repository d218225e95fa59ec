import { contestedKey } from "../core/facts.ts";
import type { ChannelRow, Clock } from "../core/ports.ts";
import { findCertificate, replaceCertificate } from "../store/certificates.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";
import { isOfPhase } from "./phase-identity.ts";
import { nothingTold, tellOnce } from "./told-once.ts";

interface Ports {
  readonly store: Store;
  readonly clock: Clock;
}

/** Why an identity may not speak for a channel, for the log. */
export type Unpinned = "certificate-not-pinned" | "identity-unvouched";

/**
 * Judges an identity that speaks for an enrollment with which it never authenticated: an enrollment profile that was
 * replaced in place comes so, without Authenticate. One that was issued by an invitation for the serial number of this
 * device takes the place of the old one, and the enrollment goes on; undefined then. Any other is refused and told of,
 * and changes nothing: whoever holds an invitation for anybody can say any UDID.
 */
export async function judgeNewcomer(
  { store, clock }: Ports,
  row: ChannelRow,
  certificate: string,
): Promise<Unpinned | undefined> {
  const issued = await findCertificate(store, certificate);
  if (issued === undefined || issued.revokedAt !== undefined) return "certificate-not-pinned";
  if (issued.channel !== undefined || row.kind !== "device" || row.status === "left")
    return "certificate-not-pinned";
  const { id: channel, device } = row;
  if (isVouchedFor(row, issued.boundTo) && !isOfPhase(issued.form)) {
    const replaced = await replaceCertificate(store, { channel, from: row.certificate, to: certificate });
    if (!replaced) return "certificate-not-pinned";
    const message = "its enrollment profile was replaced by an invitation for its serial number";
    await appendEvents(store, [{ type: "identity.replaced", at: clock(), device, message }]);
    return undefined;
  }
  const event = { type: "identity.unvouched", at: clock(), device, message: unvouched };
  await tellOnce(told, store, `${channel} ${certificate}`, () => appendEvents(store, [event]));
  return "identity-unvouched";
}

const unvouched =
  "an identity of an invitation for anybody speaks for it without having authenticated: refused; its enrollment profile was replaced by hand, or somebody else says to be it";

/** Told once for each: its holder may speak as often as he likes. */
const told = nothingTold();

/** Nobody is vouched for whom a person has to look at first, or whose serial number means two devices. */
function isVouchedFor({ status, serial, asserted }: ChannelRow, boundTo: string | undefined): boolean {
  if (status !== "enrolled" || serial === undefined) return false;
  return boundTo === serial && asserted[contestedKey] === undefined;
}
