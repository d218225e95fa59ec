import { type Diagnostic, wholeRevision } from "../core/diagnostic.ts";
import type { RevisionRow } from "../core/ports.ts";
import type { RefusedCommit } from "../core/signing/judge-range.ts";
import { isVerified, refusedBy, type SignatureMode, type Signatures } from "../core/signing/signatures.ts";
import type { Snapshot } from "../git/source.ts";

/** A revision with whoever stands for it. */
export type Vouched = Snapshot & {
  /** A person signed everything that came with it; `author` is then whoever signed the newest. */
  readonly verified: boolean;
  /** The revision that was in force when it was asked what came with it. */
  readonly since?: string;
};

export type Vouching =
  | { readonly type: "vouched"; readonly snapshot: Vouched }
  | { readonly type: "refused"; readonly diagnostics: readonly Diagnostic[] };

/**
 * Says who stands for a revision, or refuses it where the mode asks for signatures that it does not have. What is in
 * force already is not judged again. Throws Retry when its commits cannot be read.
 */
export async function vouch(
  snapshot: Snapshot,
  inForce: RevisionRow | undefined,
  mode: SignatureMode,
): Promise<Vouching> {
  if (inForce?.id === snapshot.revision) {
    const { author, verified = false } = inForce;
    return { type: "vouched", snapshot: { ...snapshot, author, verified, since: inForce.id } };
  }
  const since = inForce === undefined ? {} : { since: inForce.id };
  const signatures = await snapshot.signatures?.();
  if (signatures === undefined) {
    if (mode === "off") return { type: "vouched", snapshot: { ...snapshot, verified: false, ...since } };
    const nothing = {
      commit: snapshot.revision,
      by: snapshot.author,
      why: "its signatures cannot be verified",
    };
    return { type: "refused", diagnostics: [diagnosticOf(nothing, false)] };
  }
  const refused = refusedBy(mode, signatures, snapshot.revision);
  if (refused.length > 0)
    return {
      type: "refused",
      diagnostics: refused.map((one) => diagnosticOf(one, signatures.problem === "rewritten")),
    };
  const verified = isVerified(signatures);
  const author = verified ? (signatures.author ?? snapshot.author) : snapshot.author;
  const persons = personsOf(snapshot, signatures);
  return { type: "vouched", snapshot: { ...snapshot, author, verified, ...since, ...persons } };
}

/** Whoever signed counts as an author, and so does whoever is named: the name is a claim, and a claim is enough for that. */
function personsOf(snapshot: Snapshot, signatures: Signatures): { readonly persons: readonly string[] } {
  const named = isVerified(signatures)
    ? signatures.claims
    : [...(snapshot.persons ?? []), ...signatures.claims];
  return { persons: [...new Set([...named, ...signatures.identities])].filter((one) => one !== "").sort() };
}

/** To sign a history anew that goes back does not help: it stays one that goes back. */
function diagnosticOf({ commit, by, why }: RefusedCommit, isRewritten: boolean): Diagnostic {
  return {
    severity: "error",
    rule: "signature",
    origin: wholeRevision,
    length: 1,
    message: `commit ${commit.slice(0, 12)}${by === "" ? "" : ` of ${shown(by)}`}: ${why}`,
    subject: "",
    detail: [
      "Nothing of this revision comes into force; the one before stays.",
      isRewritten
        ? "Go back by a new commit (git revert); docs/persons.md says how to agree to another history."
        : "Have somebody of `persons` sign it anew (git rebase --exec 'git commit --amend --no-edit -S'), or take it back.",
    ],
  };
}

function shown(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 60);
}
