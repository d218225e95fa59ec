import { connect, type TLSSocket } from "node:tls";
import type { TransportRequest, TransportResponse } from "../simulator/transport.ts";

/** One kept-alive HTTPS connection that costs the client next to nothing: one request at a time, bytes prepared before. */
export interface LeanConnection {
  readonly send: (request: Buffer) => Promise<TransportResponse>;
  /** False once the server has closed it, as it does with those that are silent for long. */
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

/** Connects; rejects when TLS does not come about. */
export function openLeanConnection(url: URL, ca: string): Promise<LeanConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), ca }, () =>
      resolve(overSocket(socket)),
    );
    socket.once("error", reject);
    socket.setNoDelay(true);
  });
}

interface Waiting {
  readonly resolve: (response: TransportResponse) => void;
  readonly reject: (error: Error) => void;
}

function overSocket(socket: TLSSocket): LeanConnection {
  let waiting: Waiting | undefined;
  let received: Buffer = Buffer.alloc(0);
  socket.on("data", (part: Buffer) => {
    received = received.length === 0 ? part : Buffer.concat([received, part]);
    const response = readResponse(received);
    if (response === undefined) return;
    received = Buffer.alloc(0);
    // What nobody has asked for is the server's word before it closes a connection that was silent for long.
    waiting?.resolve(response);
    waiting = undefined;
  });
  const fail = (error?: Error) => waiting?.reject(error ?? new Error("the server hung up"));
  socket.on("error", fail);
  socket.on("close", () => fail());
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket.write(request);
      }),
    isOpen: () => socket.writable && !socket.readableEnded,
    close: () => socket.destroy(),
  };
}

/** A whole response with a Content-Length, which all of ours have; undefined while some of it is missing. */
function readResponse(bytes: Buffer): TransportResponse | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [status = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const length = Number(headers["content-length"]);
  if (Number.isNaN(length)) throw new Error(`a response without content-length: ${status}`);
  if (bytes.length < end + 4 + length) return undefined;
  return { status: Number(status.split(" ")[1]), headers, body: Buffer.from(bytes.subarray(end + 4)) };
}

/** The bytes of a request, as they go over the wire. */
export function bytesOf({ method, url, headers, body = Buffer.alloc(0) }: TransportRequest): Buffer {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries({ ...headers, "content-length": String(body.length) });
  const head = [
    `${method} ${pathname}${search} HTTP/1.1`,
    `host: ${host}`,
    ...lines.map((line) => line.join(": ")),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}
