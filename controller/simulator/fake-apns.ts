import { X509Certificate } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http2";
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Push, type PushAnswer, type PushBroker, pushBroker } from "./apns.ts";
import { loopbackCertificate } from "./self-made.ts";
import { realWorld, type World } from "./world.ts";

export type FakeApns = PushBroker & {
  readonly host: string;
  readonly port: number;
  /** PEM of the certificate that clients must trust. */
  readonly ca: string;
  /** Client certificates that were presented: subject and SHA-256 fingerprint, one entry for each session. */
  readonly clients: readonly { readonly subject: string; readonly fingerprint256: string }[];
  /** What was wrong with requests, apart from their tokens. */
  readonly complaints: readonly string[];
  /** Sessions that are open now. */
  sessions(): number;
  /** Sends GOAWAY on every session; clients must connect again. */
  goAway(): void;
  /** Breaks every connection without a word. */
  breakConnections(): void;
  close(): Promise<void>;
};

/** Apple's push service on a loopback port: HTTP/2 over TLS, `POST /3/device/<token>`. */
export async function fakeApns(
  options: {
    readonly world?: World;
    readonly port?: number;
    readonly requireClientCertificate?: boolean;
  } = {},
): Promise<FakeApns> {
  const broker = pushBroker({ world: options.world ?? realWorld() });
  const tls = loopbackCertificate();
  const clients: { subject: string; fingerprint256: string }[] = [];
  const complaints: string[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({
    key: tls.key,
    cert: tls.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
    const raw = (session.socket as TLSSocket).getPeerCertificate?.()?.raw;
    if (raw === undefined) return;
    const certificate = new X509Certificate(raw);
    clients.push({ subject: certificate.subject, fingerprint256: certificate.fingerprint256 });
  });
  server.on("stream", (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on("error", () => stream.destroy());
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => respond(stream, headers, Buffer.concat(chunks)));
  });

  function respond(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): void {
    const answer = judge(stream, headers, body);
    const id = String(headers["apns-id"] ?? broker.nextId());
    const send = () => reply(stream, answer, id);
    if (answer.delayMs === undefined) send();
    else setTimeout(send, answer.delayMs).unref();
  }
  function judge(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): PushAnswer {
    const read = readPush(headers, body);
    const anonymous =
      (stream.session?.socket as TLSSocket | undefined)?.getPeerCertificate?.()?.raw === undefined;
    if (options.requireClientCertificate === true && anonymous) return complain(403, "MissingProviderToken");
    return "reason" in read ? complain(read.status, read.reason) : broker.push(read);
  }
  function complain(status: number, reason: string): PushAnswer {
    complaints.push(reason);
    return { status, reason };
  }
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  return {
    ...broker,
    host: "localhost",
    port: (server.address() as AddressInfo).port,
    ca: tls.certificate,
    clients,
    complaints,
    sessions: () => sessions.size,
    goAway: () => {
      for (const session of sessions) session.goaway();
    },
    breakConnections: () => {
      for (const session of sessions) session.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) session.destroy();
        server.close(() => resolve());
      }),
  };
}

type Complaint = { readonly status: number; readonly reason: string };

/** The push that a request asks for, in the form that Apple documents, or what is wrong with it. */
function readPush(headers: IncomingHttpHeaders, body: Buffer): Push | Complaint {
  const token = /^\/3\/device\/([0-9a-f]{64,200})$/.exec(String(headers[":path"]))?.[1];
  const topic = headers["apns-topic"];
  if (headers[":method"] !== "POST") return { status: 405, reason: "MethodNotAllowed" };
  if (token === undefined) return { status: 400, reason: "BadDeviceToken" };
  if (typeof topic !== "string") return { status: 400, reason: "MissingTopic" };
  if (headers["apns-push-type"] !== "mdm") return { status: 400, reason: "InvalidPushType" };
  const magic = magicIn(body);
  if (magic === undefined) return { status: 400, reason: "BadPayload" };
  const expiration = headers["apns-expiration"];
  return { token, topic, magic, ...(expiration !== undefined ? { expiration: Number(expiration) } : {}) };
}

/** The body is exactly `{"mdm": magic}`. */
function magicIn(body: Buffer): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    const entries = Object.entries(value ?? {});
    const [key, magic] = entries[0] ?? [];
    return entries.length === 1 && key === "mdm" && typeof magic === "string" ? magic : undefined;
  } catch {
    return undefined;
  }
}

function reply(stream: ServerHttp2Stream, answer: PushAnswer, id: string): void {
  if (stream.destroyed || stream.closed) return;
  const headers: Record<string, string | number> = { ":status": answer.status, "apns-id": id };
  if (answer.retryAfterSeconds !== undefined) headers["retry-after"] = answer.retryAfterSeconds;
  if (answer.reason === undefined) return void stream.respond(headers, { endStream: true });
  stream.respond({ ...headers, "content-type": "application/json" });
  const time = answer.timestamp !== undefined ? { timestamp: answer.timestamp } : {};
  stream.end(JSON.stringify({ reason: answer.reason, ...time }));
}
