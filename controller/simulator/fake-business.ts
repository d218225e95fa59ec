import { type KeyObject, verify } from "node:crypto";
import { type FakeAnswer, type FakeHttp, type FakeRequest, fakeHttp } from "./fake-http.ts";

/** An activity as a client asks for it; over the wire anything may be missing. */
interface AskedActivity {
  readonly data?: {
    readonly type?: string;
    readonly attributes?: { readonly activityType?: string };
    readonly relationships?: {
      readonly mdmServer?: { readonly data?: { readonly id?: string } };
      readonly devices?: { readonly data?: readonly { readonly id?: unknown }[] };
    };
  };
}

export type FakeBusiness = FakeHttp & {
  /** Serial numbers, and the id of the server that each is assigned to. */
  readonly devices: Map<string, string | undefined>;
  /** Tokens that were given out are not taken any more. */
  expireTokens(): void;
  /** How an activity goes on: so many questions are answered IN_PROGRESS first. */
  readonly slow: { questions: number; end: string };
  /** What was wrong with requests. */
  readonly complaints: readonly string[];
};

type Client = { readonly clientId: string; readonly keyId: string; readonly publicKey: KeyObject };
type Running = { asked: number; readonly apply: () => void; status: string };

const AUDIENCE = "https://account.apple.com/auth/oauth2/v2/token";

/** The API of Apple Business Manager on a loopback port, with the address that gives its tokens out. */
export async function fakeBusiness(options: {
  readonly now: () => number;
  readonly client: Client;
  readonly servers: Readonly<Record<string, string>>;
  readonly pageSize?: number;
  /** Told when a device changes its server. */
  readonly onAssigned?: (serial: string, server: string | undefined) => void;
}): Promise<FakeBusiness> {
  const { client, servers } = options;
  const devices = new Map<string, string | undefined>();
  const running = new Map<string, Running>();
  const complaints: string[] = [];
  const slow = { questions: 1, end: "COMPLETED" };
  let generation = 0;

  const service = await fakeHttp((request) => {
    if (request.path === "/token") return giveToken(request);
    if (request.headers.authorization !== `Bearer token-${generation}`)
      return { status: 401, body: { errors: [{ status: "401", code: "NOT_AUTHORIZED", detail: "no" }] } };
    return answer(request);
  });

  function complain(status: number, what: string): FakeAnswer {
    complaints.push(what);
    return { status, body: { error: "invalid_client", errors: [{ detail: what }] } };
  }
  function giveToken({ method, body, headers }: FakeRequest): FakeAnswer {
    const form = new URLSearchParams(body);
    if (method !== "POST" || headers["content-type"] !== "application/x-www-form-urlencoded")
      return complain(400, "no form");
    if (form.get("scope") !== "business.api" || form.get("client_id") !== client.clientId)
      return complain(400, "another scope or client");
    const fault = assertionFault(form.get("client_assertion") ?? "", client, options.now());
    if (fault !== undefined) return complain(400, fault);
    generation += 1;
    return {
      status: 200,
      body: {
        access_token: `token-${generation}`,
        token_type: "Bearer",
        expires_in: 3_600,
        scope: "business.api",
      },
    };
  }
  function answer({ method, path, query, body }: FakeRequest): FakeAnswer {
    const server = /^\/v1\/mdmServers\/([^/]+)\/relationships\/devices$/.exec(path)?.[1];
    const activity = /^\/v1\/orgDeviceActivities\/([^/]+)$/.exec(path)?.[1];
    if (method === "GET" && path === "/v1/orgDevices") return page([...devices].map(deviceResource), query);
    if (method === "GET" && path === "/v1/mdmServers")
      return page(Object.entries(servers).map(serverResource), query);
    if (method === "GET" && server !== undefined)
      return page(
        [...devices].filter(([, at]) => at === server).map(([id]) => ({ type: "orgDevices", id })),
        query,
      );
    if (method === "GET" && activity !== undefined) return goOn(activity);
    if (method === "POST" && path === "/v1/orgDeviceActivities") return begin(JSON.parse(body));
    return { status: 404, body: { errors: [{ detail: "no such path" }] } };
  }
  function page(all: readonly object[], query: URLSearchParams): FakeAnswer {
    const at = Number(query.get("cursor") ?? 0);
    const limit = Math.min(options.pageSize ?? 100, Number(query.get("limit") ?? 100));
    const end = at + limit;
    const next = end < all.length ? { nextCursor: String(end) } : {};
    return {
      status: 200,
      body: { data: all.slice(at, end), links: {}, meta: { paging: { limit, ...next } } },
    };
  }
  function begin({ data }: AskedActivity): FakeAnswer {
    const type = data?.attributes?.activityType ?? "";
    const server = data?.relationships?.mdmServer?.data?.id ?? "";
    const serials = (data?.relationships?.devices?.data ?? []).map(({ id }) => String(id));
    if (data?.type !== "orgDeviceActivities" || !/^(UN)?ASSIGN_DEVICES$/.test(type))
      return complain(400, "no activity that there is");
    if (!(server in servers)) return complain(409, `no server ${server}`);
    const strange = serials.find((one) => !devices.has(one));
    if (strange !== undefined) return complain(409, `${strange} is not a device of this organization`);
    const id = `activity-${running.size + 1}`;
    const apply = () => {
      for (const serial of serials) {
        const at = type === "ASSIGN_DEVICES" ? server : undefined;
        devices.set(serial, at);
        options.onAssigned?.(serial, at);
      }
    };
    running.set(id, { asked: 0, apply, status: "IN_PROGRESS" });
    return { status: 201, body: { data: activityResource(id, "IN_PROGRESS", "SUBMITTED") } };
  }
  function goOn(id: string): FakeAnswer {
    const one = running.get(id);
    if (one === undefined) return { status: 404, body: { errors: [{ detail: "no such activity" }] } };
    one.asked += 1;
    if (one.status === "IN_PROGRESS" && one.asked > slow.questions) {
      one.status = slow.end;
      if (slow.end === "COMPLETED") one.apply();
    }
    const detail = one.status === "COMPLETED" ? "COMPLETED_WITH_SUCCESS" : "PROCESSING";
    return { status: 200, body: { data: activityResource(id, one.status, detail) } };
  }

  return {
    ...service,
    devices,
    slow,
    complaints,
    expireTokens: () => {
      generation += 1;
    },
  };
}

