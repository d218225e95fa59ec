import { type CommitFinding, judgeRange } from "../../core/signing/judge-range.ts";
import type { RangeProblem, Signatures } from "../../core/signing/signatures.ts";
import type { Signer } from "../../core/signing/signers.ts";
import { inSlices } from "../../slices.ts";
import type { Mirror } from "../mirror.ts";
import { type RangeObjects, readRange } from "./read-range.ts";
import { type CommitVerifier, createCommitVerifier } from "./verify-commit.ts";

/** Whose signatures count, and from where on they are needed. */
export interface SigningRules {
  readonly signers: readonly Signer[];
  /** A commit that is trusted without a signature, as all before it are. */
  readonly signedFrom?: string;
  readonly clock: () => number;
}

/**
 * Verifies what came with a revision since the one that was in force. `isPinned` says that the configuration names the
 * revision itself, and no ref that whoever pushes may move.
 */
export function createRangeVerifier(mirror: Mirror, rules: SigningRules, isPinned: boolean) {
  const verify = createCommitVerifier(rules.signers);
  return async (head: string, previous: string | undefined): Promise<Signatures> => {
    const { without, problem, isCut } = await baseOf(mirror, { head, previous, isPinned, ...rules });
    const range = await readRange(mirror.git, head, without);
    const commits = await findings(range.commits, verify, rules.clock());
    const judged = judgeRange({ head, commits });
    const identities = rules.signers
      .filter(({ name }) => judged.signers.includes(name))
      .flatMap(({ name, emails }) => [name, ...emails]);
    const found = problem ?? range.problem;
    return {
      ...judged,
      identities,
      isAnchor: head === rules.signedFrom,
      isCut,
      ...(found === undefined ? {} : { problem: found }),
    };
  };
}

interface Base {
  readonly without: readonly string[];
  readonly problem?: RangeProblem;
  /** Commits came with the revision that need no signature. */
  readonly isCut: boolean;
}

interface Step extends Pick<SigningRules, "signedFrom"> {
  readonly head: string;
  readonly previous: string | undefined;
  readonly isPinned: boolean;
}

/**
 * From where on signatures are needed. A history that does not go on from the revision in force is a problem, unless
 * the configuration names a commit of it that the one in force does not hold: a person agreed to it, outside the
 * repository. An older commit of the same history is no such word, not even where the configuration still names it as
 * the one where signing began.
 */
async function baseOf(mirror: Mirror, { head, previous, signedFrom, isPinned }: Step): Promise<Base> {
  const isAnchored = signedFrom !== undefined && (await mirror.isAncestor(signedFrom, head));
  if (previous === undefined) {
    if (isAnchored) return { without: [signedFrom], isCut: true };
    return { without: [], isCut: false, ...(signedFrom === undefined ? {} : { problem: "no-anchor" }) };
  }
  const isKnown = (await mirror.info(previous)) !== undefined;
  const isNew = isAnchored && isKnown && !(await mirror.isAncestor(signedFrom, previous));
  if (await mirror.isAncestor(previous, head))
    return { without: isNew ? [previous, signedFrom] : [previous], isCut: isNew };
  if (isNew) return { without: [signedFrom], isCut: true };
  // What is not here any more may have held anything, and whoever pushes can wait until it is gone.
  if (!isKnown && isPinned && head === signedFrom) return { without: [signedFrom], isCut: true };
  return { without: [], problem: "rewritten", isCut: false };
}

async function findings(
  commits: RangeObjects["commits"],
  verify: CommitVerifier,
  now: number,
): Promise<readonly CommitFinding[]> {
  const found: CommitFinding[] = [];
  for await (const { commit, object } of inSlices(commits)) {
    if (!object.ok) {
      const verdict = { type: "refused", why: `it is not a commit as Git writes it: ${object.why}` } as const;
      found.push({ commit, tree: "", parents: [], claims: [], verdict });
      continue;
    }
    const { tree, parents, author, committer } = object.value;
    const claims = [author.name, author.email, committer.name, committer.email];
    found.push({ commit, tree, parents, claims, verdict: await verify(object.value, now) });
  }
  return found;
}
