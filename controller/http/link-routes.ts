import { type Ended, endedPage, invitationPage, type Page } from "../invitation/page.ts";
import { kindOf } from "../invitation/steps.ts";
import { devicePaths, type EnrollPorts } from "../loop/enroll.ts";
import { hostOf, linkState, profileBehindLink } from "../loop/links.ts";
import type { DevicePlane } from "./device-plane.ts";
import { anyone, type HttpReply, type HttpRequest } from "./request.ts";

/** Answers unless the address has asked too much; then it is told when to come again. */
export type Within = (request: HttpRequest, answer: () => Promise<HttpReply>) => Promise<HttpReply>;

/** Registers the page behind an enrollment link and the profile behind its button. */
export function registerLinkRoutes(plane: DevicePlane, enroll: EnrollPorts, within: Within): void {
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
};

function ended(enroll: EnrollPorts, type: Ended): HttpReply {
  const page: Page = endedPage(hostOf(enroll), type);
  return { status: statuses[type], ...page };
}

function busy(enroll: EnrollPorts, reply: HttpReply): HttpReply {
  const page = endedPage(hostOf(enroll), "busy");
  return { ...reply, ...page, headers: { ...page.headers, ...reply.headers } };
}
