import { uuidFrom } from "../core/canonical.ts";
import type { Payload, ProfileContent } from "../core/granted.ts";
import { payloadUuid } from "../core/payload-uuid.ts";
import { Stalled } from "../errors.ts";
import { isEnrollmentIdentifier } from "./enrollment-profile.ts";
import { type Substitute, substituteValue, toPlistDict } from "./payload-value.ts";
import { openProfile } from "./profile-file.ts";
import { parseCertificate } from "./wire/certificate.ts";
import { encryptEnvelope } from "./wire/cms-enveloped.ts";
import { type Signer, signContent } from "./wire/cms-write.ts";
import { listAt, type PlistDict, Real, textAt } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

export interface RenderOptions {
  readonly substitute: Substitute;
  readonly now: number;
  /** Signs when the content asks for it; without one, the profile goes unsigned. */
  readonly signer?: Signer;
  /** The device's identity certificate in DER, for profiles that hold secrets. */
  readonly encryptFor?: Uint8Array;
}

/**
 * The bytes that InstallProfile delivers. Equal content and variables give an equal property list; signature and
 * encryption differ each time and enter no digest. Throws Stalled when the content cannot be rendered, and when it
 * would replace the enrollment itself.
 */
export async function renderProfile(content: ProfileContent, options: RenderOptions): Promise<Buffer> {
  if (isEnrollmentIdentifier(content.identifier))
    throw new Stalled("enrollment-profile", "a policy must not replace the enrollment profile");
  if (content.body.type === "file" && content.body.verbatim) return verbatim(content, content.body.bytes);
  const shared = sharedBy(options.signer);
  const known = shared.get(content);
  if (known !== undefined && Math.abs(options.now - known.at) < sharedMs) return known.bytes;
  let isOwn = mustEncrypt(content, options);
  const plain = profilePlist(content, (template) => {
    const text = options.substitute(template);
    isOwn ||= text !== template || template.includes("${");
    return text;
  });
  const bytes = await seal(content, plain, options);
  if (!isOwn) shared.set(content, { bytes, at: options.now });
  return bytes;
}

/**
 * The same for somebody who installs it by hand, under an identifier of its own: one that is not managed must neither
 * pass for the managed one nor stand in its way. Throws Stalled for what must not change, or not be read on the way.
 */
export async function renderByHand(content: ProfileContent, options: RenderOptions): Promise<Buffer> {
  if (isEnrollmentIdentifier(content.identifier) || (content.body.type === "file" && content.body.verbatim))
    throw new Stalled("profile-verbatim", `${content.identifier}: it must be installed as it is`);
  if (content.encrypt === "always")
    throw new Stalled("profile-encryption", `${content.identifier}: it goes encrypted to the device alone`);
  const identifier = `${content.identifier}.by-hand`;
  const bytes = writePlist({
    ...profilePlist(content, options.substitute),
    PayloadIdentifier: identifier,
    PayloadUUID: uuidFrom("by-hand", `${identifier} ${content.uuid}`),
    // Whoever installed it takes it away again; management does not.
    PayloadRemovalDisallowed: false,
  });
  return options.signer === undefined ? bytes : signContent(bytes, options.signer, { now: options.now });
}

interface Shared {
  readonly bytes: Buffer;
  readonly at: number;
}

const sharedMs = 60 * 60_000;
const unsigned = {};
const sharedBySigner = new WeakMap<object, WeakMap<ProfileContent, Shared>>();

/** Profiles into which nothing was put and that are encrypted to nobody: written and signed once, not for each device. */
function sharedBy(signer: Signer | undefined): WeakMap<ProfileContent, Shared> {
  const known = sharedBySigner.get(signer ?? unsigned) ?? new WeakMap<ProfileContent, Shared>();
  sharedBySigner.set(signer ?? unsigned, known);
  return known;
}

async function seal(content: ProfileContent, plain: PlistDict, options: RenderOptions): Promise<Buffer> {
  const profile = writePlist(mustEncrypt(content, options) ? encrypt(plain, options) : plain);
  if (!content.signed || options.signer === undefined) return profile;
  return signContent(profile, options.signer, { now: options.now });
}

