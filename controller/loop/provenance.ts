import type { AppleForm, Compiled } from "../core/compiled.ts";
import { allVersions } from "../core/seen-policies.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";

/** The revision that first asked for an item as it is now, and who made that revision, as the commit says. */
export interface Provenance {
  readonly revision: string;
  readonly author: string;
  /** Persons signed everything that came with it. */
  readonly verified?: boolean;
}

const name = "provenance";

/** Remembers for each line of the policies which revision it came with; what did not change keeps its own. */
export async function noteProvenance(
  store: Store,
  compiled: Compiled,
  by: Provenance,
  at: number,
): Promise<void> {
  const before = await readProvenance(store);
  const now: Record<string, Provenance> = {};
  const own = {
    revision: by.revision,
    author: by.author,
    ...(by.verified === true ? { verified: true } : {}),
  };
  for (const key of linesOf(compiled)) now[key] = before[key] ?? own;
  await putMaterial(store, name, JSON.stringify(now), at);
}

/** What `noteProvenance` remembered, by `provenanceKey`. */
export async function readProvenance(store: Store): Promise<Readonly<Record<string, Provenance>>> {
  const stored = await getMaterial(store, name);
  return stored === undefined ? {} : (JSON.parse(stored.toString("utf8")) as Record<string, Provenance>);
}

/** An item's line: its policy, the item, and its content. */
export function provenanceKey(policy: string, item: string, digest: string): string {
  return `${policy} ${item} ${digest}`;
}

/** A profile has another digest in each form in which a device may get it. */
function appleDigests(form: AppleForm | undefined): readonly (string | undefined)[] {
  return [form?.digest, form?.declared?.digest, ...(form?.preferred ?? []).map(({ digest }) => digest)];
}

/** Devices that wait in a rollout have lines of an older version. */
function linesOf(compiled: Compiled): readonly string[] {
  return allVersions(compiled).flatMap((policy) =>
    policy.uses.flatMap((use) => {
      const { apple, android } = use.forms;
      const digests = [
        ...(use.install === "blocked" ? [apple?.blocked?.digest] : appleDigests(apple)),
        android?.digests[use.install],
      ];
      return digests.flatMap((digest) =>
        digest === undefined ? [] : [provenanceKey(policy.name, use.key, digest)],
      );
    }),
  );
}
