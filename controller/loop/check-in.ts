import type { CheckIn } from "../apple/checkin.ts";
import { managedAccountService } from "../apple/portal/account-token.ts";
import { writePlist } from "../apple/wire/write-plist.ts";
import type { ChannelRow } from "../core/ports.ts";
import { checkOut } from "../store/check-out.ts";
import { openUserChannel } from "../store/enrollment.ts";
import { noteRefused, retiredBy } from "../store/lifecycle.ts";
import { putBootstrapToken, readSecret } from "../store/secrets.ts";
import { authenticate, type CheckInPorts, type CheckInReply } from "./authenticate.ts";
import { declare } from "./declare.ts";
import { asserting, doubtsIn } from "./doubts.ts";
import { isPinned } from "./pinning.ts";
import { judgeNewcomer } from "./replaced-identity.ts";
import { nothingTold, tellOnce } from "./told-once.ts";

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
  const { enrolling, clock } = ports;
  if (ports.topic !== undefined && message.push.topic !== ports.topic)
    return { status: 400, reason: "wrong-topic" };
  const { id, kind } = message.channel;
  const row = kind === "device" ? device : await openUser(ports, message, certificate);
  if (row === "full") return { status: 403, reason: "too-many-users" };
  if (row === undefined) return { status: 403, reason: "device-not-enrolled" };
  // No Authenticate since it left (a restored backup): a new epoch that is only asked questions.
  const returned = row.status === "left";
  const retired = returned
    ? await retiredBy(ports.store, { channels: [row.id], serial: row.serial })
    : undefined;
  if (retired !== undefined) {
    await noteRefused(ports.store, [retired], clock());
    return { status: 403, reason: "device-retired" };
  }
  if (returned) {
    // It may leave and return as often as it likes: each time is an epoch, and an event.
    const turn = `${row.id} ${Math.floor(clock() / minuteMs)}`;
    if (begun.has(turn)) return { status: 503, reason: "returned-again-at-once" };
    await tellOnce(begun, turn, () => beginQuarantined(ports, message, device, certificate));
  }
  const quarantined = returned || isDoubtful(row);
  const at = clock();
  const type = quarantined ? "device.quarantined" : "device.enrolled";
  const told = { type, at, device: device.device, message: "it told where it is pushed to" };
  const update = {
    channel: id,
    push: message.push,
    awaiting: message.awaitingConfiguration,
    at,
    told: row.status !== "enrolled" && kind === "device" ? [told] : [],
    ...(quarantined ? { quarantined: true } : {}),
  };
  const unlockToken = message.unlockToken === undefined ? {} : { unlockToken: message.unlockToken };
  await enrolling.updateToken({ ...update, ...unlockToken });
  ports.onChange(device.device);
  return accepted;
}

const begun = nothingTold();

async function openUser(
  ports: CheckInPorts,
  message: Message<"TokenUpdate">,
  certificate: string,
): Promise<ChannelRow | "full" | undefined> {
  const { id, device } = message.channel;
  const known = await ports.store.channels.read(id);
  if (known !== undefined && known.status !== "left" && known.certificate === certificate) return known;
  const user = {
    channel: id,
    deviceChannel: device,
    certificate,
    topic: message.push.topic,
    name: message.ids.userShortName,
    at: ports.clock(),
  };
  if ((await openUserChannel(ports.store, user)) === "full") return "full";
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
    asserted: asserting(doubtsIn(row.asserted)),
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
  const token = await readSecret(ports.store, row.id, "bootstrap-token");
  if (token === undefined || token.length === 0) return accepted;
  const { device } = row;
  const at = ports.clock();
  const about = { type: "secret.read", at, device, subject: "bootstrap-token" };
  await tellOnce(traced, `${row.certificate} ${Math.floor(at / hourMs)}`, () =>
    ports.enrolling.append({ ...about, message: "by the device itself" }),
  );
  return { status: 200, body: writePlist({ BootstrapToken: token }) };
}
