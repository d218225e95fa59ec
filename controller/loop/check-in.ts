import type { CheckIn } from "../apple/checkin.ts";
import { managedAccountService } from "../apple/portal/account-token.ts";
import { writePlist } from "../apple/wire/write-plist.ts";
import type { ChannelRow } from "../core/ports.ts";
import { Retry } from "../errors.ts";
import { checkOut } from "../store/check-out.ts";
import { type Begun, openUserChannel } from "../store/enrollment.ts";
import { noteRefused, retiredBy } from "../store/lifecycle.ts";
import { putBootstrapToken, readSecret } from "../store/secrets.ts";
import { authenticate, type CheckInPorts, type CheckInReply } from "./authenticate.ts";
import { declare } from "./declare.ts";
import { asserting, doubtsIn } from "./doubts.ts";
import { isPinned } from "./pinning.ts";
import { judgeNewcomer } from "./replaced-identity.ts";
import { nothingTold, tellOnce, wasTold } from "./told-once.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const accepted: CheckInReply = { status: 200 };

/** Carries out one check-in of a client that holds the certificate with this SHA-256 (Apple: MDM "Check-in"). */
export async function handleCheckIn(
  ports: CheckInPorts,
  message: CheckIn,
  certificate: string,
): Promise<CheckInReply> {
  if (message.type === "Authenticate") return authenticate(ports, message, certificate);
  if (message.type === "DeclarativeManagement") return declarations(ports, message, certificate);
  const row = await ports.store.channels.read(message.channel.device);
  if (row === undefined) return { status: 403, reason: "certificate-not-pinned" };
  if (!(await isPinned(ports.store, row, certificate))) {
    // A device whose profile was replaced says this first; who has not said it asks for nothing.
    const reason =
      message.type === "TokenUpdate"
        ? await judgeNewcomer(ports, row, certificate)
        : "certificate-not-pinned";
    if (reason !== undefined) return { status: 403, reason };
  }
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
      return bootstrapToken(ports, row);
    case "UserAuthenticate":
      // Network accounts are not managed: Apple's way to decline.
      return { status: 410, reason: "user-authenticate-declined" };
    case "GetToken":
      return serviceToken(ports, message, row);
    case "ReturnToService":
      return { status: 400, reason: `not-offered-${message.type}` };
    default:
      return accepted;
  }
}

/** One service is known, and only where a server of Apple's portal can speak for us; all else Apple wants answered 400. */
async function serviceToken(
  { accountToken }: CheckInPorts,
  { service }: Message<"GetToken">,
  row: ChannelRow,
): Promise<CheckInReply> {
  const token = service === managedAccountService ? await accountToken?.(row) : undefined;
  if (token === undefined) return { status: 400, reason: "not-offered-GetToken" };
  return { status: 200, body: writePlist({ TokenData: Buffer.from(token) }) };
}

type Message<T extends CheckIn["type"]> = Extract<CheckIn, { readonly type: T }>;

/** Each channel of a device has declarations of its own; they are pinned by the one identity of the device. */
async function declarations(
  { store, declarations: ports }: CheckInPorts,
  message: Message<"DeclarativeManagement">,
  certificate: string,
): Promise<CheckInReply> {
  if (ports === undefined) return { status: 400, reason: "not-offered-DeclarativeManagement" };
  const { id, device } = message.channel;
  const reading = { pinned: false };
  const reply = await declare(ports, message, async () => {
    // Read together, they are one statement.
    const [row, own] = await Promise.all([
      store.channels.read(device),
      id === device ? undefined : store.channels.read(id),
    ]);
    reading.pinned = row !== undefined && (await isPinned(store, row, certificate));
    return reading.pinned ? (id === device ? row : own) : undefined;
  });
  if (!reading.pinned) return { status: 403, reason: "certificate-not-pinned" };
  return { ...reply, type: "json" };
}

/** True for an enrollment that a person must look at first. */
function isDoubtful({ kind, status, asserted }: ChannelRow): boolean {
  return kind === "device" && status === "authenticated" && doubtsIn(asserted).length > 0;
}

async function tokenUpdate(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  device: ChannelRow,
  certificate: string,
): Promise<CheckInReply> {
  if (ports.topic !== undefined && message.push.topic !== ports.topic)
    return { status: 400, reason: "wrong-topic" };
  if (message.channel.kind === "user") {
    const user = await openUser(ports, message, certificate);
    if (user === "full") return { status: 403, reason: "too-many-users" };
    // Who has left comes back by its own channel alone: what begins then is doubtful.
    if (user === undefined) return { status: 403, reason: "device-not-enrolled" };
    return noteToken(ports, message, device, { epoch: user.epoch });
  }
  // No Authenticate since it left (a restored backup): a new epoch that is only asked questions.
  if (device.status === "left") return comeBack(ports, message, device, certificate);
  const { status, epoch } = device;
  return noteToken(ports, message, device, {
    epoch,
    tells: status === "authenticated",
    quarantined: isDoubtful(device),
  });
}

