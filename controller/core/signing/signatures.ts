import type { Judged, RefusedCommit } from "./judge-range.ts";

/** Which commits must be signed for a revision to come into force. */
export const signatureModes = ["off", "head", "every"] as const;
export type SignatureMode = (typeof signatureModes)[number];

/** What the signatures of a revision say. */
export interface Signatures extends Judged {
  /** Names and addresses of everybody who signed, as they are configured. */
  readonly identities: readonly string[];
  /** Why it cannot be told what came with the revision. */
  readonly problem?: RangeProblem;
  /** The configuration names the newest commit as one that needs no signature. */
  readonly isAnchor: boolean;
  /** The same of some of the commits that came with it. */
  readonly isCut: boolean;
}

export type RangeProblem =
  /** It does not descend from what was in force. */
  | "rewritten"
  /** Commits of its history are not here. */
  | "incomplete"
  /** More commits than are looked at. */
  | "too-many"
  /** `source.signedFrom` is no part of its history, and nothing was in force. */
  | "no-anchor";

const problems: Readonly<Record<RangeProblem, string>> = {
  rewritten: "it does not descend from the revision in force, so that it is not known what it takes back",
  incomplete: "its history is not complete here, so that it is not known what came with it",
  "too-many": "more than 10,000 commits came with it",
  "no-anchor": "source.signedFrom is no part of its history",
};

/** The commits for which a revision is refused under a mode; none when it may come into force. */
export function refusedBy(
  mode: SignatureMode,
  signatures: Signatures,
  head: string,
): readonly RefusedCommit[] {
  const { problem, refused, isAnchor, isHeadGood } = signatures;
  if (mode === "off" || (isAnchor && problem === undefined)) return [];
  const whole = problem === undefined ? [] : [{ commit: head, by: "", why: problems[problem] }];
  if (mode === "every") return [...whole, ...refused];
  const own = refused.filter(({ commit }) => commit === head);
  if (problem === "rewritten") return [...whole, ...own];
  return isHeadGood ? [] : own.length > 0 ? own : [{ commit: head, by: "", why: "it is not signed" }];
}

/** Whether a person stands for everything that came with a revision. */
export function isVerified({ problem, refused, isHeadGood, isCut }: Signatures): boolean {
  return problem === undefined && refused.length === 0 && isHeadGood && !isCut;
}