function deviceResource([serial, server]: readonly [string, string | undefined]) {
  const status = server === undefined ? "UNASSIGNED" : "ASSIGNED";
  const attributes = { serialNumber: serial, deviceModel: "iPad Air", productFamily: "iPad", status };
  return { type: "orgDevices", id: serial, attributes };
}

function serverResource([id, serverName]: readonly [string, string]) {
  return { type: "mdmServers", id, attributes: { serverName, serverType: "MDM" } };
}

function activityResource(id: string, status: string, subStatus: string) {
  return { type: "orgDeviceActivities", id, attributes: { status, subStatus } };
}

/** What is wrong with a client assertion (RFC 7523, ES256); undefined when it is in order. */
function assertionFault(
  assertion: string,
  { clientId, keyId, publicKey }: Client,
  now: number,
): string | undefined {
  const [header = "", claims = "", signature = ""] = assertion.split(".");
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  if (!verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url")))
    return "a wrong signature";
  const { alg, kid } = decode(header);
  const { iss, sub, aud, iat, exp, jti } = decode(claims);
  if (alg !== "ES256" || kid !== keyId) return "another key";
  if (iss !== clientId || sub !== clientId || aud !== AUDIENCE || typeof jti !== "string")
    return "other claims";
  const [from, until] = [Number(iat) * 1_000, Number(exp) * 1_000];
  return from <= now && now < until && until - from <= 180 * 86_400_000 ? undefined : "another time";
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}
