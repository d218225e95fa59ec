import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An address on this host that a browser is sent to with something in its query. */
export interface Callback extends AsyncDisposable {
  /** `http://127.0.0.1:40000/…`: nobody else guesses the path. */
  readonly url: string;
  /** Resolves with the first value that comes; later ones are not taken. */
  readonly value: Promise<string>;
}

const longest = 4_096;

/** Listens on the loopback address until it is disposed of. `key` names what is waited for. */
export async function awaitCallback(key: string): Promise<Callback> {
  const path = `/${randomBytes(18).toString("base64url")}`;
  const { promise, resolve } = Promise.withResolvers<string>();
  let taken = false;
  function answer(request: IncomingMessage, response: ServerResponse): void {
    // What comes may be from any page that the browser has open: `//` is no address.
    const url = URL.parse(request.url ?? "/", "http://127.0.0.1");
    const value = url?.searchParams.get(key) ?? "";
    const isMeant = request.method === "GET" && url?.pathname === path && !taken;
    const isGood = isMeant && value !== "" && value.length <= longest;
    say(response, isGood ? 200 : 404, isGood ? done : "Not found.");
    if (!isGood) return;
    taken = true;
    resolve(value);
  }
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 16_384 }, answer);
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(0, "127.0.0.1", listening);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    value: promise,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeIdleConnections();
      }),
  };
}

const done = "Done. Go back to the terminal; this page can be closed.";

function say(response: ServerResponse, status: number, text: string): void {
  // What is in the address is of use to nobody whom this page leads to.
  const headers = { "content-type": "text/plain; charset=utf-8", "referrer-policy": "no-referrer" };
  response.writeHead(status, { ...headers, "cache-control": "no-store", connection: "close" });
  response.end(`${text}\n`);
}
