import type { Compiled } from "../core/compiled.ts";
import { identitiesOf } from "../core/persons.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import type { Vouched } from "./vouched.ts";

/** Who asked for an act: verified by signatures, or as the commits say. */
export interface ActAuthors {
  /** Of the commit with which it came. */
  readonly author: string;
  /** Persons signed every commit that came with it or after it; else `author` is a claim. */
  readonly verified: boolean;
  /**
   * Folded identities of the authors and committers of every commit since the revision before it: what came into
   * force together may stand in any of them, and each may have changed whom the act hits.
   */
  readonly persons: readonly string[];
}

const name = "act-authors";

/** Remembers for each act of a revision who asked for it, until a revision comes without it. */
export async function noteActAuthors(
  store: Store,
  compiled: Compiled,
  snapshot: Pick<Vouched, "author" | "authorEmail" | "persons" | "verified">,
  at: number,
): Promise<void> {
  const before = await readActAuthors(store);
  const persons = identitiesOf(snapshot.persons ?? [snapshot.author, snapshot.authorEmail]);
  const now: Record<string, ActAuthors> = {};
  for (const act of compiled.acts) {
    const known = [act.name, ...act.formerly].map((one) => before[one]).find((one) => one !== undefined);
    now[act.name] = {
      author: known?.author ?? snapshot.author,
      verified: snapshot.verified && (known === undefined || known.verified === true),
      persons: [...new Set([...(known?.persons ?? []), ...persons])].sort(),
    };
  }
  await putMaterial(store, name, JSON.stringify(now), at);
}

/** What `noteActAuthors` remembered, by the name of the act. */
export async function readActAuthors(store: Store): Promise<Readonly<Record<string, ActAuthors>>> {
  const stored = await getMaterial(store, name);
  return stored === undefined ? {} : (JSON.parse(stored.toString("utf8")) as Record<string, ActAuthors>);
}
