import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Answer,
  assets,
  assignments,
  type ContentLocation,
  change,
  clientConfig,
  eventStatus,
  type Fields,
  type MdmInfo,
  refuse,
  serviceConfig,
} from "./content-answers.ts";
import { type ContentBooks, type ContentEvent, contentBooks, type OwnedAsset } from "./content-books.ts";
import { realWorld, type World } from "./world.ts";

/** What goes wrong with the next requests of an endpoint. */
export type ContentFault =
  | {
      readonly type: "status";
      readonly status: number;
      readonly number?: number;
      readonly retryAfter?: number;
    }
  /** It is carried out, and its answer is lost. */
  | { readonly type: "answer lost" }
  /** It is lost before anybody reads it. */
  | { readonly type: "request lost" }
  /** It is taken, and its event fails for these devices, or for all. */
  | { readonly type: "event fails"; readonly number: number; readonly serials?: readonly string[] };

export type Endpoint =
  | "service/config"
  | "client/config"
  | "assets"
  | "assignments"
  | "assets/associate"
  | "assets/disassociate"
  | "status";

/** App and Book Management of one location, on a loopback port. */
export type FakeContent = {
  /** Its address, as Apple's `https://vpp.itunes.apple.com/mdm/v2`. */
  readonly url: string;
  readonly books: ContentBooks;
  /** Every request: its endpoint, and its body. */
  readonly requests: readonly { readonly at: number; readonly endpoint: string; readonly body: unknown }[];
  /** What was wrong with requests. */
  readonly complaints: readonly string[];
  /** A content token as it is downloaded; those before go on working. */
  token(): string;
  /** From now on no token works that was given out so far. */
  expireTokens(): void;
  manager(): MdmInfo | undefined;
  /** Another MDM manages the location. */
  takeOver(info: MdmInfo): void;
  fail(endpoint: Endpoint, fault: ContentFault, times?: number): void;
  close(): Promise<void>;
};

export type FakeContentOptions = {
  readonly world?: World;
  readonly assets: readonly OwnedAsset[];
  readonly location?: { readonly uId: string; readonly name: string };
  /** How long events take. */
  readonly eventMs?: number | (() => number);
  readonly pageSize?: number;
  readonly maxSerialNumbers?: number;
  /** When tokens end, in epoch milliseconds. */
  readonly tokenEnds?: number;
};

/** Starts the service. It knows Apple's public protocol, and nothing of who speaks to it. */
export async function fakeContent(options: FakeContentOptions): Promise<FakeContent> {
  const world = options.world ?? realWorld();
  const { eventMs = 2_000 } = options;
  const books = contentBooks(world, options.assets, () =>
    typeof eventMs === "number" ? eventMs : eventMs(),
  );
  const location: ContentLocation = {
    books,
    ...(options.location ?? { uId: "2049025000431439", name: "Berlin" }),
    pageSize: options.pageSize ?? 500,
    maxSerialNumbers: options.maxSerialNumbers ?? 1_000,
    manager: undefined,
  };
  const requests: { at: number; endpoint: string; body: unknown }[] = [];
  const complaints: string[] = [];
  const faults: { endpoint: Endpoint; fault: ContentFault }[] = [];
  const tokens = new Map<string, boolean>();
  let url = "";

  function judge(request: IncomingMessage, text: string, fault?: ContentFault): Answer {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const endpoint = pathname.replace(/^\/mdm\/v2\//, "");
    const body = text === "" ? undefined : (JSON.parse(text) as Fields);
    requests.push({ at: world.now(), endpoint, body });
    if (fault?.type === "status") return scripted(fault);
    const script = fault?.type === "event fails" ? fault : undefined;
    if (endpoint === "service/config") return serviceConfig(location, url);
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) return refuse(9722, 401);
    if (tokens.get(token) !== true) return refuse(tokens.has(token) ? 9621 : 9622, 401);
    return route(`${request.method} ${endpoint}`, searchParams, body, script);
  }
  function route(
    asked: string,
    searchParams: URLSearchParams,
    body: Fields | undefined,
    script: ContentEvent["script"],
  ): Answer {
    switch (asked) {
      case "GET client/config":
      case "POST client/config":
        return clientConfig(location, body);
      case "GET assets":
        return assets(location, searchParams);
      case "GET assignments":
        return assignments(location, searchParams);
      case "POST assets/associate":
        return change(location, "ASSOCIATE", body, script);
      case "POST assets/disassociate":
        return change(location, "DISASSOCIATE", body, script);
      case "GET status":
        return eventStatus(location, searchParams);
    }
    return refuse(9726, 405);
  }
  function takeFault(endpoint: string): ContentFault | undefined {
    const index = faults.findIndex((one) => one.endpoint === endpoint);
    return index < 0 ? undefined : faults.splice(index, 1)[0]?.fault;
  }
  function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const fault = takeFault(pathname.replace(/^\/mdm\/v2\//, ""));
    if (fault?.type === "request lost") return void request.socket.destroy();
    const said = judge(request, text, fault);
    if (said.status >= 400 && fault?.type !== "status")
      complaints.push(`${pathname}: ${JSON.stringify(said.body)}`);
    if (fault?.type === "answer lost") return void request.socket.destroy();
    response.writeHead(said.status, { "content-type": "application/json", ...said.headers });
    response.end(JSON.stringify(said.body));
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks).toString("utf8")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mdm/v2`;
  return {
    url,
    books,
    requests,
    complaints,
    token() {
      const ends = new Date(options.tokenEnds ?? world.now() + 365 * 86_400_000);
      const fields = {
        token: `secret-of-content-token-${tokens.size + 1}`,
        expDate: ends.toISOString().replace(/\.\d+Z$/, "+0000"),
        orgName: "ORG12345",
      };
      const text = Buffer.from(JSON.stringify(fields)).toString("base64");
      tokens.set(text, true);
      return text;
    },
    expireTokens: () => {
      for (const token of tokens.keys()) tokens.set(token, false);
    },
    manager: () => location.manager,
    takeOver: (info) => {
      location.manager = info;
    },
    fail: (endpoint, fault, times = 1) => {
      for (let count = 0; count < times; count++) faults.push({ endpoint, fault });
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function scripted({ status, number, retryAfter }: Extract<ContentFault, { type: "status" }>): Answer {
  const body = number === undefined ? {} : { errorNumber: number, errorMessage: `number ${number}` };
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return { status, body, headers };
}
