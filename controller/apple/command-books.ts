import { cleanText } from "../core/clean-text.ts";
import type { BookContent } from "../core/granted.ts";
import type { AppState } from "../core/observed.ts";
import { Stalled } from "../errors.ts";
import { isDict, type PlistDict, textAt } from "./wire/plist.ts";

/** The fields of InstallMedia, from one of its two sources. Throws Stalled. */
export function installMedia({ source }: BookContent): PlistDict {
  if (source.type === "store") return { MediaType: "Book", iTunesStoreID: source.id };
  const { url, persistentId, format, version, author, title } = source;
  if (!url.startsWith("https://"))
    throw new Stalled("book-url", `${persistentId}: the book's address must begin with https://`);
  return {
    MediaType: "Book",
    MediaURL: url,
    PersistentID: persistentId,
    ...(format === undefined ? {} : { Kind: format }),
    ...(version === undefined ? {} : { Version: version }),
    ...(author === undefined ? {} : { Author: author }),
    ...(title === undefined ? {} : { Title: title }),
  };
}

/** The fields of RemoveMedia: the number in the store is a text there (Apple: RemoveMedia). */
export function removeMedia(id: string): PlistDict {
  return { MediaType: "Book", ...(/^\d+$/.test(id) ? { iTunesStoreID: id } : { PersistentID: id }) };
}

/** The books of a ManagedMediaList; undefined when one of them cannot be named: such a list proves no absence. */
export function booksIn(list: readonly PlistDict[]): Readonly<Record<string, AppState>> | undefined {
  const books: [string, AppState][] = [];
  for (const book of list) {
    const { iTunesStoreID: number } = book;
    const id = textAt(book, "PersistentID") ?? (typeof number === "number" ? String(number) : undefined);
    if (!isDict(book) || id === undefined) return undefined;
    books.push([cleanText(id, 256), { status: cleanText(textAt(book, "State") ?? "Unknown", 64) }]);
  }
  return Object.fromEntries(books);
}
