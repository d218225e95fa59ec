/** What was found out about one commit. */
export interface CommitFinding {
  readonly commit: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Names and addresses of its author and its committer, as it says. */
  readonly claims: readonly string[];
  readonly verdict: Verdict;
}

export type Verdict =
  /** The person who signed it. */
  | { readonly type: "signed"; readonly person: string }
  /** A forge signed it: that says which forge made the commit, and not who asked for it. */
  | { readonly type: "platform"; readonly name: string }
  | { readonly type: "refused"; readonly why: string };

/** All commits that a revision brought. */
export interface CommitRange {
  readonly head: string;
  readonly commits: readonly CommitFinding[];
}

/** A commit that no person stands for. */
export interface RefusedCommit {
  readonly commit: string;
  /** Its author, as it says: for people to find it. */
  readonly by: string;
  readonly why: string;
}

/** The commits that nobody stands for, and who stands for the newest. */
export interface Judged {
  readonly refused: readonly RefusedCommit[];
  /** Whoever signed the newest commit, or what a forge merged without a change; undefined when nobody did. */
  readonly author: string | undefined;
  /** Everybody who signed one of them. */
  readonly signers: readonly string[];
  /** Everybody whom they name, but for merges of a forge that add nothing: who asked for those wrote nothing. */
  readonly claims: readonly string[];
  /** Whether the newest commit itself is stood for. */
  readonly isHeadGood: boolean;
}

/**
 * Judges all commits of a range. What a forge signed is good only where it adds nothing: a merge with the tree of a
 * parent that a person signed and that holds the other parents already, so that it is the same as to go on to that
 * parent. Any other tree may hold what somebody typed into a web page.
 */
export function judgeRange({ head, commits }: CommitRange): Judged {
  const known = new Map(commits.map((one) => [one.commit, one]));
  const refused: RefusedCommit[] = [];
  const signers = new Set<string>();
  const claims = new Set<string>();
  for (const one of commits) {
    const why = whyRefused(one, known);
    if (one.verdict.type === "signed") signers.add(one.verdict.person);
    if (why !== undefined) refused.push({ commit: one.commit, by: one.claims[0] ?? "", why });
    if (why !== undefined || one.verdict.type !== "platform")
      for (const claim of one.claims) claims.add(claim);
  }
  const newest = known.get(head);
  const isHeadGood = newest !== undefined && !refused.some(({ commit }) => commit === head);
  return {
    refused,
    author: isHeadGood ? authorOf(newest, known) : undefined,
    signers: [...signers].sort(),
    claims: [...claims].sort(),
    isHeadGood,
  };
}

type Known = ReadonlyMap<string, CommitFinding>;

function whyRefused(one: CommitFinding, known: Known): string | undefined {
  if (one.verdict.type === "refused") return one.verdict.why;
  if (one.verdict.type === "signed") return undefined;
  if (one.parents.length < 2)
    return `${one.verdict.name} signed it, which does not say who made it; only merges that change nothing are taken from it`;
  if (mergedFrom(one, known) !== undefined) return undefined;
  return `${one.verdict.name} merged it, and it is not what a person signed: bring the branch up to date before it is merged`;
}

/** Who signed the parent that a forge's merge is the same as. */
function mergedFrom(one: CommitFinding, known: Known): string | undefined {
  for (const parent of one.parents.flatMap((id) => known.get(id) ?? [])) {
    if (parent.verdict.type !== "signed" || parent.tree !== one.tree) continue;
    const older = olderThan(parent, known);
    if (one.parents.every((id) => id === parent.commit || older.has(id))) return parent.verdict.person;
  }
  return undefined;
}

/** The ids of all commits of the range that lead to one, and of those before the range that they name. */
function olderThan(from: CommitFinding, known: Known): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...from.parents];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(known.get(id)?.parents ?? []));
  }
  return found;
}

function authorOf(newest: CommitFinding, known: Known): string | undefined {
  const { verdict } = newest;
  return verdict.type === "signed" ? verdict.person : mergedFrom(newest, known);
}
