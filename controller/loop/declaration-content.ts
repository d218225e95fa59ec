import { declarationPayload } from "../apple/declarative/declaration-value.ts";
import { declarationResponse } from "../apple/declarative/responses.ts";
import type { Registrar } from "../apple/identity.ts";
import type { Substitute } from "../apple/payload-value.ts";
import { profilePlist, type RenderOptions, renderProfile } from "../apple/profile.ts";
import type { DeclarationEntry, DeclarationSet } from "../core/declarations.ts";
import type { Content } from "../core/granted.ts";
import type { ChannelRow, Clock } from "../core/ports.ts";
import { Retry, Stalled } from "../errors.ts";
import type { Store } from "../store/open.ts";
import { variablesOf } from "./device-variables.ts";
import { devicePaths } from "./enroll.ts";
import type { Secrets } from "./secrets.ts";
import { substitute } from "./substitute.ts";

/** What declarations are written from. */
export interface DeclarationPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** The stored content of a digest. */
  readonly contentOf: (digest: string) => Promise<Content | undefined>;
  readonly secrets: () => Secrets;
  readonly signer: RenderOptions["signer"];
  /** Who can read what Macs encrypt for us. */
  readonly recipients: readonly Registrar[];
  /** The device plane as devices reach it. */
  readonly publicUrl: () => string;
  readonly renewBeforeMs: number;
  /** Called when facts of a device changed. */
  readonly onChange: (device: string) => void;
}

/** The bytes of a declaration that a channel was handed; secrets and variables enter here. */
export async function writeDeclaration(
  ports: DeclarationPorts,
  row: ChannelRow,
  entry: DeclarationEntry,
): Promise<Buffer> {
  try {
    return declarationResponse(entry, await payloadOf(ports, row, entry));
  } catch (error) {
    // The set was handed out with it: what is missing now may come back, and half a set is never applied.
    if (error instanceof Stalled) throw new Retry("declaration-not-writable", error.message);
    throw error;
  }
}

/** The items of a set that cannot be written for this channel, and why. Only new ones are looked at. */
export async function unwrittenIn(
  ports: DeclarationPorts,
  row: ChannelRow,
  set: DeclarationSet,
): Promise<ReadonlyMap<string, string>> {
  const handed = new Map((row.declared?.body.entries ?? []).map((one) => [one.identifier, one.token]));
  const found = new Map<string, string>();
  for (const entry of set.entries) {
    if (handed.get(entry.identifier) === entry.token || found.has(entry.item)) continue;
    try {
      await payloadOf(ports, row, entry);
      if (entry.profile !== undefined) await openWrapped(ports, row, entry, entry.profile);
    } catch (error) {
      if (!(error instanceof Stalled)) throw error;
      found.set(entry.item, error.message);
    }
  }
  return found;
}

async function payloadOf(
  ports: DeclarationPorts,
  row: ChannelRow,
  entry: DeclarationEntry,
): Promise<Readonly<Record<string, unknown>>> {
  if (entry.profile !== undefined)
    return { ProfileURL: `${ports.publicUrl()}${pathOf(row.id, entry.profile)}` };
  if (entry.payload !== undefined) return entry.payload;
  const content = await ports.contentOf(entry.digest ?? "");
  const declared =
    content?.kind === "Declarations"
      ? content.declarations.find((one) => one.identifier === entry.identifier)
      : undefined;
  if (declared === undefined) throw missing(entry);
  return declarationPayload(declared.content, substituteFor(ports, row, entry.item));
}

/** The channel says which of a device's conversations asks. */
function pathOf(channel: string, digest: string): string {
  return `${devicePaths.declared}/${digest}?channel=${encodeURIComponent(channel)}`;
}

function missing({ item }: DeclarationEntry): Stalled {
  return new Stalled("content-missing", `the content of ${item} is not in the store`);
}

/** Everything that can go wrong with a wrapped profile, before a device is told to fetch it. */
async function openWrapped(
  ports: DeclarationPorts,
  row: ChannelRow,
  entry: DeclarationEntry,
  digest: string,
): Promise<void> {
  const content = await ports.contentOf(digest);
  if (content?.kind !== "Profile") throw missing(entry);
  profilePlist(content, substituteFor(ports, row, entry.item));
}

/**
 * The profile that a declaration of this channel wraps; undefined when the channel was handed none with this content.
 * `encryptFor`: the certificate of the device, where its key can decrypt.
 */
export async function wrappedProfile(
  ports: DeclarationPorts,
  row: ChannelRow,
  digest: string,
  encryptFor: Pick<RenderOptions, "encryptFor">,
): Promise<Buffer | undefined> {
  const entry = row.declared?.body.entries.find((one) => one.profile === digest);
  if (entry === undefined) return undefined;
  const content = await ports.contentOf(digest);
  if (content?.kind !== "Profile")
    throw new Retry("content-missing", `the content of ${entry.item} is not stored`);
  try {
    return await renderProfile(content, {
      substitute: substituteFor(ports, row, entry.item),
      now: ports.clock(),
      ...encryptFor,
      ...(ports.signer === undefined ? {} : { signer: ports.signer }),
    });
  } catch (error) {
    if (error instanceof Stalled) throw new Retry("profile-not-writable", error.message);
    throw error;
  }
}

function substituteFor(ports: DeclarationPorts, row: ChannelRow, item: string): Substitute {
  const variables = variablesOf(row, ports.recipients);
  const secrets = ports.secrets();
  return (template) => substitute(template, variables, (name) => secrets.read(name, item));
}
