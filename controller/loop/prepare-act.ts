import type { Registrar } from "../apple/identity.ts";
import type { ActTarget } from "../core/act.ts";
import type { Content } from "../core/granted.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { Kept, KeptKind } from "../core/report.ts";
import { Stalled } from "../errors.ts";
import { currentKept } from "../store/kept.ts";
import type { Store } from "../store/open.ts";
import { readSecret } from "../store/secrets.ts";

/** What the commands of acts are completed from. */
export interface ActSupplies {
  readonly store: Store;
  /** To whom a Mac encrypts its recovery key, the first of them; all of them can read it. */
  readonly recipients: readonly Registrar[];
  /** The enrollment profile with which an erased device comes back; undefined where none can be made. */
  readonly returnProfile: (row: ChannelRow, by: string) => Promise<Buffer | undefined>;
  /** What a digest in the parameters names. */
  readonly contentOf: (digest: string) => Promise<Content | undefined>;
  /** Puts secrets and device variables into a text. */
  readonly substitute: (template: string) => string;
}

/** The parameters of an act as its command takes them, and what must be kept before it leaves. */
export interface PreparedAct {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly kept: readonly Kept[];
}

/**
 * Puts secrets in, and what only reeve has: the unlock token, a PIN or password where the manifest gives none, the
 * password that was set last. What is made follows from the command's id, so that it is the same however often the
 * command is rendered. Throws Stalled when something is missing.
 */
export async function prepareAct(
  supplies: ActSupplies,
  row: ChannelRow,
  act: ActTarget,
  commandId: string,
): Promise<PreparedAct> {
  const given = resolved(act.parameters, supplies.substitute) as Readonly<Record<string, unknown>>;
  const { store } = supplies;
  const isMac = row.facts?.body.platform?.value === "macos";
  switch (act.verb) {
    case "lock":
    case "wipe":
      if (isMac) return keeping("unlock-pin", "pin", withPin(store, given, commandId), commandId);
      return only({ ...given, ...(await enrollmentToReturn(supplies, row, act)) });
    case "clearPasscode":
      return only({ ...given, ...(await unlockToken(store, row)) });
    case "setRecoveryLock":
      return keeping(
        "recovery-lock",
        "password",
        await newPassword(store, row, "recovery-lock", given, commandId),
        commandId,
      );
    case "setFirmwarePassword":
      return keeping(
        "firmware-password",
        "password",
        await newPassword(store, row, "firmware-password", given, commandId),
        commandId,
      );
    case "verifyRecoveryLock":
      return only({ password: await lastPassword(store, row, "recovery-lock"), ...given });
    case "verifyFirmwarePassword":
      return only({ password: await lastPassword(store, row, "firmware-password"), ...given });
    case "setAdminPassword":
      return adminPassword(store, given, commandId);
    case "rotateFileVaultKey":
      return only(await fileVault(supplies, row, given));
    case "settings":
      return only(await withPicture(supplies, given));
    default:
      return only(given);
  }
}

function only(parameters: Readonly<Record<string, unknown>>): PreparedAct {
  return { parameters, kept: [] };
}

/** Also a value that the manifest gave: the secret it came from may have another one by the time it is needed. */
function keeping(
  kind: KeptKind,
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  source: string,
): PreparedAct {
  const value = parameters.clear === true ? "" : String(parameters[name] ?? "");
  return { parameters, kept: [{ kind, value, source }] };
}

function withPin(store: Store, given: Readonly<Record<string, unknown>>, commandId: string) {
  if (typeof given.pin === "string") return given;
  const number = made(store, "unlock-pin", commandId).readUInt32BE(0) % 1_000_000;
  return { ...given, pin: String(number).padStart(6, "0") };
}

async function enrollmentToReturn(
  { returnProfile }: ActSupplies,
  row: ChannelRow,
  { name, parameters }: ActTarget,
): Promise<Readonly<Record<string, unknown>>> {
  if (parameters.returnToService === undefined) return {};
  const profile = await returnProfile(row, name);
  if (profile !== undefined) return { enrollmentProfile: data(profile) };
  throw new Stalled("return-to-service", "devices cannot be enrolled here: it would not come back");
}

async function unlockToken(store: Store, row: ChannelRow): Promise<Readonly<Record<string, unknown>>> {
  const token = await readSecret(store, row.id, "unlock-token");
  return token === undefined ? {} : { unlockToken: data(token) };
}

async function newPassword(
  store: Store,
  row: ChannelRow,
  kind: KeptKind,
  given: Readonly<Record<string, unknown>>,
  commandId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const current = given.current ?? (await currentKept(store, row.device, kind))?.value?.toString("utf8");
  const known = current === undefined ? {} : { current };
  if (given.clear === true || typeof given.password === "string") return { ...known, ...given };
  return { ...known, ...given, password: madePassword(store, kind, commandId) };
}

async function lastPassword(store: Store, row: ChannelRow, kind: KeptKind): Promise<string | undefined> {
  return (await currentKept(store, row.device, kind))?.value?.toString("utf8");
}

function adminPassword(
  store: Store,
  given: Readonly<Record<string, unknown>>,
  commandId: string,
): PreparedAct {
  const password = given.password ?? madePassword(store, "admin-password", commandId);
  const salt = data(made(store, "salt", commandId));
  return keeping("admin-password", "password", { ...given, password, salt }, commandId);
}

async function fileVault(
  supplies: ActSupplies,
  row: ChannelRow,
  given: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const [recipient] = supplies.recipients;
  if (recipient === undefined) throw new Stalled("file-vault", "nobody could read the new recovery key");
  const known = (await currentKept(supplies.store, row.device, "recovery-key"))?.value?.toString("latin1");
  // An envelope for somebody else opens nothing.
  const password = given.password ?? (/^[\x21-\x7e]+$/.test(known ?? "") ? known : undefined);
  if (password === undefined)
    throw new Stalled("file-vault", "the recovery key of this Mac is not known: give a password");
  return { password, replyCertificate: data(recipient.certificate.raw) };
}

/** Letters and digits that are not taken for each other; twenty of them are 98 bits. */
const alphabet = "ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpq23456789";

function madePassword(store: Store, kind: KeptKind, commandId: string): string {
  const bytes = made(store, kind, commandId).subarray(0, 20);
  return [...bytes].map((byte) => alphabet[byte % alphabet.length]).join("");
}

/** Bytes for one command: alike whenever it is rendered, and nobody's to guess without the store's key. */
function made({ sealer }: Store, what: string, commandId: string): Buffer {
  return Buffer.from(sealer.wordFor(`made ${what}/${commandId}`), "hex");
}

async function withPicture(
  { contentOf }: ActSupplies,
  given: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const wallpaper = given.wallpaper as { readonly image?: unknown } | undefined;
  if (wallpaper === undefined) return given;
  const content = await contentOf(String(wallpaper.image));
  if (content?.kind !== "Image")
    throw new Stalled("content-missing", "the picture of the wallpaper is not in the store");
  return { ...given, wallpaper: { ...wallpaper, image: { $data: content.bytes } } };
}

function data(bytes: Uint8Array): { readonly $data: string } {
  return { $data: Buffer.from(bytes).toString("base64") };
}

/** A value with secrets and variables put into all its texts. */
export function resolved(value: unknown, substitute: (template: string) => string): unknown {
  if (typeof value === "string") return substitute(value);
  if (Array.isArray(value)) return value.map((one) => resolved(one, substitute));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one, substitute)]));
}
