import type { DeclaredChanges } from "../core/declared-lines.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** What a revision changed when it came into force, and how many times a device was told otherwise under it. */
export interface RevisionChanges extends DeclaredChanges {
  readonly told: number;
}

/** Keeps what a revision changed. One that comes into force again keeps what it changed then. */
export async function putChanges(
  store: Store,
  revision: string,
  { added, changed, removed }: DeclaredChanges,
): Promise<void> {
  await store.query(
    `insert into reeve.revision_change as c (revision, changes) values ($1, $2)
     on conflict (revision) do update set changes = excluded.changes`,
    [revision, toJson({ added, changed, removed })],
  );
}

/** Adds to how many times devices were told otherwise under a revision. */
export async function addTold(store: Store, revision: string, count: number): Promise<void> {
  if (count === 0) return;
  await store.query("update reeve.revision_change set told = told + $2 where revision = $1", [
    revision,
    count,
  ]);
}

/** What is kept of these revisions, by their ids. */
export async function changesOf(
  store: Store,
  revisions: readonly string[],
): Promise<ReadonlyMap<string, RevisionChanges>> {
  const rows = await store.query<{ revision: string; changes: DeclaredChanges; told: number }>(
    "select revision, changes, told from reeve.revision_change where revision = any($1)",
    [revisions],
  );
  return new Map(rows.map(({ revision, changes, told }) => [revision, { ...changes, told }]));
}
