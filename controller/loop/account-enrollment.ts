import { randomInt } from "node:crypto";
import { createChallenge as newToken } from "../apple/challenge.ts";
import { UserError } from "../errors.ts";
import { createChallenge, redeemChallenge } from "../store/challenges.ts";
import {
  assertedBy,
  buildProfile,
  currentForm,
  devicePaths,
  type EnrollPorts,
  type Invitation,
  requirePlace,
  requireTopic,
} from "./enroll.ts";

/** Letters and digits that nobody takes for others (Crockford's base 32): 16 of them are 80 bits. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const codeLength = 16;

/**
 * A code with which the holder of a Managed Apple Account may sign in on `uses` devices until it expires, in groups of
 * four. Throws UserError where nobody may sign in, and as `enrollmentProfile`.
 */
export async function createAccountCode(
  ports: EnrollPorts,
  invitation: Invitation,
  managedAppleId: string,
): Promise<string> {
  const { accounts } = ports;
  if (accounts === undefined)
    throw new UserError("accounts-off", "nobody may sign in with an account here", {
      hint: "Set apple.accountEnrollment to user or device.",
    });
  requireTopic(ports);
  // User Enrollment is for personal devices, whoever says otherwise.
  const ownership = accounts === "user" ? "personal" : invitation.ownership;
  const { serial: _serial, ownership: _ownership, ...rest } = invitation;
  const whom = { owner: managedAppleId, ...rest, account: accounts, ...(ownership && { ownership }) };
  await requirePlace(ports, whom);
  const code = Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join("");
  await createChallenge(ports.store, {
    secret: secretOf(code),
    purpose: "account-code",
    boundTo: plain(managedAppleId),
    uses: invitation.uses,
    expiresAt: invitation.expiresAt,
    asserted: assertedBy(whom),
    by: invitation.by,
    at: ports.clock(),
  });
  return code.replace(/(.{4})(?=.)/g, "$1-");
}

/** A device that takes longer to go on after its user signed in has him sign in again. */
const tokenMs = 15 * 60_000;

/** Takes one use of a code; the access token with which his device is given its profile. Undefined for a wrong one. */
export async function signIn(
  { store, clock }: EnrollPorts,
  said: { readonly account: string; readonly code: string },
): Promise<string | undefined> {
  const account = plain(said.account);
  const at = clock();
  const use = { secret: secretOf(said.code), purpose: "account-code", serial: account, at };
  const redeemed = account === "" ? undefined : await redeemChallenge(store, use);
  if (redeemed === undefined) return undefined;
  const secret = newToken();
  await createChallenge(store, {
    secret,
    purpose: "account-token",
    boundTo: account,
    uses: 1,
    expiresAt: at + tokenMs,
    asserted: redeemed.asserted,
    by: `sign-in of ${account}`,
    at,
  });
  return secret;
}

const hourMs = 3_600_000;

/** The enrollment profile of who signed in, for one device within the hour; undefined for a token that is no good. */
export async function profileForToken(ports: EnrollPorts, token: string): Promise<Buffer | undefined> {
  const at = ports.clock();
  const redeemed = await redeemChallenge(ports.store, { secret: token, purpose: "account-token", at });
  if (redeemed?.boundTo === undefined) return undefined;
  const { asserted, boundTo: managedAppleId } = redeemed;
  const mode = asserted.enrollmentType?.value === "user" ? "BYOD" : "ADDE";
  const grant = { uses: 1, expiresAt: at + hourMs, by: "sign-in with an account", asserted };
  return buildProfile(ports, grant, true, {
    ...currentForm(ports, asserted),
    account: { mode, managedAppleId },
  });
}

/**
 * What a device is told that asks where its account's domain is managed (Apple: com.apple.remotemanagement). Undefined
 * where nobody may sign in.
 */
export function discovery(ports: EnrollPorts): object | undefined {
  if (ports.accounts === undefined || ports.topic === undefined) return undefined;
  const Version = ports.accounts === "user" ? "mdm-byod" : "mdm-adde";
  return { Servers: [{ Version, BaseURL: `${ports.publicUrl()}${devicePaths.account}` }] };
}

/** Addresses are the same in any case. */
function plain(account: string): string {
  return account.trim().toLowerCase();
}

/** As people copy and type it: spaces and dashes mean nothing, and O, I and L are digits. */
function secretOf(code: string): string {
  const typed = code.toUpperCase().replace(/[^0-9A-Z]/g, "");
  return `account ${typed.replaceAll("O", "0").replace(/[IL]/g, "1")}`;
}
