import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What came to the server. */
export interface Came {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

/** An answer in JSON, or whatever the function makes of the connection. */
export type Scripted =
  | { readonly status: number; readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface TestGoogle extends AsyncDisposable {
  readonly url: string;
  readonly came: readonly Came[];
}

/** A server that gives these answers one after the other, the last again and again. */
export async function testGoogle(...answers: readonly Scripted[]): Promise<TestGoogle> {
  const came: Came[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const answer = answers[Math.min(came.length, answers.length - 1)];
      const { method = "", url = "", headers } = request;
      const body = Buffer.concat(chunks).toString("utf8");
      came.push({ method, path: url, body, authorization: headers.authorization });
      if (typeof answer === "function") {
        answer(request, response);
        return;
      }
      response.writeHead(answer?.status ?? 500, { "content-type": "application/json", ...answer?.headers });
      response.end(answer?.json === undefined ? undefined : JSON.stringify(answer.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An error as Google writes it. */
export function refusal(
  code: number,
  status: string,
  message: string,
  details: readonly object[] = [],
): Scripted {
  return { status: code, json: { error: { code, status, message, details } } };
}
