import type { X509Certificate } from "node:crypto";
import type { Credentials, DeviceAuthenticator, DeviceCertificate } from "../apple/authenticate.ts";
import { readCheckIn } from "../apple/checkin.ts";
import { MessageError } from "../apple/message.ts";
import { readScepQuery, type ScepServer, scepLimit } from "../apple/scep.ts";
import type { Clock } from "../core/ports.ts";
import { stopsFor } from "../core/stops.ts";
import { type AppleConnectionPorts, handleConnection } from "../loop/apple-connection.ts";
import type { CheckInPorts } from "../loop/authenticate.ts";
import { handleCheckIn } from "../loop/check-in.ts";
import { wrappedProfile } from "../loop/declaration-content.ts";
import type { DownloadPorts } from "../loop/downloads.ts";
import { devicePaths, type EnrollPorts } from "../loop/enroll.ts";
import { isPinned } from "../loop/pinning.ts";
import type { MachinePorts } from "../loop/portal/admit-machine.ts";
import { encryptFor } from "../loop/render-apple.ts";
import { inTurn } from "../slices.ts";
import { quarantine } from "../store/quarantine.ts";
import { registerAccountRoutes } from "./account-routes.ts";
import type { Allowance } from "./allowance.ts";
import type { DevicePlane } from "./device-plane.ts";
import { registerDownloadLinks } from "./download-routes.ts";
import { type AndroidLinks, registerLinkRoutes } from "./link-routes.ts";
import { registerMachineRoutes } from "./machine-routes.ts";
import { registerPhaseRoute } from "./phase-routes.ts";
import { type Authenticator, anyone, type HttpReply, type HttpRequest } from "./request.ts";

export interface AppleRoutes {
  readonly clock: Clock;
  readonly authenticate: DeviceAuthenticator;
  readonly checkIn: CheckInPorts;
  readonly connection: AppleConnectionPorts;
  readonly scep: ScepServer;
  readonly enroll: EnrollPorts;
  readonly androidLinks: AndroidLinks;
  readonly downloads: DownloadPorts;
  readonly machines: MachinePorts;
  /** What one address may ask without an identity. */
  readonly allowance: Allowance;
  /** Told how each SCEP request and each refusal ended, for metrics. */
  readonly onOutcome: (what: string, outcome: string) => void;
}

/** Registers the few routes that Apple devices need, and nothing else. */
export function registerAppleRoutes(plane: DevicePlane, routes: AppleRoutes): void {
  const device = deviceAuthenticator(routes);
  plane.route({
    method: "PUT",
    path: devicePaths.checkIn,
    authenticator: device,
    handle: (request, who) => checkIn(routes, request, who),
  });
  plane.route({
    method: "PUT",
    path: devicePaths.connect,
    authenticator: device,
    handle: (request, who) => connect(routes, request, who),
  });
  plane.route({
    method: "GET",
    path: `${devicePaths.declared}/:digest`,
    authenticator: device,
    handle: (request, who) => declaredProfile(routes, request, who),
  });
  const scep = anyone("SCEP: the challenge inside decides");
  plane.route({
    method: "GET",
    path: devicePaths.scep,
    authenticator: scep,
    bodyLimit: scepLimit,
    handle: (request) => within(routes, request, "scep", () => scepGet(routes, request)),
  });
  plane.route({
    method: "POST",
    path: devicePaths.scep,
    authenticator: scep,
    bodyLimit: scepLimit,
    handle: (request) => within(routes, request, "scep", () => scepAnswer(routes, request, request.body)),
  });
  registerLinkRoutes(plane, routes.enroll, routes.androidLinks, (request, answer) =>
    within(routes, request, "link", answer),
  );
  registerMachineRoutes(
    plane,
    routes.machines,
    // A device that is told to update itself has done nothing wrong; whoever is refused is told nothing.
    (request, answer) =>
      within(routes, request, "automated", answer, ({ status, body }) => status >= 400 && body === undefined),
    (reason) => routes.onOutcome("automated", reason),
  );
  registerPhaseRoute(plane, routes.machines, (request, answer) => within(routes, request, "phases", answer));
  registerAccountRoutes(plane, routes.enroll, (request, answer) =>
    within(routes, request, "account", answer),
  );
  registerDownloadLinks(plane, routes.downloads, (request, answer) =>
    within(routes, request, "download", answer),
  );
}

/**
 * What anybody may ask, as often as his address may. Whoever asks too much is told when to come again: a person at a
 * device sees that the profile could not be installed, and tries again; an enrolled device asks for none of this.
 */
async function within(
  routes: AppleRoutes,
  { peer: { address } }: HttpRequest,
  what: string,
  answer: () => Promise<HttpReply>,
  isRefusal = (reply: HttpReply): boolean => reply.status >= 400,
): Promise<HttpReply> {
  const wait = routes.allowance.take(address, routes.clock());
  if (wait !== undefined) {
    routes.onOutcome(what, "too-many-requests");
    return { status: 429, headers: { "retry-after": String(wait) } };
  }
  const reply = await answer();
  if (isRefusal(reply)) routes.allowance.refused(address, routes.clock());
  return reply;
}

