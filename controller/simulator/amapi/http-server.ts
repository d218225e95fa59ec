import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Larger than any policy; more is cut off. */
const MOST_BYTES = 16 * 1_048_576;

export type Received = {
  readonly http: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: Buffer;
};
/** An answer; or nothing, and the connection breaks. */
export type Answered =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "drop";

export type Listening = {
  /** `http://127.0.0.1:40000`. */
  readonly url: string;
  close(): Promise<void>;
};

/** Listens on a loopback port. JSON goes out as Google labels it. */
export async function listen(answer: (request: Received) => Promise<Answered>, port = 0): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    receive(incoming)
      .then(answer)
      .then((answered) => send(outgoing, answered))
      .catch(() => incoming.destroy());
  });
  // Virtual time may pass in one go: no connection ends only because nobody had a turn for a while.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => close(server),
  };
}

async function receive(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error("the body is too large");
    chunks.push(chunk);
  }
  const { method = "", url = "/", headers } = incoming;
  return {
    http: method,
    url: new URL(url, "http://emulated.invalid"),
    authorization: headers.authorization,
    body: Buffer.concat(chunks),
  };
}

function send(outgoing: ServerResponse, answered: Answered): void {
  if (answered === "drop") return void outgoing.socket?.destroy();
  const { status, body, headers } = answered;
  const text = body === undefined ? "" : JSON.stringify(body);
  outgoing.writeHead(status, { "content-type": "application/json; charset=UTF-8", ...headers });
  outgoing.end(text);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.closeAllConnections();
    // A client in this process hears of it when the loop has turned, and takes no dead connection after that.
    server.close(() => setImmediate(() => setImmediate(resolve)));
  });
}
