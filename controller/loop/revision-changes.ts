import type { Compiled } from "../core/compiled.ts";
import { changesBetween, type DeclaredLines, declaredLines } from "../core/declared-lines.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { putChanges } from "../store/revision-changes.ts";

const name = "declared-lines";

/**
 * Notes what a revision changes against the one that was in force before, also before this process started. The same
 * once more, or one that this version reads otherwise, notes nothing new.
 */
export async function noteChanges(
  store: Store,
  compiled: Compiled,
  isSame: boolean,
  at: number,
): Promise<void> {
  const stored = await getMaterial(store, name);
  const before = stored === undefined ? {} : (JSON.parse(stored.toString("utf8")) as DeclaredLines);
  const after = declaredLines(compiled);
  if (!isSame) await putChanges(store, compiled.revision, changesBetween(before, after));
  await putMaterial(store, name, JSON.stringify(after), at);
}
