import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a receiver of notifications was sent. */
export interface Taken {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP server on this host that takes whatever is posted; `answer` decides otherwise, and may be changed. */
export async function receiving() {
  const taken: Taken[] = [];
  const waiting: ((one: Taken) => void)[] = [];
  const how = {
    answer: (_taken: Taken, response: ServerResponse): void => void response.writeHead(200).end("ok"),
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = {
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      };
      taken.push(one);
      for (const tell of waiting.splice(0)) tell(one);
      how.answer(one, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    taken,
    how,
    /** The one that comes next. */
    next: () => new Promise<Taken>((resolve) => waiting.push(resolve)),
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