/** The signer of `Mdm-Signature`, or the holder of the transport's certificate. */
function deviceAuthenticator(routes: AppleRoutes): Authenticator<DeviceCertificate> {
  return {
    name: "mdm-identity",
    screen(request) {
      const reason = routes.authenticate.screen(credentialsOf(request), routes.clock());
      if (reason !== undefined) routes.onOutcome("identity", reason);
      return reason;
    },
    async authenticate(request) {
      const result = await inTurn(() => routes.authenticate(credentialsOf(request), routes.clock()));
      if (result.type === "identity") return { type: "identity", identity: result.identity };
      routes.onOutcome("identity", result.reason);
      return { type: "refused", reason: result.reason, reply: { status: 403 } };
    },
  };
}

function credentialsOf(request: HttpRequest): Credentials {
  const certificate: X509Certificate | undefined = request.peer.certificate;
  return { body: request.body, signature: request.header("mdm-signature"), certificate };
}

const xml = { "content-type": "application/xml" };
const json = { "content-type": "application/json" };

async function checkIn(
  routes: AppleRoutes,
  request: HttpRequest,
  who: DeviceCertificate,
): Promise<HttpReply> {
  try {
    const reply = await handleCheckIn(routes.checkIn, readCheckIn(request.body), who.sha256);
    if (reply.reason !== undefined) routes.onOutcome("check-in", reply.reason);
    const headers = reply.type === "json" ? json : xml;
    return { status: reply.status, headers, ...(reply.body === undefined ? {} : { body: reply.body }) };
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const { store } = routes.checkIn;
    const source = `checkin ${who.sha256.slice(0, 12)}`;
    await quarantine(store, { source, reason: error.message, raw: request.body, at: routes.clock() });
    routes.onOutcome("check-in", "quarantined");
    return { status: 200 };
  }
}

/** A profile that a declaration wraps, for the channel that was handed this declaration. */
async function declaredProfile(
  { checkIn: { store, declarations } }: AppleRoutes,
  { params, query }: HttpRequest,
  who: DeviceCertificate,
): Promise<HttpReply> {
  const row = await store.channels.read(query.channel ?? "");
  if (declarations === undefined || row === undefined || row.status === "left") return { status: 404 };
  if (!(await isPinned(store, row, who.sha256))) return { status: 403 };
  // Like a declaration itself: the device comes again.
  if (stopsFor(row.stops, []).halted) return { status: 503 };
  const bytes = await wrappedProfile(declarations, row, params.digest ?? "", encryptFor(who));
  if (bytes === undefined) return { status: 404 };
  return { status: 200, headers: profileHeaders, body: bytes };
}

const profileHeaders = {
  "content-type": "application/x-apple-aspen-config",
  "cache-control": "no-store",
} as const;

async function connect(
  routes: AppleRoutes,
  request: HttpRequest,
  who: DeviceCertificate,
): Promise<HttpReply> {
  // Some servers are configured with one address for both; Apple tells them apart by the content type.
  if (request.header("content-type")?.startsWith("application/x-apple-aspen-mdm-checkin") === true)
    return checkIn(routes, request, who);
  const reply = await handleConnection(routes.connection, request.body, who);
  if (reply.type === "refused") {
    routes.onOutcome("connection", reply.reason);
    return { status: 403 };
  }
  if (reply.type === "quarantined") {
    routes.onOutcome("connection", "quarantined");
    return { status: 200 };
  }
  return reply.body === undefined ? { status: 200 } : { status: 200, headers: xml, body: reply.body };
}

async function scepGet(routes: AppleRoutes, request: HttpRequest): Promise<HttpReply> {
  switch (request.query.operation) {
    case "GetCACaps":
      return { status: 200, headers: { "content-type": "text/plain" }, body: routes.scep.capabilities() };
    case "GetCACert": {
      const { type, body } = routes.scep.authorityCertificates();
      return { status: 200, headers: { "content-type": type }, body };
    }
    case "PKIOperation": {
      const message = readScepQuery(messageOf(request));
      return message === undefined ? { status: 400 } : scepAnswer(routes, request, message);
    }
    default:
      return { status: 400 };
  }
}

/** The `message` parameter with its plus signs as they were sent. */
function messageOf(request: HttpRequest): string {
  const part = request.rawQuery.split("&").find((one) => one.startsWith("message="));
  try {
    return decodeURIComponent((part ?? "").slice("message=".length));
  } catch {
    return "";
  }
}

async function scepAnswer(routes: AppleRoutes, request: HttpRequest, message: Buffer): Promise<HttpReply> {
  const answer = await routes.scep.answer(message, routes.clock());
  routes.onOutcome("scep", answer.outcome);
  // In SCEP a refusal is a reply like any other.
  if (answer.outcome === "refused") routes.allowance.refused(request.peer.address, routes.clock());
  if (answer.reply === undefined) return { status: 400 };
  return { status: 200, headers: { "content-type": "application/x-pki-message" }, body: answer.reply };
}
