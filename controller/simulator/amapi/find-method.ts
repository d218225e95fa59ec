import type { Call } from "./cloud.ts";
import { type Handler, METHODS } from "./google/methods.ts";
import { SUBSCRIPTION_METHODS, TOPIC_METHODS } from "./pubsub/resources.ts";

export type Found = {
  /** `enterprises.policies.patch`. */
  readonly id: string;
  /** The resource that the path names, decoded. */
  readonly name: string;
  /** Undefined for a method that the emulator does not have. */
  readonly handle: Handler | undefined;
  /** The parameters that its query may have; undefined where nothing is known of them. */
  readonly query?: ReadonlySet<string>;
  /** The schema of its answer, where the facts have it. */
  readonly response?: string;
};

/** The method that a request means, of either API; undefined when it means none. */
export function findMethod(http: string, path: string): Found | undefined {
  return pubsubMethod(http, path) ?? managementMethod(http, path);
}

function managementMethod(http: string, path: string): Found | undefined {
  for (const { id, http: own, pattern, query, response, handle } of METHODS) {
    const match = own === http ? pattern.exec(path) : null;
    if (match !== null) return { id, name: decoded(match[1] ?? ""), handle, query, response };
  }
  return undefined;
}

function pubsubMethod(http: string, path: string): Found | undefined {
  const match = /^\/v1\/(projects\/[^/:]+\/(topics|subscriptions)\/[^/:]+)(:\w+)?$/.exec(path);
  if (match === null) return undefined;
  const [, name = "", kind, verb = ""] = match;
  const methods = kind === "topics" ? TOPIC_METHODS : SUBSCRIPTION_METHODS;
  const found = methods[`${http} ${verb}`];
  return found === undefined ? undefined : { id: found[0], name: decoded(name), handle: found[1] };
}

/** A segment that is no percent-encoding is taken as it came. */
function decoded(name: string): string {
  try {
    return name.split("/").map(decodeURIComponent).join("/");
  } catch {
    return name;
  }
}

/** `enterprises/LC1` of a name that has one. */
export function enterpriseOfName(name: string): Call["enterprise"] {
  return /^enterprises\/[^/]+/.exec(name)?.[0] ?? "";
}
