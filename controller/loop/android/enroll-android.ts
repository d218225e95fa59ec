import type { Clock } from "../../core/ports.ts";
import { UserError } from "../../errors.ts";
import { listAndroidPolicies } from "../../store/android-policies.ts";
import { listTokens, putToken, type TokenRow, tokenId, tokenRevoked } from "../../store/android-tokens.ts";
import { isFull } from "../../store/device-limit.ts";
import type { Store } from "../../store/open.ts";
import type { EnrollmentPolicies } from "../enrollment-policies.ts";
import { enrollmentData } from "./enrollment-data.ts";
import { enrollmentPolicy } from "./sync-policies.ts";
import type { MadeToken, PersonalUsage, TokenCalls } from "./token-calls.ts";

export interface EnrollAndroidPorts {
  readonly store: Store;
  readonly clock: Clock;
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
  const { store, clock, tokens } = ports;
  await requireAndroidPlace(ports);
  const { group, owner, tags, mode, oneTimeOnly, expiresAt, by } = invitation;
  const now = clock();
  const tagged = Object.entries(tags ?? {}).map(([name, value]) => [`tag.${name}`, value]);
  // Google cannot tell a dedicated device from another one that is managed as a whole.
  // No device of a person enrolls with a token for whole devices: Google lets it have no personal use.
  const ownership = mode === "workProfile" ? undefined : "company";
  const said = { group, owner, mode: mode === "dedicated" ? mode : undefined, ownership };
  const facts = [...Object.entries(said), ...tagged].filter(([, value]) => value !== undefined);
  const made = await tokens.create({
    seconds: Math.max(shortest, Math.round((expiresAt - now) / 1_000)),
    oneTimeOnly,
    additionalData: enrollmentData(Object.fromEntries(facts) as Record<string, string>),
    allowPersonalUsage: usage[mode],
  });
  const { name } = made;
  await putToken(store, { name, label: group ?? "", oneTime: oneTimeOnly, expiresAt, by, createdAt: now });
  return { ...made, id: tokenId(name), zeroTouch: zeroTouchText(made.qrCode) };
}

/** Google's least, in seconds. */
const shortest = 60;

async function requireAndroidPlace({ store, policies }: EnrollAndroidPorts): Promise<void> {
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

/** Takes a token away, at Google first. False when no token in force has this id. */
export async function revokeAndroid(ports: EnrollAndroidPorts, id: string): Promise<boolean> {
  const token = (await androidTokens(ports)).find((one) => one.id === id);
  if (token === undefined) return false;
  await ports.tokens.delete(token.name);
  await tokenRevoked(ports.store, token.name, ports.clock());
  return true;
}