async function comeBack(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  device: ChannelRow,
  certificate: string,
): Promise<CheckInReply> {
  const { store, clock } = ports;
  const retired = await retiredBy(store, { channels: [device.id], serial: device.serial });
  if (retired !== undefined) {
    await noteRefused(store, [retired], clock());
    return { status: 403, reason: "device-retired" };
  }
  // It may leave and return as often as it likes: each time is an epoch, and an event.
  const turn = `${device.id} ${Math.floor(clock() / minuteMs)}`;
  if (wasTold(begun, store, turn)) return { status: 503, reason: "returned-again-at-once" };
  let { epoch } = device;
  await tellOnce(begun, store, turn, async () => {
    ({ epoch } = await beginQuarantined(ports, message, device, certificate));
  });
  return noteToken(ports, message, device, { epoch, tells: true, quarantined: true });
}

/** Writes where to push, in the enrollment for which it was judged. */
async function noteToken(
  ports: CheckInPorts,
  { channel, push, awaitingConfiguration: awaiting, unlockToken }: Message<"TokenUpdate">,
  { device }: ChannelRow,
  judged: { readonly epoch: number; readonly tells?: boolean; readonly quarantined?: boolean },
): Promise<CheckInReply> {
  const at = ports.clock();
  const { epoch, quarantined = false } = judged;
  const type = quarantined ? "device.quarantined" : "device.enrolled";
  const told = { type, at, device, message: "it told where it is pushed to" };
  const update = {
    ...{ channel: channel.id, epoch, push, awaiting, at },
    told: judged.tells === true ? [told] : [],
    ...(quarantined ? { quarantined } : {}),
    ...(unlockToken === undefined ? {} : { unlockToken }),
  };
  if (!(await ports.enrolling.updateToken(update)))
    throw new Retry("enrollment-changed", `channel ${channel.id} changed while its token was judged`);
  ports.onChange(device);
  return accepted;
}

const begun = nothingTold();

async function openUser(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  certificate: string,
): Promise<Pick<ChannelRow, "epoch"> | "full" | undefined> {
  const { id, device } = message.channel;
  const known = await ports.store.channels.read(id);
  if (known !== undefined && known.status !== "left" && known.certificate === certificate) return known;
  return openUserChannel(ports.store, {
    channel: id,
    deviceChannel: device,
    certificate,
    topic: message.push.topic,
    name: message.ids.userShortName,
    at: ports.clock(),
  });
}

async function beginQuarantined(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  row: ChannelRow,
  certificate: string,
): Promise<Begun> {
  return ports.enrolling.beginEpoch({
    channel: row.id,
    kind: "device",
    certificate,
    topic: message.push.topic,
    ...(row.serial === undefined ? {} : { serial: row.serial }),
    ...(row.udid === undefined ? {} : { udid: row.udid }),
    facts: row.reported,
    // The record says it, so that nothing that comes before its token is written shakes it off.
    asserted: asserting([...doubtsIn(row.asserted), "endedEnrollment"]),
    at: ports.clock(),
  });
}

async function leave(ports: CheckInPorts, channel: string, row: ChannelRow): Promise<CheckInReply> {
  const at = ports.clock();
  const message = "its management was removed on the device";
  const isDevice = channel === row.id;
  const told = isDevice ? [{ type: "device.left", at, device: row.device, message }] : [];
  if ((await checkOut(ports.store, channel, at, told)) && isDevice) ports.onChange(row.device);
  return accepted;
}

const traced = nothingTold();

/** A Mac asks for its own token, as often as it likes; whoever reads a secret leaves a trace, one an hour. */
async function bootstrapToken(ports: CheckInPorts, row: ChannelRow): Promise<CheckInReply> {
  // What it told before it left is kept for people.
  if (row.status === "left") return accepted;
  const token = await readSecret(ports.store, row.id, "bootstrap-token");
  if (token === undefined || token.length === 0) return accepted;
  const { device } = row;
  const at = ports.clock();
  const about = { type: "secret.read", at, device, subject: "bootstrap-token" };
  await tellOnce(traced, ports.store, `${row.certificate} ${Math.floor(at / hourMs)}`, () =>
    ports.enrolling.append({ ...about, message: "by the device itself" }),
  );
  return { status: 200, body: writePlist({ BootstrapToken: token }) };
}
