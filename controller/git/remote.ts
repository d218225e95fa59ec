import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isLoopback } from "../core/loopback.ts";
import { UserError } from "../errors.ts";

/** A repository's address that may be given to git, with what must not be shown kept apart. */
export interface Remote {
  /** Without credentials; safe for arguments, logs and errors. */
  readonly url: string;
  readonly protocol: "https" | "http" | "ssh" | "file";
  readonly credentials: { readonly user: string; readonly password: string } | undefined;
}

export interface AllowedProtocols {
  /** `file://` and plain paths. Off unless configured: a policy repository on the same disk is unusual. */
  readonly file?: boolean;
  /** Plain `http://` beyond loopback. */
  readonly http?: boolean;
}

/** A vetted address, or `UserError`: https, ssh, http to loopback; file and other http only when allowed. */
export function parseRemote(text: string, allow: AllowedProtocols): Remote {
  if (text === "" || text.startsWith("-") || /[\p{Cc}\p{Cf}]/u.test(text)) throw refused("not an address");
  if (/^[a-z0-9+.-]*::/i.test(text)) throw refused("remote helpers such as ext:: are not allowed");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseUrl(text, allow);
  const scp = /^([A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*):(?!\/\/)([^:\s]+)$/.exec(text);
  if (scp !== null) return ssh(scp[1] ?? "", ":", scp[2] ?? "");
  return localPath(text, allow);
}

/** True for what `git check-ref-format` would accept as a branch or tag, and nothing that looks like an option. */
export function isRefName(name: string): boolean {
  if (name.length > 200 || /^[-/.@]$/.test(name) || name.startsWith("-")) return false;
  if (/[\s\p{Cc}~^:?*[\\]/u.test(name) || name.includes("..") || name.includes("@{")) return false;
  return name.split("/").every((part) => part !== "" && !part.startsWith(".") && !/(\.lock|\.)$/i.test(part));
}

/** A full SHA-1 or SHA-256 object id in lower case. */
export function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The text with any user information of URLs in it, and the given secrets, taken out. */
export function withoutCredentials(text: string, remote: Remote): string {
  let clean = text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, "$1");
  for (const secret of secretsOf(remote)) clean = clean.replaceAll(secret, "[secret]");
  return clean;
}

/** The value of an `Authorization` header, for credentials that came with the address. */
export function basicAuthorization(credentials: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`, "utf8").toString("base64")}`;
}

function parseUrl(text: string, allow: AllowedProtocols): Remote {
  if (/\s/.test(text)) throw refused("not a URL");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused("not a URL");
  if (url.search !== "" || url.hash !== "") throw refused("no query and no fragment are allowed in it");
  switch (url.protocol) {
    case "https:":
      return overHttp(url, "https");
    case "http:":
      if (!allow.http && !isLoopback(url.hostname)) {
        throw refused("plain http is allowed to loopback only", "Use https, or set source.allowHttp.");
      }
      return overHttp(url, "http");
    case "ssh:":
      if (url.password !== "") throw refused("a password cannot be used with ssh");
      if (!/^[a-z0-9[]/i.test(url.hostname) || /[^\w.-]/.test(url.username)) throw refused("not a host");
      return ssh(`${url.username === "" ? "git" : url.username}@${url.host}`, "/", url.pathname.slice(1));
    case "file:":
      if (url.hostname !== "") throw refused("a file URL has no host");
      return localPath(decodeURIComponent(url.pathname), allow);
    default:
      throw refused(`protocol ${url.protocol.slice(0, 20)} is not allowed`);
  }
}

function overHttp(url: URL, protocol: "https" | "http"): Remote {
  if (url.hostname === "" || url.hostname.startsWith("-")) throw refused("not a host");
  const user = decode(url.username);
  const password = decode(url.password);
  url.username = "";
  url.password = "";
  return {
    url: url.href,
    protocol,
    credentials: user === "" && password === "" ? undefined : { user, password },
  };
}

/** `address` is USER@HOST with an optional port; the path follows it in the long or in the short form. */
function ssh(address: string, separator: "/" | ":", path: string): Remote {
  if (path === "" || path.startsWith("-")) throw refused("not a path");
  const url = separator === ":" ? `${address}:${path}` : `ssh://${address}/${path}`;
  return { url, protocol: "ssh", credentials: undefined };
}

function localPath(path: string, allow: AllowedProtocols): Remote {
  if (!allow.file) {
    throw refused(
      "repositories on the local disk are not allowed",
      "Set source.allowFileProtocol to allow it.",
    );
  }
  return { url: pathToFileURL(resolve(path)).href, protocol: "file", credentials: undefined };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function secretsOf(remote: Remote): readonly string[] {
  if (remote.credentials === undefined) return [];
  const { user, password } = remote.credentials;
  const basic = basicAuthorization(remote.credentials).slice("Basic ".length);
  const plain = password === "" ? [user] : [password];
  return [basic, ...plain.flatMap((text) => [text, encodeURIComponent(text)])].filter(
    (text) => text.length > 3,
  );
}

/** The address itself is never repeated: it may hold a credential in a place we did not foresee. */
function refused(why: string, hint?: string): UserError {
  return new UserError("source-address", `the address of the policy repository is refused: ${why}`, {
    hint: hint ?? "Expected https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH.",
  });
}
