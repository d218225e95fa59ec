import type { CheckIn } from "../apple/checkin.ts";
import { writePlist } from "../apple/wire/write-plist.ts";
import type { Facts } from "../core/facts.ts";
import type { ChannelRow, Clock } from "../core/ports.ts";
import type { CertificateRow } from "../store/certificates.ts";
import type { Enrolling } from "../store/enrolling.ts";
import { checkOut, openUserChannel } from "../store/enrollment.ts";
import type { Store } from "../store/open.ts";
import { putBootstrapToken, readSecret } from "../store/secrets.ts";
import { isPinned } from "./pinning.ts";

export interface CheckInPorts {
  readonly store: Store;
  readonly enrolling: Enrolling;
  readonly clock: Clock;
  /** The topic of the push certificate; a device of another topic could never be reached. */
  readonly topic: string | undefined;
  /** Called after a device has enrolled, changed or left. */
  readonly onChange: (device: string) => void;
}

/** What a check-in is answered. Never 401: a device would remove its management. */
export interface CheckInReply {
  readonly status: 200 | 400 | 403 | 410;
  readonly body?: Buffer;
  /** Why it was refused, for the log. */
  readonly reason?: string;
}

const accepted: CheckInReply = { status: 200 };

/** Carries out one check-in of a client that holds the certificate with this SHA-256 (Apple: MDM "Check-in"). */
export async function handleCheckIn(
  ports: CheckInPorts,
  message: CheckIn,
  certificate: string,
): Promise<CheckInReply> {
  if (message.type === "Authenticate") return authenticate(ports, message, certificate);
  const row = await ports.store.channels.read(message.channel.device);
  if (row === undefined || !(await isPinned(ports.store, row, certificate)))
    return { status: 403, reason: "certificate-not-pinned" };
  switch (message.type) {
    case "TokenUpdate":
      return tokenUpdate(ports, message, row, certificate);
    case "CheckOut":
      return leave(ports, message.channel.id, row);
    case "SetBootstrapToken":
      await putBootstrapToken(
        ports.store,
        message.channel.device,
        message.token ?? Buffer.alloc(0),
        ports.clock(),
      );
      return accepted;
    case "GetBootstrapToken":
      return bootstrapToken(ports, message.channel.device);
    case "UserAuthenticate":
      // Network accounts are not managed: Apple's way to decline.
      return { status: 410, reason: "user-authenticate-declined" };
    case "GetToken":
    case "ReturnToService":
    case "DeclarativeManagement":
      return { status: 400, reason: `not-offered-${message.type}` };
    default:
      return accepted;
  }
}

type Message<T extends CheckIn["type"]> = Extract<CheckIn, { readonly type: T }>;

async function authenticate(
  ports: CheckInPorts,
  message: Message<"Authenticate">,
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
    return accepted;
  // It served an enrollment that has ended: it may be asked questions again, and begin nothing over another's.
  const ended = issued.channel !== undefined;
  if (ended && !(row?.status === "left" && row.certificate === certificate))
    return { status: 403, reason: "certificate-of-an-earlier-enrollment" };
  return enroll(ports, message, issued, ended);
}

/** Begins an epoch with an identity that may be used for it; one that leaves doubts begins quarantined. */
async function enroll(
  ports: CheckInPorts,
  message: Message<"Authenticate">,
  issued: CertificateRow,
  ended: boolean,
): Promise<CheckInReply> {
  const { enrolling } = ports;
  const { id } = message.channel;
  const { serial } = message.device;
  const isTaken = serial !== undefined && (await enrolling.isSerialTaken({ serial, channel: id }));
  const doubts = [...(isTaken ? [serialTaken] : []), ...(ended ? [identityOfOld] : [])];
  const begun = await enrolling.beginEpoch({
    channel: id,
    kind: "device",
    certificate: issued.sha256,
    topic: message.topic,
    ...(serial === undefined || isTaken ? {} : { serial }),
    ...(message.ids.udid === undefined ? {} : { udid: message.ids.udid }),
    facts: message.facts,
    asserted: Object.assign({}, issued.asserted, ...doubts.map((doubt) => doubt.asserts)),
    at: ports.clock(),
  });
  if (!(await enrolling.pinCertificate({ sha256: issued.sha256, channel: id })))
    return { status: 403, reason: "certificate-not-usable" };
  const said = [`epoch ${begun.epoch}`, ...doubts.map((doubt) => `${doubt.says}: quarantined`)].join("; ");
  await say(ports, begun.device, "device.authenticated", said);
  ports.onChange(begun.device);
  return accepted;
}

