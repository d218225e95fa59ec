import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import type { PlistDict } from "./plist.ts";

/** Apple's words (ManagedMediaList); books of the store are `Installed` where others are `Managed`. */
export type BookStatus = "Installing" | "Updating" | "Managed" | "Installed" | "Uninstalled";

export type Book = {
  status: BookStatus;
  readonly storeId: number | undefined;
  readonly fields: PlistDict;
};

/** InstallMedia: acknowledged when it is taken on; the book arrives later. */
export function installMedia(machine: Machine, command: PlistDict): Answer {
  const { iTunesStoreID, MediaURL, PersistentID } = command;
  const isOfStore = typeof iTunesStoreID === "number";
  if (isOfStore === (MediaURL !== undefined)) return rejected("DownloadInvalid");
  if (!isOfStore && (!String(MediaURL).startsWith("https:") || typeof PersistentID !== "string"))
    return rejected("DownloadInvalid");
  const id = isOfStore ? String(iTunesStoreID) : String(PersistentID);
  const { state } = machine;
  const { RequestType: _type, MediaType: _media, ...fields } = command;
  const status = state.books.has(id) ? "Updating" : "Installing";
  const book: Book = { status, storeId: isOfStore ? iTunesStoreID : undefined, fields };
  state.books.set(id, book);
  const [low, high] = machine.installMs;
  machine.world.after(machine.random.between(low, high), () => {
    if (machine.state !== state || state.books.get(id) !== book) return;
    book.status = isOfStore ? "Installed" : "Managed";
    machine.log({ type: "book", identifier: id, state: book.status });
  });
  const echo = isOfStore
    ? { iTunesStoreID }
    : { MediaURL: String(MediaURL), PersistentID: String(PersistentID) };
  return acknowledged({ ...echo, MediaType: "Book", State: status }, `accepted book ${id}`);
}

function rejected(reason: string): Answer {
  return refused("MCMDMErrorDomain", 12030, "The book cannot be installed.", { RejectionReason: reason });
}

/** RemoveMedia: acknowledged also when there is nothing. */
export function removeMedia(machine: Machine, { iTunesStoreID, PersistentID }: PlistDict): Answer {
  const id = String(iTunesStoreID ?? PersistentID);
  const had = machine.state.books.delete(id);
  if (had) machine.log({ type: "book", identifier: id, state: "removed" });
  return acknowledged({}, `removed book ${id}`);
}

/** ManagedMediaList. */
export function listManagedMedia(machine: Machine): Answer {
  return acknowledged({
    Books: [...machine.state.books.values()].map(({ status, storeId, fields }) => {
      const { MediaURL: _url, iTunesStoreID: _id, ...shown } = fields;
      return { iTunesStoreID: storeId ?? 0, ...shown, State: status };
    }),
  });
}
