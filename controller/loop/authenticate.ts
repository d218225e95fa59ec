import type { CheckIn } from "../apple/checkin.ts";
import { isUserEnrollment } from "../core/enrollment-trait.ts";
import type { Event } from "../core/ledger.ts";
import type { ChannelRow, Clock, NewEpoch } from "../core/ports.ts";
import { Retry } from "../errors.ts";
import type { CertificateRow } from "../store/certificates.ts";
import type { Enrolling } from "../store/enrolling.ts";
import type { Begun } from "../store/enrollment.ts";
import { isMissed } from "../store/lost-devices.ts";
import type { Store } from "../store/open.ts";
import type { DeclarationPorts } from "./declaration-content.ts";
import {
  asserting,
  type Doubt,
  doubts,
  doubtsIn,
  isClaimed,
  isUnended,
  returningOf,
  withoutClaim,
} from "./doubts.ts";
import type { EnrollmentPolicies } from "./enrollment-policies.ts";
import { isOfPhase } from "./phase-identity.ts";
import { isPinned } from "./pinning.ts";
import { nothingTold, tellOnce } from "./told-once.ts";

export interface CheckInPorts {
  readonly store: Store;
  readonly enrolling: Enrolling;
  readonly clock: Clock;
  /** The topic of the push certificate; a device of another topic could never be reached. */
  readonly topic: string | undefined;
  /** What the policies say of enrollment; undefined before a revision is in force. */
  readonly policies: () => EnrollmentPolicies | undefined;
  /** What declarations are written from; undefined where devices are offered none. */
  readonly declarations?: DeclarationPorts;
  /** The token that says of a device that it is managed; absent where no portal of Apple's knows us. */
  readonly accountToken?: (row: ChannelRow) => Promise<string | undefined>;
  /** Called after a device has enrolled, changed or left. */
  readonly onChange: (device: string) => void;
}

/** What a check-in is answered. Never 401: a device would remove its management. */
export interface CheckInReply {
  readonly status: 200 | 400 | 403 | 404 | 410 | 503;
  /** Declarations are JSON, all else is a property list. */
  readonly type?: "json";
  readonly body?: Buffer;
  /** Why it was refused, for the log. */
  readonly reason?: string;
}

type Authenticate = Extract<CheckIn, { readonly type: "Authenticate" }>;

/**
 * Begins an enrollment (Apple: "Authenticate"). A repetition with the same identity, or with its renewal, changes
 * nothing; one that leaves doubts about who it is begins quarantined.
 */
export async function authenticate(
  ports: CheckInPorts,
  message: Authenticate,
  certificate: string,
): Promise<CheckInReply> {
  const { store, enrolling } = ports;
  const { id } = message.channel;
  if (message.channel.kind === "user") return { status: 400, reason: "authenticate-of-a-user" };
  if (ports.topic !== undefined && message.topic !== ports.topic)
    return { status: 400, reason: "wrong-topic" };
  const issued = await enrolling.findCertificate(certificate);
  if (issued === undefined || issued.revokedAt !== undefined)
    return { status: 403, reason: "certificate-unknown" };
  if (issued.channel !== undefined && issued.channel !== id)
    return { status: 403, reason: "certificate-of-another-device" };
  const row = await store.channels.read(id);
  if (row !== undefined && row.status !== "left" && (await isPinned(store, row, certificate)))
    return { status: 200 };
  // It served an enrollment that has ended: it may be asked questions again, and begin nothing over another's.
  const ended = issued.channel !== undefined;
  if (ended && !(row?.status === "left" && row.certificate === certificate))
    return { status: 403, reason: "certificate-of-an-earlier-enrollment" };
  if (!ended && issued.boundTo !== undefined && issued.boundTo !== message.device.serial)
    return refuseBound(ports, issued, message);
  if (isOfPhase(issued.form)) return { status: 403, reason: "identity-of-a-phase" };
  // A profile of User Enrollment makes no other enrollment, and no other profile makes one.
  if (isUserEnrollment(issued.asserted) !== (message.ids.udid === undefined))
    return { status: 403, reason: "another-kind-of-enrollment" };
  const refusal = ports.policies()?.refusal(message, issued);
  if (refusal !== undefined) {
    await refuseOnce(ports, issued, message, `${whoIs(message)}: refused, ${refusal.says}`);
    return { status: 403, reason: refusal.code };
  }
  return begin(ports, message, issued, row);
}

