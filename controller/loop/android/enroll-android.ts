import { isUnanswered } from "../../android/failure.ts";
import type { Clock } from "../../core/ports.ts";
import { isExpected, UserError } from "../../errors.ts";
import { listAndroidPolicies } from "../../store/android-policies.ts";
import {
  listTokens,
  newTokenId,
  rememberToken,
  revokeToken,
  type TokenRow,
  tokenGone,
  tokenLost,
  tokenMade,
} from "../../store/android-tokens.ts";
import { isFull } from "../../store/device-limit.ts";
import type { Store } from "../../store/open.ts";
import type { EnrollmentPolicies } from "../enrollment-policies.ts";
import { enrollmentData } from "./enrollment-data.ts";
import { enrollmentPolicy } from "./sync-policies.ts";
import type { MadeToken, PersonalUsage, TokenCalls } from "./token-calls.ts";

export interface EnrollAndroidPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** `enterprises/LC…` */
  readonly enterprise: string;
  readonly tokens: TokenCalls;
  readonly policies: () => EnrollmentPolicies | undefined;
}

/** Whom a token is for. */
export interface AndroidInvitation {
  readonly group?: string | undefined;
  readonly owner?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** What the token allows; who owns the device is decided by the way in which it comes. */
  readonly mode: AndroidMode;
  readonly oneTimeOnly: boolean;
  readonly expiresAt: number;
  readonly by: string;
  /** The link that it is made for, and what takes a use of it. */
  readonly link?: { readonly id: string; readonly take: () => Promise<boolean> };
}

/** A link has no use left. */
export class LinkUsed extends UserError {
  constructor() {
    super("link-used", "the link has been used");
  }
}

export type AndroidMode = "fullyManaged" | "dedicated" | "workProfile";

const usage: Readonly<Record<AndroidMode, PersonalUsage>> = {
  fullyManaged: "PERSONAL_USAGE_DISALLOWED",
  dedicated: "PERSONAL_USAGE_DISALLOWED_USERLESS",
  workProfile: "PERSONAL_USAGE_ALLOWED",
};

/** A token, its id, and the text for the portal of zero-touch enrollment. Shown once and kept nowhere. */
export interface AndroidInvited extends MadeToken {
  readonly id: string;
  readonly zeroTouch: string;
}

/**
 * Has Google make an enrollment token. Devices that come with it begin with a policy that asks for nothing, and get
 * theirs when they are admitted. Throws UserError when nobody may enroll, or when that policy is not at Google yet.
 */
export async function inviteAndroid(
  ports: EnrollAndroidPorts,
  invitation: AndroidInvitation,
): Promise<AndroidInvited> {
  await requireAndroidPlace(ports);
  const { group, owner, tags, mode, oneTimeOnly, expiresAt, by, link } = invitation;
  const { store } = ports;
  const now = ports.clock();
  const tagged = Object.entries(tags ?? {}).map(([name, value]) => [`tag.${name}`, value]);
  // Google cannot tell a dedicated device from another one that is managed as a whole.
  // No device of a person enrolls with a token for whole devices: Google lets it have no personal use.
  const ownership = mode === "workProfile" ? undefined : "company";
  const said = { group, owner, mode: mode === "dedicated" ? mode : undefined, ownership };
  const facts = [...Object.entries(said), ...tagged].filter(([, value]) => value !== undefined);
  const id = newTokenId();
  const wish = {
    seconds: Math.max(shortest, Math.round((expiresAt - now) / 1_000)),
    oneTimeOnly,
    additionalData: enrollmentData(senderOf(ports), { id, facts: Object.fromEntries(facts) }),
    allowPersonalUsage: usage[mode],
  };
  const row = { id, label: group ?? "", oneTime: oneTimeOnly, usage: usage[mode], by, createdAt: now };
  if (link !== undefined && !(await link.take())) throw new LinkUsed();
  await rememberToken(store, { ...row, link: link?.id, expiresAt: now + wish.seconds * 1_000 });
  const made = await ask(ports, id, wish);
  if (!(await tokenMade(store, id, made.name)))
    throw new UserError("token-revoked", "the invitation was withdrawn while Google was asked");
  return { ...made, id, zeroTouch: zeroTouchText(made.qrCode) };
}

/** What nobody answered is looked for afterwards; what Google did not do is forgotten at once. */
async function ask(
  { store, clock, tokens }: EnrollAndroidPorts,
  id: string,
  wish: Parameters<TokenCalls["create"]>[0],
): Promise<MadeToken> {
  try {
    return await tokens.create(wish);
  } catch (error) {
    if (isUnanswered(error)) await tokenLost(store, id, clock());
    else await tokenGone(store, id, false);
    throw error;
  }
}

/** Google's least, in seconds. */
const shortest = 60;

/** By whom what goes with a token is told from what others wrote. */
export function senderOf({ store, enterprise }: Pick<EnrollAndroidPorts, "store" | "enterprise">) {
  return { sealer: store.sealer, enterprise };
}

/** Throws UserError where no Android device may enroll now. */
export async function requireAndroidPlace({ store, policies }: EnrollAndroidPorts): Promise<void> {
  const { deviceLimit, rules } = policies() ?? {};
  if (rules?.platforms !== undefined && !rules.platforms.includes("android"))
    throw new UserError("platform-not-allowed", "the Organization lets no Android devices enroll");
  if (deviceLimit !== undefined && (await isFull(store, deviceLimit, undefined)))
    throw new UserError(
      "device-limit",
      `${deviceLimit} ${deviceLimit === 1 ? "device is" : "devices are"} enrolled, and the Organization allows no more`,
      { hint: "Raise deviceLimit, or end the management of devices that are gone." },
    );
  const policy = (await listAndroidPolicies(store)).find((one) => one.id === enrollmentPolicy);
  if (policy === undefined || policy.writing)
    throw new UserError(
      "no-enrollment-policy",
      "the policy of devices that enroll is not at Google yet: without one they would reset themselves",
      { hint: "reeve status says what is in the way; else ask again in some seconds." },
    );
}

/** Of what a code holds, the portal wants the extras alone: it knows the app itself. */
function zeroTouchText(qrCode: string): string {
  const key = "android.app.extra.PROVISIONING_ADMIN_EXTRAS_BUNDLE";
  const payload = JSON.parse(qrCode) as Readonly<Record<string, unknown>>;
  return JSON.stringify({ [key]: payload[key] }, undefined, 2);
}

/** Tokens that may still let devices in. */
export async function androidTokens({ store, clock }: EnrollAndroidPorts): Promise<readonly TokenRow[]> {
  return listTokens(store, clock());
}

/**
 * Takes a token back: noted first, then at Google. `atGoogle` is false when Google did not answer: it is asked again
 * by itself. Undefined when no token in force has this id.
 */
export async function revokeAndroid(
  { store, clock, tokens }: EnrollAndroidPorts,
  id: string,
): Promise<{ readonly atGoogle: boolean } | undefined> {
  const token = await revokeToken(store, id, clock());
  if (token?.name === undefined) return undefined;
  try {
    await tokens.delete(token.name);
  } catch (error) {
    if (isExpected(error)) return { atGoogle: false };
    throw error;
  }
  await tokenGone(store, id, true);
  return { atGoogle: true };
}
