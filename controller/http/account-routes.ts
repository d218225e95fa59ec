import { signInPage } from "../invitation/account-page.ts";
import { discovery, profileForToken, signIn } from "../loop/account-enrollment.ts";
import { devicePaths, type EnrollPorts } from "../loop/enroll.ts";
import { hostOf } from "../loop/links.ts";
import type { DevicePlane } from "./device-plane.ts";
import type { Within } from "./link-routes.ts";
import { anyone, type HttpReply, type HttpRequest } from "./request.ts";

const smallForm = 4_096;
const signedRequest = 65_536;

/**
 * Registers account-driven enrollment (Apple: "simple authentication account-driven enrollment flow"): discovery, the
 * challenge that leads to the page for signing in, and the profile for who has signed in.
 */
export function registerAccountRoutes(plane: DevicePlane, enroll: EnrollPorts, within: Within): void {
  const authenticator = anyone("account-driven enrollment: the code and the token decide");
  plane.route({
    method: "GET",
    path: "/.well-known/com.apple.remotemanagement",
    authenticator,
    handle: (request) => within(request, async () => discovered(enroll)),
  });
  plane.route({
    method: "POST",
    path: devicePaths.account,
    authenticator,
    bodyLimit: signedRequest,
    // The device is not managed yet: 401 is how it learns where its user signs in.
    challenges: true,
    handle: (request) => {
      const token = tokenIn(request.header("authorization"));
      if (token === undefined) return challenge(enroll);
      return within(request, () => giveProfile(enroll, token));
    },
  });
  plane.route({
    method: "GET",
    path: `${devicePaths.account}/sign-in`,
    authenticator,
    handle: (request) =>
      within(request, async () => showPage(enroll, request.query["user-identifier"] ?? "", false)),
  });
  plane.route({
    method: "POST",
    path: `${devicePaths.account}/sign-in`,
    authenticator,
    bodyLimit: smallForm,
    handle: (request) => within(request, () => trySignIn(enroll, request)),
  });
}

function discovered(enroll: EnrollPorts): HttpReply {
  const found = discovery(enroll);
  if (found === undefined) return { status: 404 };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(found) };
}

function challenge(enroll: EnrollPorts): HttpReply {
  if (discovery(enroll) === undefined) return { status: 404 };
  return {
    status: 401,
    headers: { "www-authenticate": `Bearer method="apple-as-web", url="${signInUrl(enroll)}"` },
  };
}

function signInUrl(enroll: EnrollPorts): string {
  return `${enroll.publicUrl()}${devicePaths.account}/sign-in`;
}

/** Of `Bearer …`; undefined without one. A header that is not of this form holds no token that is any good. */
function tokenIn(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return /^Bearer ([A-Za-z0-9_-]{1,100})$/i.exec(header)?.[1] ?? "";
}

async function giveProfile(enroll: EnrollPorts, token: string): Promise<HttpReply> {
  const profile = discovery(enroll) === undefined ? undefined : await profileForToken(enroll, token);
  if (profile === undefined) return { status: 403 };
  const headers = { "content-type": "application/x-apple-aspen-config", "cache-control": "no-store" };
  return { status: 200, headers, body: profile };
}

function showPage(enroll: EnrollPorts, account: string, wrong: boolean): HttpReply {
  if (discovery(enroll) === undefined) return { status: 404 };
  const asked = {
    action: signInUrl(enroll),
    account: account.slice(0, 254),
    personal: enroll.accounts === "user",
  };
  return { status: wrong ? 403 : 200, ...signInPage(hostOf(enroll), asked, wrong) };
}

async function trySignIn(enroll: EnrollPorts, request: HttpRequest): Promise<HttpReply> {
  if (discovery(enroll) === undefined) return { status: 404 };
  const form = new URLSearchParams(request.body.toString("utf8"));
  const account = form.get("user-identifier") ?? "";
  const token = await signIn(enroll, { account, code: form.get("code") ?? "" });
  if (token === undefined) return showPage(enroll, account, true);
  const location = `apple-remotemanagement-user-login://authentication-results?access-token=${token}`;
  return { status: 308, headers: { location, "cache-control": "no-store" } };
}
