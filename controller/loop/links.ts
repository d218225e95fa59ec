import { createChallenge as newSecret } from "../apple/challenge.ts";
import type { Ended, Host } from "../invitation/page.ts";
import { tokenOfLink } from "../store/android-tokens.ts";
import { isFull } from "../store/device-limit.ts";
import { challengesOf, createLink, findLink, type LinkRow, linkId, redeemLink } from "../store/links.ts";
import type { AndroidMode } from "./android/enroll-android.ts";
import {
  assertedBy,
  buildProfile,
  devicePaths,
  type EnrollPorts,
  type Invitation,
  nameOf,
  requireHttps,
  requirePlace,
  requireTopic,
} from "./enroll.ts";
import { profileService } from "./enroll-in-phases.ts";

/** A link that was made: its id for lists and events, and its address, which is kept nowhere. */
export interface MadeLink {
  readonly id: string;
  readonly url: string;
}

/** A link under which a profile for one device can be fetched `uses` times until it expires. */
export async function createEnrollmentLink(
  ports: EnrollPorts,
  invitation: Invitation,
  mailedTo?: string,
): Promise<MadeLink> {
  const { apple, android } = invitation.platforms ?? { apple: true };
  if (apple) requireTopic(ports);
  else requireHttps(ports);
  await requirePlace(ports, invitation);
  const secret = newSecret();
  const { uses, expiresAt, by } = invitation;
  await createLink(ports.store, {
    secret,
    label: invitation.group ?? "",
    boundTo: invitation.serial,
    mailedTo,
    apple,
    android,
    uses,
    expiresAt,
    asserted: assertedBy(invitation),
    by,
    at: ports.clock(),
  });
  return { id: linkId(secret), url: urlOf(ports, secret) };
}

/** The address alone of a new link. */
export async function enrollmentLink(ports: EnrollPorts, invitation: Invitation): Promise<string> {
  return (await createEnrollmentLink(ports, invitation)).url;
}

/** How a link stands: what its page has to say. */
export type LinkState =
  | {
      readonly type: "open";
      readonly url: string;
      /** Where its profile is, and where the code of an Android device; undefined for whom it lets in none of. */
      readonly profileUrl: string | undefined;
      readonly android: { readonly url: string; readonly mode: AndroidMode } | undefined;
      readonly serial: string | undefined;
      readonly ownership: string | undefined;
    }
  | { readonly type: Exclude<Ended, "busy"> };

/** What has become of a link. Nothing is used up by asking. */
export async function linkState(ports: EnrollPorts, secret: string): Promise<LinkState> {
  const link = await findLink(ports.store, secret);
  if (link === undefined) return { type: "unknown" };
  const ended = endingOf(link, ports.clock());
  // Its last use is under way: who took it may look once more.
  const isTaken = ended === "used" && (await tokenOfLink(ports.store, link.id, ports.clock())) !== undefined;
  if (ended !== undefined && !isTaken) return { type: ended };
  const limit = ports.policies()?.deviceLimit;
  if (limit !== undefined && (await isFull(ports.store, limit, link.boundTo))) return { type: "full" };
  const url = urlOf(ports, secret);
  const mode = modes.find((one) => one === link.android);
  return {
    type: "open",
    url,
    profileUrl: link.apple && !isTaken ? `${url}/profile` : undefined,
    android: mode && { url: `${url}/android`, mode },
    serial: link.boundTo,
    ownership: link.asserted.ownership?.value,
  };
}

const modes: readonly AndroidMode[] = ["fullyManaged", "dedicated", "workProfile"];

function endingOf(link: LinkRow, now: number): "used" | "expired" | "revoked" | undefined {
  if (link.revokedAt !== undefined) return "revoked";
  if (link.usesLeft <= 0) return "used";
  return link.expiresAt <= now ? "expired" : undefined;
}

/** The profile behind a link, good for one device within the hour; else how the link stands. */
export async function profileBehindLink(
  ports: EnrollPorts,
  secret: string,
): Promise<Buffer | Exclude<LinkState, { readonly type: "open" }>> {
  const state = await linkState(ports, secret);
  if (state.type !== "open") return state;
  if (state.profileUrl === undefined) return { type: state.android === undefined ? "unknown" : "used" };
  const link = await redeemLink(ports.store, secret, ports.clock());
  if (link === undefined) return { type: "used" };
  const { asserted, boundTo } = link;
  const by = challengesOf(linkId(secret));
  if (ports.inPhases === true) return profileService(ports, { by, asserted, boundTo });
  return buildProfile(ports, { uses: 1, expiresAt: ports.clock() + hourMs, by, asserted, boundTo }, true);
}

const hourMs = 3_600_000;

function urlOf(ports: EnrollPorts, secret: string): string {
  return `${ports.publicUrl()}${devicePaths.link}/${encodeURIComponent(secret)}`;
}

/** Who invites, as pages and mails show it. */
export function hostOf(ports: EnrollPorts): Host {
  const rules = ports.policies()?.rules;
  return {
    organization: nameOf(ports),
    instructions: rules?.instructions,
    supportEmail: rules?.supportEmail,
  };
}
