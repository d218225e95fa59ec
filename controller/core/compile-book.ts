import type { AppleForm } from "./compiled.ts";
import type { Keep } from "./compiled-content.ts";
import type { BookSpec } from "./generated/manifest.ts";
import type { BookContent } from "./granted.ts";
import type { Need } from "./needs.ts";

/** What of Apple's systems takes books on the device channel (Apple: InstallMedia): iOS and iPadOS. */
const books: Need = {
  names: ["InstallMedia"],
  gates: {
    ios: { introduced: "8.0" },
    macos: { introduced: "n/a" },
    tvos: { introduced: "n/a" },
    visionos: { introduced: "n/a" },
    watchos: { introduced: "n/a" },
  },
  whole: true,
};

/** What a Book manifest is on Apple devices, its content kept. */
export function bookForm(spec: BookSpec, keep: Keep): AppleForm {
  const content: BookContent = { kind: "Book", source: sourceOf(spec) };
  return { id: bookId(spec), digest: keep(content), scope: "device", secrets: [], needs: [books] };
}

/** What devices call a book: its persistent id, or its number in the store. */
function bookId({ appStoreId, persistentId }: BookSpec): string {
  return appStoreId === undefined ? (persistentId ?? "") : String(appStoreId);
}

function sourceOf({ appStoreId, url = "", persistentId = "", ...more }: BookSpec): BookContent["source"] {
  if (appStoreId !== undefined) return { type: "store", id: appStoreId };
  return { type: "url", url, persistentId, ...more };
}
