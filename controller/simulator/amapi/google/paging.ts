import type { Json } from "../kept.ts";
import { invalid } from "./google-error.ts";

export type PageSize = { readonly usual: number; readonly most: number };

/** The documented page size of devices, enrollment tokens and migration tokens: larger wishes are cut down. */
export const DOCUMENTED_PAGE: PageSize = { usual: 10, most: 100 };

/**
 * One page of `all`, which is in a lasting order, and the token of the next. A token names the last element of
 * its page, so that what was deleted meanwhile hides nothing behind it.
 */
export function page<T>(
  all: readonly T[],
  idOf: (one: T) => string,
  query: URLSearchParams,
  size: PageSize,
): { readonly items: readonly T[]; readonly next: { nextPageToken?: string } } {
  const wished = Number(query.get("pageSize") ?? 0);
  if (!Number.isInteger(wished) || wished < 0) throw invalid("Page size must be a positive number.");
  const count = Math.min(size.most, wished === 0 ? size.usual : wished);
  const begin = startOf(query.get("pageToken"), all, idOf);
  const items = all.slice(begin, begin + count);
  const last = items.at(-1);
  if (last === undefined || begin + count >= all.length) return { items, next: {} };
  return { items, next: { nextPageToken: tokenOf(begin + count, idOf(last)) } };
}

function startOf<T>(token: string | null, all: readonly T[], idOf: (one: T) => string): number {
  if (token === null || token === "") return 0;
  const [, position = "", last = ""] =
    /^(\d+) (.+)$/.exec(Buffer.from(token, "base64url").toString("utf8")) ?? [];
  if (position === "") throw invalid("Invalid page token.");
  // What was deleted meanwhile has moved the others forward, never back.
  for (let at = Math.min(Number(position), all.length); at > 0; at--)
    if (idOf(all[at - 1] as T) === last) return at;
  // Its last element itself is gone.
  return Math.min(Number(position) - 1, all.length);
}

function tokenOf(position: number, last: string): string {
  return Buffer.from(`${position} ${last}`, "utf8").toString("base64url");
}

/** `{[field]: items}` without an empty list, as proto3 JSON has it. */
export function listed(field: string, items: readonly object[], next: { nextPageToken?: string }): Json {
  return { ...(items.length > 0 ? { [field]: items } : {}), ...next };
}
