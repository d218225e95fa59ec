import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export type FakeRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};
export type FakeAnswer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Something that goes wrong with requests whose path begins so: once, unless `times` says more. */
export type HttpFault = {
  readonly path: string;
  readonly times?: number;
  /** Answered instead of what was asked for. */
  readonly answer?: FakeAnswer;
  /** The connection breaks: before anything happens, or after it happened and before its answer. */
  readonly cut?: "before" | "after";
};

export type FakeHttp = {
  readonly url: string;
  /** `POST /profile`, one for each request in order. */
  readonly requests: readonly FakeRequest[];
  fail(fault: HttpFault): void;
  close(): Promise<void>;
};

/** A real HTTP server on a loopback port whose answers can be made to go wrong. */
export async function fakeHttp(answer: (request: FakeRequest) => FakeAnswer): Promise<FakeHttp> {
  const requests: FakeRequest[] = [];
  const faults: { fault: HttpFault; left: number }[] = [];

  function faultFor(path: string): HttpFault | undefined {
    const found = faults.find(({ fault, left }) => left > 0 && path.startsWith(fault.path));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://localhost");
      const request = {
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      requests.push(request);
      const fault = faultFor(request.path);
      if (fault?.cut === "before") return void incoming.socket.destroy();
      const said = fault?.answer ?? answer(request);
      if (fault?.cut === "after") return void incoming.socket.destroy();
      const text =
        said.body === undefined ? "" : typeof said.body === "string" ? said.body : JSON.stringify(said.body);
      outgoing.writeHead(said.status, { "content-type": "application/json", ...said.headers });
      outgoing.end(text);
    });
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}
