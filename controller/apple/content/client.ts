import { Retry, Stalled, UserError } from "../../errors.ts";
import {
  type Asset,
  type EventStatus,
  type LocationConfig,
  type MdmInfo,
  readAsset,
  readAssignments,
  readEventStatus,
  readLocation,
  readServiceConfig,
  type ServiceConfig,
  textAt,
} from "./answers.ts";
import { unknownEvent } from "./error-numbers.ts";
import { exchange, type Fields } from "./exchange.ts";

/** What a request that changes assignments came to; what it threw besides may or may not have been done. */
export type Asked =
  | { readonly type: "accepted"; readonly event: string }
  | { readonly type: "refused"; readonly number: number; readonly reason: string };

export interface Change {
  readonly kind: "associate" | "disassociate";
  readonly adamId: string;
  readonly serials: readonly string[];
}

/** App and Book Management with the token of one location. Every function throws as `exchange` does. */
export interface ContentClient {
  readonly service: ServiceConfig;
  readonly location: () => Promise<LocationConfig>;
  /** Says who manages the location from now on. */
  readonly manage: (info: MdmInfo & { readonly metadata: string }) => Promise<LocationConfig>;
  /** Undefined: the location owns none. */
  readonly asset: (adamId: string) => Promise<Asset | undefined>;
  /** The serial numbers that hold a licence of an item, all pages. */
  readonly assignments: (adamId: string) => Promise<ReadonlySet<string>>;
  readonly change: (change: Change) => Promise<Asked>;
  /** Undefined: the service does not know the event. */
  readonly event: (id: string) => Promise<EventStatus | undefined>;
}

/** Where Apple's service is. */
export const appleContentUrl = "https://vpp.itunes.apple.com/mdm/v2";

const mostPages = 10_000;

/** Reads the limits and addresses of the service, and opens it with a token. */
export async function openContent(serviceUrl: string, token: string): Promise<ContentClient> {
  const base = serviceUrl.replace(/\/$/, "");
  const config = await exchange({ url: `${base}/service/config` });
  const service =
    config.type === "answer" ? readServiceConfig(config.body, (url) => isTrusted(url, base)) : undefined;
  if (service === undefined)
    throw new Retry("content-unavailable", "Apps and Books does not say its limits and addresses");
  const { urls } = service;

  async function get(url: string, query: Readonly<Record<string, string | number>> = {}): Promise<Fields> {
    const asked = new URL(url);
    for (const [key, value] of Object.entries(query)) asked.searchParams.set(key, String(value));
    return answerOf(await exchange({ url: asked.href, token }));
  }

  async function assignments(adamId: string): Promise<ReadonlySet<string>> {
    const all = new Set<string>();
    let page: number | undefined = 0;
    for (let count = 0; page !== undefined; count++) {
      const read = readAssignments(await get(urls.getAssignments, { adamId, pageIndex: page }), adamId);
      for (const serial of read.serials) all.add(serial);
      if (count >= mostPages || (read.next !== undefined && read.next <= page))
        throw new Retry("content-unavailable", "Apps and Books has pages without end");
      page = read.next;
    }
    return all;
  }

  return {
    service,
    location: async () => readLocation(await get(urls.clientConfig)),
    manage: async (mdmInfo) =>
      readLocation(answerOf(await exchange({ url: urls.clientConfig, token, body: { mdmInfo } }))),
    asset: async (adamId) => readAsset(await get(urls.getAssets, { adamId, productType: "App" }), adamId),
    assignments,
    change: async ({ kind, adamId, serials }) => {
      const url = kind === "associate" ? urls.associateAssets : urls.disassociateAssets;
      const body = { assets: [{ adamId, pricingParam: "STDQ" }], serialNumbers: serials };
      const said = await exchange({ url, token, body });
      if (said.type === "refused") return said;
      const event = textAt(said.body, "eventId");
      // It may have been taken: nobody can ask how far it is.
      if (event === "") throw new Retry("content-unavailable", "Apps and Books named no event");
      return { type: "accepted", event };
    },
    event: async (id) => {
      const url = new URL(urls.eventStatus);
      url.searchParams.set("eventId", id);
      const said = await exchange({ url: url.href, token });
      if (said.type === "refused" && said.number === unknownEvent) return undefined;
      const status = readEventStatus(answerOf(said));
      if (status === undefined)
        throw new Retry("content-unavailable", "Apps and Books says nothing known of an event");
      return status;
    },
  };
}

function answerOf(said: Awaited<ReturnType<typeof exchange>>): Fields {
  if (said.type === "refused") throw new Stalled("content-refused", said.reason);
  return said.body;
}

/** The service's own host, or one of Apple's. */
function isTrusted(url: string, base: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, protocol, hostname } = new URL(url);
  return origin === originOf(base) || (protocol === "https:" && hostname.endsWith(".apple.com"));
}

function originOf(base: string): string {
  if (!URL.canParse(base)) throw new UserError("content-url", "the address of Apps and Books is no URL");
  return new URL(base).origin;
}
