import { answerFaults } from "./answer-faults.ts";
import type { Cloud } from "./cloud.ts";
import { enterpriseOfName, type Found } from "./find-method.ts";
import { isObject } from "./google/field-mask.ts";
import { GoogleError, invalid, notFound, quotaExceeded, unauthenticated } from "./google/google-error.ts";
import { partOf } from "./google/partial-response.ts";
import { NOT_MODIFIED } from "./google/policies.ts";
import { createSignupUrl } from "./google/signup-urls.ts";
import type { Answered, Received } from "./http-server.ts";
import type { Json } from "./kept.ts";
import type { Quota } from "./quota.ts";

export type Desk = {
  readonly cloud: Cloud;
  readonly quota: Quota;
  /** Whether a token lets its holder call. */
  isAccess(token: string): boolean;
  /** Whether the emulator holds its own answers against the facts. */
  readonly checksAnswers: boolean;
  rootUrl(): string;
  /** Something is wrong with a client, or with the emulator itself. */
  complain(what: string): void;
};

/** What Google would answer to a request of a method, with the effect that it has. */
export function answer(desk: Desk, request: Received, found: Found | undefined): Exclude<Answered, "drop"> {
  try {
    checkAccess(desk, request);
    if (found === undefined || (found.handle === undefined && found.id !== "signupUrls.create"))
      throw missingMethod(desk, request);
    takeQuota(desk, found);
    const body = run(desk, request, found);
    if (body === NOT_MODIFIED) return { status: 304 };
    checkOwnAnswer(desk, found, body);
    return { status: 200, body: partOf(body, request.url.searchParams.get("fields")) };
  } catch (error) {
    if (error instanceof GoogleError) return { status: error.http, body: error.body };
    desk.complain(`the emulator failed: ${error instanceof Error ? error.stack : String(error)}`);
    const message = "Internal error encountered.";
    return { status: 500, body: { error: { code: 500, message, status: "INTERNAL" } } };
  }
}

function checkAccess({ isAccess, complain }: Desk, { authorization, url }: Received): void {
  const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  if (token !== undefined && isAccess(token)) return;
  complain(`${url.pathname} came ${token === undefined ? "without" : "with a wrong"} access token`);
  throw unauthenticated();
}

function missingMethod({ complain }: Desk, { http, url }: Received): GoogleError {
  complain(`there is no method for ${http} ${url.pathname}`);
  return notFound();
}

function takeQuota({ cloud, quota }: Desk, { id, name }: Found): void {
  if (id.startsWith("pubsub.")) return;
  const project = cloud.kept.enterprises.get(enterpriseOfName(name))?.projectId ?? "unknown";
  if (!quota.take(project)) throw quotaExceeded(project);
}

function run(
  desk: Desk,
  { url, body }: Received,
  { name, handle, query: known }: Found,
): Json | typeof NOT_MODIFIED {
  const query = url.searchParams;
  const foreign = [...query.keys()].find((key) => known !== undefined && !known.has(key));
  if (foreign !== undefined)
    throw invalid(
      `Invalid JSON payload received. Unknown name "${foreign}": Cannot bind query parameter. Field '${foreign}' could not be found in request message.`,
    );
  const call = { cloud: desk.cloud, name, enterprise: enterpriseOfName(name), query, body: parsed(body) };
  return handle === undefined ? createSignupUrl(call, desk.rootUrl()) : handle(call);
}

function parsed(body: Buffer): Json {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw invalid("Invalid JSON payload received. Expected an object.");
}

/** An answer that the facts about the API do not allow is a mistake of the emulator. */
function checkOwnAnswer({ complain, checksAnswers }: Desk, { id, response }: Found, body: Json): void {
  if (!checksAnswers || response === undefined || response === "Empty") return;
  for (const fault of answerFaults(response, body))
    complain(`the emulator's own answer to ${id} is wrong at ${fault}`);
}