/** The profile before encryption and signature. */
export function profilePlist(content: ProfileContent, substitute: Substitute): PlistDict {
  return content.body.type === "file"
    ? fromFile(content, content.body.bytes, substitute)
    : fromPayloads(content, content.body.payloads, substitute);
}

function fromFile(content: ProfileContent, base64: string, substitute: Substitute): PlistDict {
  const plist = openFile(content, base64);
  return { ...(substituteValue(plist, substitute) as PlistDict), PayloadUUID: content.uuid };
}

function openFile({ identifier }: ProfileContent, base64: string): PlistDict {
  const opened = openProfile(Buffer.from(base64, "base64"));
  if ("error" in opened) throw new Stalled("profile-file", `${identifier}: ${opened.error}`);
  const own = textAt(opened.plist, "PayloadIdentifier");
  if (own === identifier) return opened.plist;
  throw new Stalled("profile-file", `the file's identifier is ${own}, expected ${identifier}`);
}

const checked = new WeakSet<ProfileContent>();

/** The file as it is, if it is the profile that it is taken for. */
function verbatim(content: ProfileContent, base64: string): Buffer {
  if (!checked.has(content)) openFile(content, base64);
  checked.add(content);
  return Buffer.from(base64, "base64");
}

function fromPayloads(
  content: ProfileContent,
  payloads: readonly Payload[],
  substitute: Substitute,
): PlistDict {
  const { removable, lasts } = content;
  const locked =
    typeof removable === "object" ? [removalPassword(content, substitute(removable.password))] : [];
  return {
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: content.identifier,
    PayloadUUID: content.uuid,
    PayloadDisplayName: content.displayName,
    PayloadScope: content.scope === "user" ? "User" : "System",
    PayloadRemovalDisallowed: removable !== "always",
    ...(typeof removable === "object" ? { HasRemovalPasscode: true } : {}),
    ...(lasts?.at === undefined ? {} : { RemovalDate: new Date(lasts.at) }),
    ...(lasts?.afterMs === undefined ? {} : { DurationUntilRemoval: new Real(lasts.afterMs / 1_000) }),
    PayloadContent: [...payloads.map((payload) => payloadDict(content, payload, substitute)), ...locked],
  };
}

function payloadDict(content: ProfileContent, payload: Payload, substitute: Substitute): PlistDict {
  return {
    PayloadDisplayName: payload.displayName ?? content.displayName,
    PayloadIdentifier: `${content.identifier}.${payload.name}`,
    PayloadUUID: payloadUuid(content.identifier, payload),
    ...toPlistDict(payload.content, substitute),
    PayloadType: payload.type,
    PayloadVersion: 1,
  };
}

function removalPassword(content: ProfileContent, password: string): PlistDict {
  const name = "reeve-removal-password";
  const type = "com.apple.profileRemovalPassword";
  const payload = { type, name, displayName: "Removal password", content: { RemovalPassword: password } };
  return payloadDict(content, payload, (text) => text);
}

function mustEncrypt(content: ProfileContent, options: RenderOptions): boolean {
  if (content.encrypt === "never") return false;
  if (content.encrypt === "always") {
    if (options.encryptFor !== undefined) return true;
    throw new Stalled(
      "profile-encryption",
      `${content.identifier}: no certificate of the device to encrypt for`,
    );
  }
  return options.encryptFor !== undefined && holdsSecret(content);
}

function holdsSecret({ body, removable }: ProfileContent): boolean {
  const text =
    body.type === "file" ? Buffer.from(body.bytes, "base64").toString("latin1") : JSON.stringify(body);
  return typeof removable === "object" || text.includes("${secret:");
}

/**
 * Apple's EncryptedPayloadContent: an envelope around the property list of the payloads. A file that came encrypted
 * stays as it is: what it holds cannot be seen here.
 */
function encrypt(profile: PlistDict, options: RenderOptions): PlistDict {
  if (profile.IsEncrypted === true) return profile;
  const { PayloadContent: _open, ...rest } = profile;
  const payloads = writePlist(listAt(profile, "PayloadContent") ?? []);
  const sealed = encryptEnvelope(payloads, parseCertificate(options.encryptFor ?? Buffer.alloc(0)));
  return { ...rest, IsEncrypted: true, EncryptedPayloadContent: sealed };
}
