import { androidCodePage } from "../invitation/android-page.ts";
import { invitationPage } from "../invitation/invitation-page.ts";
import { type Ended, endedPage, type Page } from "../invitation/page.ts";
import { kindOf } from "../invitation/steps.ts";
import type { BehindLink } from "../loop/android/link-tokens.ts";
import { devicePaths, type EnrollPorts } from "../loop/enroll.ts";
import { hostOf, linkState, profileBehindLink } from "../loop/links.ts";
import type { DevicePlane } from "./device-plane.ts";
import { anyone, type HttpReply, type HttpRequest } from "./request.ts";

/** Answers unless the address has asked too much; then it is told when to come again. */
export type Within = (request: HttpRequest, answer: () => Promise<HttpReply>) => Promise<HttpReply>;

/** The code for an Android device behind a link; undefined where no Android devices are managed. */
export type AndroidLinks = ((secret: string) => Promise<BehindLink>) | undefined;

/** Registers the page behind an enrollment link, and what is behind its buttons: a profile, or a code. */
export function registerLinkRoutes(
  plane: DevicePlane,
  enroll: EnrollPorts,
  android: AndroidLinks,
  within: Within,
): void {
  const authenticator = anyone("enrollment link: the secret in the path decides");
  const polite = async (request: HttpRequest, answer: () => Promise<HttpReply>): Promise<HttpReply> => {
    const reply = await within(request, answer);
    return reply.status === 429 ? busy(enroll, reply) : reply;
  };
  plane.route({
    method: "GET",
    path: `${devicePaths.link}/:secret`,
    authenticator,
    handle: (request) => polite(request, () => showPage(enroll, request)),
  });
  plane.route({
    method: "GET",
    path: `${devicePaths.link}/:secret/profile`,
    authenticator,
    handle: (request) => polite(request, () => giveProfile(enroll, request)),
  });
  if (android === undefined) return;
  plane.route({
    method: "GET",
    path: `${devicePaths.link}/:secret/android`,
    authenticator,
    handle: (request) =>
      polite(request, async () => {
        const behind = await android(request.params.secret ?? "");
        if (behind.type !== "code") return ended(enroll, behind.type);
        return { status: 200, ...androidCodePage(hostOf(enroll), behind) };
      }),
  });
}

/** What only looks at a link, such as a preview in a chat, uses nothing of it up. */
async function showPage(enroll: EnrollPorts, request: HttpRequest): Promise<HttpReply> {
  const state = await linkState(enroll, request.params.secret ?? "");
  if (state.type !== "open") return ended(enroll, state.type);
  const kind = kindOf(request.header("user-agent"));
  return { status: 200, ...invitationPage(hostOf(enroll), state, kind) };
}

async function giveProfile(enroll: EnrollPorts, request: HttpRequest): Promise<HttpReply> {
  const given = await profileBehindLink(enroll, request.params.secret ?? "");
  if (!Buffer.isBuffer(given)) return ended(enroll, given.type);
  return {
    status: 200,
    headers: {
      "content-type": "application/x-apple-aspen-config",
      "content-disposition": 'attachment; filename="enrollment.mobileconfig"',
      "cache-control": "no-store",
    },
    body: given,
  };
}

const statuses: Readonly<Record<Ended, number>> = {
  used: 410,
  expired: 410,
  revoked: 410,
  unknown: 404,
  full: 403,
  busy: 429,
  later: 503,
};

function ended(enroll: EnrollPorts, type: Ended): HttpReply {
  const page: Page = endedPage(hostOf(enroll), type);
  return { status: statuses[type], ...page };
}

function busy(enroll: EnrollPorts, reply: HttpReply): HttpReply {
  const page = endedPage(hostOf(enroll), "busy");
  return { ...reply, ...page, headers: { ...page.headers, ...reply.headers } };
}