/** Why an enrollment is quarantined, and what is asserted of it until a person has released it. */
interface Doubt {
  readonly says: string;
  readonly asserts: Facts;
}

const yes = { value: "yes", source: "asserted" } as const;

/**
 * Its serial number means another enrolled device already. The newcomer does not take its place: a serial number is a
 * claim, and its holder's secrets would follow it.
 */
const serialTaken: Doubt = {
  says: "its serial number is enrolled already",
  asserts: { duplicateSerial: yes },
};

/** No invitation began it: its identity is that of an enrollment that had ended. */
const identityOfOld: Doubt = {
  says: "its identity is that of an enrollment that had ended",
  asserts: { endedEnrollment: yes },
};

/** True for an enrollment that a person must look at first. */
function isDoubtful({ kind, status, asserted }: ChannelRow): boolean {
  const doubts = asserted.duplicateSerial ?? asserted.endedEnrollment;
  return kind === "device" && status === "authenticated" && doubts !== undefined;
}

async function tokenUpdate(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  device: ChannelRow,
  certificate: string,
): Promise<CheckInReply> {
  const { enrolling, clock } = ports;
  if (ports.topic !== undefined && message.push.topic !== ports.topic)
    return { status: 400, reason: "wrong-topic" };
  const { id, kind } = message.channel;
  const row = kind === "device" ? device : await openUser(ports, message, certificate);
  if (row === undefined) return { status: 403, reason: "device-not-enrolled" };
  // No Authenticate since it left (a restored backup): a new epoch that is only asked questions.
  const returned = row.status === "left";
  if (returned) await beginQuarantined(ports, message, device, certificate);
  const quarantined = returned || isDoubtful(row);
  const update = {
    channel: id,
    push: message.push,
    at: clock(),
    ...(quarantined ? { quarantined: true } : {}),
  };
  const unlockToken = message.unlockToken === undefined ? {} : { unlockToken: message.unlockToken };
  await enrolling.updateToken({ ...update, ...unlockToken });
  if (row.status !== "enrolled" && kind === "device")
    await say(ports, device.device, quarantined ? "device.quarantined" : "device.enrolled", row.serial ?? id);
  ports.onChange(device.device);
  return accepted;
}

async function openUser(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  certificate: string,
): Promise<ChannelRow | undefined> {
  const { id, device } = message.channel;
  const known = await ports.store.channels.read(id);
  if (known !== undefined && known.status !== "left" && known.certificate === certificate) return known;
  const user = {
    channel: id,
    deviceChannel: device,
    certificate,
    topic: message.push.topic,
    at: ports.clock(),
  };
  await openUserChannel(ports.store, user);
  return ports.store.channels.read(id);
}

async function beginQuarantined(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  row: ChannelRow,
  certificate: string,
): Promise<void> {
  await ports.enrolling.beginEpoch({
    channel: row.id,
    kind: "device",
    certificate,
    topic: message.push.topic,
    ...(row.serial === undefined ? {} : { serial: row.serial }),
    ...(row.udid === undefined ? {} : { udid: row.udid }),
    facts: row.reported,
    asserted: {},
    at: ports.clock(),
  });
}

async function leave(ports: CheckInPorts, channel: string, row: ChannelRow): Promise<CheckInReply> {
  const left = await checkOut(ports.store, channel, ports.clock());
  if (left && channel === row.id) {
    await say(ports, row.device, "device.left", "its management was removed on the device");
    ports.onChange(row.device);
  }
  return accepted;
}

async function bootstrapToken(ports: CheckInPorts, channel: string): Promise<CheckInReply> {
  const token = await readSecret(ports.store, channel, "bootstrap-token");
  return token === undefined || token.length === 0
    ? accepted
    : { status: 200, body: writePlist({ BootstrapToken: token }) };
}

async function say(ports: CheckInPorts, device: string, type: string, message: string): Promise<void> {
  await ports.enrolling.append({ type, at: ports.clock(), device, message });
}
