import { readProfileFile } from "../apple/profile-file.ts";
import { isArmed, type PayloadsOf, settingsWipedOver } from "../core/armed-content.ts";
import type { Compiled } from "../core/compiled.ts";
import type { Content } from "../core/granted.ts";
import { appendEventOnce } from "../store/events-once.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";

const name = "armed-contents";
const mostKept = 2_000;

/** What cannot be read, or only by the device, says nothing. */
const payloadsOf: PayloadsOf = (bytes) => {
  const info = readProfileFile(Buffer.from(bytes, "base64"));
  if ("error" in info || info.keys.IsEncrypted === true) return undefined;
  const payloads = info.keys.PayloadContent;
  if (!Array.isArray(payloads)) return [];
  return payloads.map((content) => ({ type: String(content.PayloadType), content }));
};

/** Remembers which contents that let devices erase themselves came with a revision, sealed with the store's key. */
export async function noteArmedContents(
  store: Store,
  { contents }: Pick<Compiled, "contents">,
  at: number,
): Promise<void> {
  const wipedOver = settingsWipedOver(contents.values());
  const now = [...contents]
    .filter(([, content]) => isArmed(content, () => wipedOver, payloadsOf))
    .map(([digest]) => digest);
  if (now.length === 0) return;
  const before = await knownDigests(store);
  if (now.every((digest) => before.includes(digest))) return;
  const kept = [...new Set([...now, ...before])].slice(0, Math.max(mostKept, now.length));
  await putMaterial(store, name, JSON.stringify(kept), at);
}

/**
 * True for a content that may go to devices although the revision in force does not have it: it was kept when it left the
 * policies, or a rollout still gives it. Contents, and what devices are granted, are in the database, and whoever has its
 * password writes them: what lets devices erase themselves goes only if it came with a revision, and the rest is told.
 */
export async function mayGo(
  store: Store,
  { digest, content }: { readonly digest: string; readonly content: Content },
  inForce: ReadonlyMap<string, Content>,
  at: number,
): Promise<boolean> {
  if (!isArmed(content, () => settingsWipedOver(inForce.values()), payloadsOf)) return true;
  if ((await knownDigests(store)).includes(digest)) return true;
  const message = "devices would erase themselves by it, and it came with no revision: it is given to nobody";
  await appendEventOnce(store, { type: "gate.content", subject: digest.slice(0, 12), at, message });
  return false;
}

async function knownDigests(store: Store): Promise<readonly string[]> {
  const stored = await getMaterial(store, name);
  return stored === undefined ? [] : (JSON.parse(stored.toString("utf8")) as string[]);
}
