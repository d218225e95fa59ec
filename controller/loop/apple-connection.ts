import type { X509Certificate } from "node:crypto";
import { requestTypeOf } from "../apple/commands.ts";
import type { Registrar } from "../apple/identity.ts";
import { MessageError } from "../apple/message.ts";
import type { RenderOptions } from "../apple/profile.ts";
import { type ReportMessage, readReport } from "../apple/report-message.ts";
import type { Content } from "../core/granted.ts";
import type { ChannelRow } from "../core/ports.ts";
import { inTurn } from "../slices.ts";
import { findCertificate } from "../store/certificates.ts";
import { checkOut } from "../store/check-out.ts";
import { appendEvents } from "../store/events.ts";
import { noteOldCopy } from "../store/memory.ts";
import type { Store } from "../store/open.ts";
import { quarantine } from "../store/quarantine.ts";
import { type GivenSettings, withSettings } from "./configured-apps.ts";
import { type Answer, type ConversationPorts, converse } from "./converse.ts";
import { variablesOf } from "./device-variables.ts";
import { noteRefusal } from "./gate-refusal.ts";
import { isPinned } from "./pinning.ts";
import { reportFor } from "./read-apple.ts";
import { renderFor } from "./render-apple.ts";
import { judgeNewcomer } from "./replaced-identity.ts";
import type { Secrets } from "./secrets.ts";
import { substitute } from "./substitute.ts";
import { nothingTold, tellOnce, wasTold } from "./told-once.ts";

export interface AppleConnectionPorts
  extends Omit<ConversationPorts, "render" | "requestTypeOf" | "channels"> {
  readonly store: Store;
  /** The stored content of a digest. */
  readonly contentOf: (digest: string) => Promise<Content | undefined>;
  readonly secrets: () => Secrets;
  readonly signer: RenderOptions["signer"];
  /** The enrollment profile that renews the identity of a device; undefined where none can be made. */
  readonly renewedProfile: (row: ChannelRow) => Promise<Buffer | undefined>;
  /** The enrollment profile with which an erased device comes back; undefined where none can be made. */
  readonly returnProfile: (row: ChannelRow, by: string) => Promise<Buffer | undefined>;
  /** Who can read what Macs encrypt for us. */
  readonly recipients: readonly Registrar[];
}

/** The client as its authenticator found it. */
export interface ClientIdentity {
  readonly sha256: string;
  readonly certificate: X509Certificate;
}

export type ConnectionReply =
  /** The next command, or nothing. */
  | { readonly type: "answer"; readonly body: Answer }
  /** Kept for a person and answered as if it were in order, or the device would send it for ever. */
  | { readonly type: "quarantined"; readonly reason: string }
  | { readonly type: "refused"; readonly reason: string };

/** Carries out one request on the command channel of a client that holds the certificate with this SHA-256. */
export async function handleConnection(
  ports: AppleConnectionPorts,
  body: Buffer,
  identity: ClientIdentity,
): Promise<ConnectionReply> {
  const certificate = identity.sha256;
  const message = await inTurn(() => read(body, ports.secrets()));
  if (message instanceof MessageError) {
    await quarantine(ports.store, {
      source: `command ${certificate.slice(0, 12)}`,
      reason: message.message,
      raw: body,
      at: ports.clock(),
    });
    return { type: "quarantined", reason: message.message };
  }
  const conversation: Parameters<typeof answerPinned>[0] = {
    ...ports,
    given: (row) => ({
      contentOf: ports.contentOf,
      withhold: (text) => ports.secrets().withhold(text),
      substituteFor: (item) => (template) =>
        substitute(template, variablesOf(row), (name) => ports.secrets().read(name, item)),
    }),
    channels: ports.store.channels,
    requestTypeOf: (sent) => requestTypeOf(sent.intent),
    render: (row, sent) => renderFor(ports, row, sent, identity),
    onBehind: () => noteOldCopy(ports.store, ports.clock()),
    onRefused: (row, act, reason) => noteRefusal(ports.store, row, act, reason, ports.clock()),
    onDestroyed: async (row) => void (await checkOut(ports.store, row.id, ports.clock())),
  };
  for (;;) {
    const answer = await answerPinned(conversation, message, certificate);
    if (answer !== notPinned) return { type: "answer", body: answer };
    const row = await ports.store.channels.read(message.channel.id);
    if (row === undefined) return { type: "refused", reason: "certificate-not-pinned" };
    if (await isPinned(ports.store, row, certificate)) continue;
    const reason = await judgeNewcomer(ports, row, certificate);
    if (reason === undefined) continue;
    await tellRival(ports, row, certificate);
    return { type: "refused", reason };
  }
}

function read(body: Buffer, secrets: Secrets): ReportMessage | MessageError {
  try {
    const message = readReport(body);
    const errors = message.errors.map((error) => ({ ...error, text: secrets.withhold(error.text) }));
    return { ...message, errors };
  } catch (error) {
    if (error instanceof MessageError) return error;
    throw error;
  }
}

const notPinned = Symbol("not pinned");

class NotPinned extends Error {}

async function answerPinned(
  conversation: ConversationPorts &
    Pick<AppleConnectionPorts, "recipients"> & { readonly given: (row: ChannelRow) => GivenSettings },
  message: ReportMessage,
  certificate: string,
): Promise<Answer | typeof notPinned> {
  try {
    return await converse(conversation, message.channel.id, (row) => {
      if (row.certificate !== certificate) throw new NotPinned();
      const report = reportFor(row, message, conversation.recipients);
      return withSettings(conversation.given(row), row, message, report);
    });
  } catch (error) {
    if (error instanceof NotPinned) return notPinned;
    throw error;
  }
}

const told = nothingTold();

/** An identity that this channel had before still speaks: two devices claim to be one. Told once. */
async function tellRival(
  { store, clock }: AppleConnectionPorts,
  row: ChannelRow,
  certificate: string,
): Promise<void> {
  const key = `${row.id} ${row.epoch} ${certificate}`;
  if (wasTold(told, store, key) || (await findCertificate(store, certificate))?.channel !== row.id) return;
  const message =
    "an earlier identity of this device still speaks: two devices claim to be one, or it was restored";
  const event = { type: "device.rival", at: clock(), device: row.device, message };
  await tellOnce(told, store, key, () => appendEvents(store, [event]));
}