async function begin(
  ports: CheckInPorts,
  message: Authenticate,
  issued: CertificateRow,
  row: ChannelRow | undefined,
): Promise<CheckInReply> {
  const { enrolling } = ports;
  const { id } = message.channel;
  const { found, serial } = await judge(ports, message, issued, row);
  const epoch: NewEpoch = {
    channel: id,
    kind: "device",
    certificate: issued.sha256,
    topic: message.topic,
    ...(serial === undefined ? {} : { serial }),
    ...(message.ids.udid === undefined ? {} : { udid: message.ids.udid }),
    facts: message.facts,
    asserted: { ...withoutClaim(issued.asserted), ...asserting(found) },
    vouched: issued.boundTo !== undefined,
    at: ports.clock(),
  };
  const limit = ports.policies()?.deviceLimit;
  const tell = ({ device, epoch: n }: Begun): readonly Event[] => {
    const said = [`epoch ${n}`, ...found.map((doubt) => `${doubts[doubt]}: quarantined`)].join("; ");
    return [{ type: "device.authenticated", at: epoch.at, device, message: said }];
  };
  const begun = await enrolling.enroll({ epoch, judged: row, limit, says: message.device.serial, tell });
  if (begun === "retired") return { status: 403, reason: "device-retired" };
  if (begun === "full") {
    await refuseOnce(
      ports,
      issued,
      message,
      `${whoIs(message)}: refused, the limit of ${limit} devices is reached`,
    );
    return { status: 403, reason: "device-limit" };
  }
  if (begun === "not-usable") return { status: 403, reason: "certificate-not-usable" };
  if (begun === "changed")
    throw new Retry("enrollment-changed", `channel ${id} changed while its enrollment was judged`);
  ports.onChange(begun.device);
  return { status: 200 };
}

/**
 * What is doubtful about an enrollment, and the serial number that its record may bear. An invitation that a person
 * bound to this serial number settles that the number is its own, but not that another device's UDID is.
 */
async function judge(
  ports: CheckInPorts,
  message: Authenticate,
  issued: CertificateRow,
  row: ChannelRow | undefined,
): Promise<{ readonly found: readonly Doubt[]; readonly serial: string | undefined }> {
  const { channel, device } = message;
  const { serial } = device;
  const ended = issued.channel !== undefined;
  const vouched = !ended && issued.boundTo !== undefined && !isClaimed(issued.asserted);
  const holder =
    serial === undefined ? "nobody" : await ports.enrolling.serialHolder({ serial, channel: channel.id });
  const settled = (vouched && row?.serial === serial) || (await mayReturn(ports, message, issued, row));
  const unended = isUnended(row) && !settled;
  const taken = holder === "id" || (holder === "device" && (!vouched || unended));
  const found: Doubt[] = [];
  if (taken) found.push("duplicateSerial");
  if (ended) found.push("endedEnrollment");
  if (unended) found.push("unendedEnrollment");
  // A record that somebody doubtful speaks for keeps the number by which manifests know it.
  const other = unended && row?.serial !== undefined && row.serial !== serial;
  return { found, serial: taken || other ? undefined : serial };
}

/**
 * True when a manifest lets this device in again although nobody said that it left: it showed this UDID and this serial
 * number under the signature of the certificate that Apple gave it, and its record has both. Doubts of before stay, and
 * one that somebody misses waits for a person: whoever holds it has erased it.
 */
async function mayReturn(
  { store }: CheckInPorts,
  { channel, device }: Authenticate,
  issued: CertificateRow,
  row: ChannelRow | undefined,
): Promise<boolean> {
  if (row === undefined || issued.channel !== undefined || doubtsIn(row.asserted).length > 0) return false;
  if (returningOf(issued.asserted) !== channel.id || issued.boundTo !== device.serial) return false;
  return row.serial === device.serial && !(await isMissed(store, row.device));
}

function whoIs({ device: { serial } }: Authenticate): string {
  return serial === undefined ? "a device that tells no serial number" : `a device that says ${serial}`;
}

async function refuseBound(
  ports: CheckInPorts,
  issued: CertificateRow,
  message: Authenticate,
): Promise<CheckInReply> {
  const said = `an invitation for serial number ${issued.boundTo} was used by ${whoIs(message)}: refused`;
  await refuseOnce(ports, issued, message, said);
  return { status: 403, reason: "invitation-for-another-serial" };
}

const told = nothingTold();

/** Told once for each identity: its holder may ask as often as he likes. */
async function refuseOnce(
  { store, enrolling, clock }: CheckInPorts,
  { sha256, boundTo }: CertificateRow,
  { device }: Authenticate,
  message: string,
): Promise<void> {
  const words = [device.serial, boundTo].filter((word) => word !== undefined);
  const event = { type: "enrollment.refused", at: clock(), message, words };
  await tellOnce(told, store, sha256, () => enrolling.append(event));
}
