import type { X509Certificate } from "node:crypto";

/** What a handler is given: data, not a framework. The body is the exact bytes that were sent. */
export interface HttpRequest {
  /** Names this request in the log and in an answer about a bug. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The query as it was sent: in base64, `+` and `%2B` differ. */
  readonly rawQuery: string;
  readonly body: Buffer;
  /** A header that was sent once; undefined when it is missing or was sent more than once. */
  readonly header: (name: string) => string | undefined;
  readonly peer: Peer;
}

/** Who is at the other end of the connection, as far as the transport knows. */
export interface Peer {
  /** The client's address, seen through configured proxies only. Empty on a Unix socket. */
  readonly address: string;
  /** What was presented, not yet verified: chain, dates and pinning are the authenticator's work. */
  readonly certificate?: X509Certificate;
  readonly certificateFrom?: "tls" | "header";
  /** The local socket, or the same process. */
  readonly local: boolean;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/**
 * Decides who asks. A handler cannot run without its result, and a refusal is an answer, not an exception:
 * what is forgotten or thrown is never taken for an identity.
 */
export interface Authenticator<Identity> {
  /** For the route inventory, such as `mdm-identity` or `scep-challenge`. */
  readonly name: string;
  readonly authenticate: (request: HttpRequest) => Promise<Authenticated<Identity>> | Authenticated<Identity>;
  /**
   * Asked before a large body is read, with an empty one: why its sender cannot be anybody, or undefined when the
   * body must be seen to know. It never says who somebody is.
   */
  readonly screen?: (request: HttpRequest) => string | undefined;
}

export type Authenticated<Identity> =
  | { readonly type: "identity"; readonly identity: Identity }
  | { readonly type: "refused"; readonly reason: string; readonly reply: HttpReply };

/** For routes that anyone may ask; `why` stands in the inventory. */
export function anyone(why: string): Authenticator<undefined> {
  return {
    name: `anyone: ${why}`,
    authenticate: () => ({ type: "identity", identity: undefined }),
  };
}

/** Who asks on the admin plane. */
export type RequestIdentity =
  | {
      readonly type: "person";
      readonly name: string;
      readonly role: Role;
      readonly via: "token" | "socket";
      /** As approvals count: the same for all tokens of one person. */
      readonly person: string;
      /** Folded names and addresses by which this person is told from an author. */
      readonly identities: readonly string[];
    }
  | { readonly type: "anonymous" };

/** Each may do what those before it may. That nobody approves an act of his own is a matter of persons, not of roles. */
export const roles = ["viewer", "planner", "operator", "approver"] as const;
export type Role = (typeof roles)[number];

/** What is told about each request when it is over. */
export interface RequestEntry {
  readonly plane: "device" | "admin";
  readonly id: string;
  readonly method: string;
  /** The pattern, not the path: bounded, and free of what a client sent. `unknown` for no route. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly bytes: number;
  readonly address: string;
  readonly refused?: string;
  readonly error?: unknown;
}

/** One line of the route inventory. */
export interface RouteInfo {
  readonly method: string;
  readonly path: string;
  /** The authenticator's name, or the role. */
  readonly requires: string;
  readonly bodyLimit: number;
}
