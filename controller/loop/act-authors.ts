import type { Compiled } from "../core/compiled.ts";
import { identitiesOf } from "../core/persons.ts";
import { isExpected } from "../errors.ts";
import { type Lease, requireTerm } from "../store/leader.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { revisionInForce } from "../store/revisions.ts";
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
/** In the place of a revision, before the first. */
const none = "";

/** Of an act of which nothing is remembered: nobody is assumed, so nobody approves it (`author-unknown`). */
export const unknownAuthor: ActAuthors = { author: "", verified: false, persons: [] };

/** What is remembered, and for which revision. */
interface Remembered {
  /** The revision that it is of, and the one in force before: one of them is in force now, unless this is an old copy. */
  readonly of: readonly string[];
  readonly acts: Readonly<Record<string, ActAuthors>>;
}

/**
 * Remembers for each act of a revision who asked for it, until a revision comes without it. Whoever has the database
 * can take the record away, put an older one in its place, or say that a revision is in force which was not, and an
 * upgrade may find none: an act that may have been there before, or be another than it was, has no known author, and
 * does not get that of the next commit. Throws Retry when the lease has passed to another process, whose record stays.
 */
export async function noteActAuthors(
  store: Store,
  compiled: Compiled,
  snapshot: Pick<Vouched, "revision" | "since" | "author" | "authorEmail" | "persons" | "verified">,
  at: number,
  lease?: Lease,
): Promise<void> {
  const inForce = (await revisionInForce(store))?.id ?? none;
  const remembered = await recall(store);
  const before = remembered?.acts ?? {};
  const { since = inForce } = snapshot;
  const isCurrent =
    remembered === undefined
      ? inForce === none
      : [inForce, since].every((one) => remembered.of.includes(one));
  const isUndated = remembered?.of.length === 0;
  const persons = identitiesOf(snapshot.persons ?? [snapshot.author, snapshot.authorEmail]);
  const now: Record<string, ActAuthors> = {};
  for (const act of compiled.acts) {
    const found = [act.name, ...act.formerly].map((one) => before[one]).find((one) => one !== undefined);
    const known = isCurrent ? found : ((isUndated ? found : undefined) ?? unknownAuthor);
    if (known !== undefined && isUnknown(known)) {
      now[act.name] = unknownAuthor;
      continue;
    }
    now[act.name] = {
      author: known?.author ?? snapshot.author,
      verified: snapshot.verified && (known === undefined || known.verified === true),
      persons: [...new Set([...(known?.persons ?? []), ...persons])].sort(),
    };
  }
  const of = [snapshot.revision, inForce];
  const record = JSON.stringify({ of, acts: now } satisfies Remembered);
  await store.transaction(async ({ query }) => {
    if (lease !== undefined) await requireTerm({ query }, lease);
    await putMaterial({ query, sealer: store.sealer }, name, record, at);
  });
}

function isUnknown({ author, persons }: ActAuthors): boolean {
  return author.trim() === "" && persons.length === 0;
}

/**
 * What `noteActAuthors` remembered for a revision, by the name of the act; undefined when what is there is of another
 * one, or cannot be read: a replica that leads is about to write it, or somebody has put another record in its place.
 */
export async function readActAuthors(
  store: Store,
  revision: string,
): Promise<Readonly<Record<string, ActAuthors>> | undefined> {
  const { of, acts } = (await recall(store)) ?? { of: [], acts: {} };
  return of.length === 0 || of.includes(revision) ? acts : undefined;
}

async function recall(store: Store): Promise<Remembered | undefined> {
  const read = await readRecord(store);
  if (read === undefined) return undefined;
  // Before it said of which revision it is, it was only the acts.
  return Array.isArray(read.of) ? (read as Remembered) : { of: [], acts: read as Remembered["acts"] };
}

/** Of no revision that there is. */
const unreadable: Remembered = { of: ["cannot be read"], acts: {} };

/** What somebody has changed belongs to nobody: no act gets an author by it, and the loop goes on. */
async function readRecord(store: Store): Promise<Remembered | Remembered["acts"] | undefined> {
  try {
    const stored = await getMaterial(store, name);
    if (stored === undefined) return undefined;
    return JSON.parse(stored.toString("utf8")) as Remembered | Remembered["acts"];
  } catch (error) {
    if (isExpected(error)) throw error;
    return unreadable;
  }
}

/** What `reeve status` says while acts of the revision in force are not filed, because nobody can tell who asked. */
export async function unfiledWarnings(
  store: Store,
  compiled: Compiled | undefined,
): Promise<readonly Warning[]> {
  if (compiled === undefined || compiled.acts.length === 0) return [];
  if ((await readActAuthors(store, compiled.revision)) !== undefined) return [];
  return [{ message: unfiledText, hint: unfiledHint }];
}

interface Warning {
  readonly message: string;
  readonly hint: string;
}

export const unfiledText =
  "no act of the revision in force is filed: the record of who asked for it cannot be read, or is of another revision";
const unfiledHint =
  "The daemon did not write it so: find out who has used the database. The next commit writes it anew; raise the generations of the acts in it.";
