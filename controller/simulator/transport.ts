import type { KeyObject } from "node:crypto";
import { request as httpRequest, Agent as PlainAgent } from "node:http";
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import { pemOf } from "./certificate.ts";

export type TransportRequest = {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The identity of the device, for transports that present it as a TLS client certificate. */
  readonly identity?: { readonly certificate: Buffer; readonly privateKey: KeyObject };
};
export type TransportResponse = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};
/** One HTTP exchange. Rejects when no answer came; any status is an answer. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

export type SocketTransport = Transport & {
  /** Closes the connections that are kept alive. */
  close(): void;
};

export type SocketOptions = {
  /** PEM of the authorities that the device trusts for TLS. */
  readonly ca?: string | readonly string[];
  /** Present the device's identity in the TLS handshake. */
  readonly clientCertificate?: "mtls";
  readonly keepAlive?: boolean;
  readonly maxSockets?: number;
  readonly timeoutMs?: number;
};

/** A transport over real sockets: pooled HTTPS connections, one pool for each identity with `mtls`. */
export function socketTransport(options: SocketOptions = {}): SocketTransport {
  const pool = { keepAlive: options.keepAlive ?? true, maxSockets: options.maxSockets ?? 64 };
  const agent = new Agent({
    ...pool,
    ...(options.ca !== undefined ? { ca: [options.ca].flat() as string[] } : {}),
  });
  const plainAgent = new PlainAgent(pool);
  const keys = new WeakMap<KeyObject, string>();

  function credentials(request: TransportRequest): RequestOptions {
    if (options.clientCertificate !== "mtls" || request.identity === undefined) return {};
    const { certificate, privateKey } = request.identity;
    const key = keys.get(privateKey) ?? (privateKey.export({ type: "pkcs8", format: "pem" }) as string);
    keys.set(privateKey, key);
    return { cert: pemOf(certificate), key };
  }
  function send(request: TransportRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const secure = request.url.startsWith("https:");
      const outgoing = (secure ? httpsRequest : httpRequest)(
        request.url,
        {
          method: request.method,
          headers: { ...request.headers, ...(request.body ? { "content-length": request.body.length } : {}) },
          agent: secure ? agent : plainAgent,
          timeout: options.timeoutMs ?? 30_000,
          ...(secure ? credentials(request) : {}),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: flat(incoming.headers),
              body: Buffer.concat(chunks),
            }),
          );
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
      outgoing.on("error", reject);
      outgoing.end(request.body);
    });
  }
  return Object.assign(send, {
    close() {
      agent.destroy();
      plainAgent.destroy();
    },
  });
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ""].flat().join(", ")]),
  );
}
