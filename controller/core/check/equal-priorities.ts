import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { type Claim, claimsOf } from "./claims.ts";
import type { CheckContext } from "./context.ts";
import { type Overlap, overlapFinder } from "./overlap.ts";
import { problem } from "./problem.ts";

/** How many earlier claims that want something else each claim is compared with; more would be quadratic. */
const maxComparisons = 200;

/** Two policies of one priority that hold a device in common must not disagree about anything. */
export function checkEqualPriorities(context: CheckContext): readonly Diagnostic[] {
  const disputes = new Map<string, Dispute>();
  const find = overlapFinder(context);
  for (const claims of contested(context)) {
    const earlier = new Map<string, Claim[]>();
    for (const claim of claims) {
      addDispute(disputes, find, claim, wantingElse(earlier, claim));
      earlier.set(claim.value, [...(earlier.get(claim.value) ?? []).slice(1 - maxComparisons), claim]);
    }
  }
  return [...disputes.values()].map(toDiagnostic);
}

interface Dispute {
  readonly policy: Manifest<"Policy">;
  readonly other: Manifest<"Policy">;
  readonly overlap: Overlap;
  readonly claims: (readonly [mine: Claim, theirs: Claim])[];
}

/** Claims on one thing at one priority, where not all agree. */
function contested(context: CheckContext): readonly (readonly Claim[])[] {
  const buckets = new Map<string, Claim[]>();
  const policies = [...context.of("Policy")].sort(byOrigin);
  for (const claim of policies.flatMap((policy) => claimsOf(context, policy))) {
    const key = `${claim.policy.spec.priority ?? 100}\0${claim.subject}`;
    const bucket = buckets.get(key) ?? [];
    bucket.push(claim);
    buckets.set(key, bucket);
  }
  return [...buckets.values()].filter((claims) => claims.some(({ value }) => value !== claims[0]?.value));
}

function wantingElse(earlier: ReadonlyMap<string, readonly Claim[]>, { value }: Claim): readonly Claim[] {
  const found: Claim[] = [];
  for (const [other, claims] of earlier) {
    if (other !== value) found.push(...claims.slice(found.length - maxComparisons));
    if (found.length >= maxComparisons) break;
  }
  return found;
}

function addDispute(
  disputes: Map<string, Dispute>,
  find: ReturnType<typeof overlapFinder>,
  claim: Claim,
  earlier: readonly Claim[],
): void {
  let possible: Claim | undefined;
  for (const other of earlier) {
    // One policy may name an item twice by mistake, which is told elsewhere; two profiles of it may disagree.
    if (other.policy === claim.policy && isItem(other)) continue;
    const overlap =
      other.policy === claim.policy ? "certain" : find(claim.policy.spec.target, other.policy.spec.target);
    if (overlap === "certain") {
      record(disputes, claim, other, "certain");
      return;
    }
    if (overlap === "possible") possible ??= other;
  }
  if (possible !== undefined) record(disputes, claim, possible, "possible");
}

/** The other subjects hold names of networks and the like, with any letters, behind `settings` or `android`. */
function isItem({ subject }: Claim): boolean {
  return /^(Profile|App|Book)\//.test(subject);
}

function record(disputes: Map<string, Dispute>, mine: Claim, theirs: Claim, overlap: Overlap): void {
  const key = `${mine.policy.name}\0${theirs.policy.name}\0${overlap}`;
  const dispute = disputes.get(key) ?? { policy: mine.policy, other: theirs.policy, overlap, claims: [] };
  dispute.claims.push([mine, theirs]);
  disputes.set(key, dispute);
}

const shownClaims = 4;

function toDiagnostic({ policy, other, overlap, claims }: Dispute): Diagnostic {
  const priority = policy.spec.priority ?? 100;
  const certain = overlap === "certain";
  const same = policy === other;
  const lines = claims
    .slice(0, shownClaims)
    .map(
      ([mine, theirs], index) =>
        `${index === 0 ? "" : `${mine.subject}: `}${mine.words} here (line ${lineOf(mine)}), ${theirs.words} ${same ? `in line ${lineOf(theirs)}` : `in Policy/${other.name} (${other.origin.file}:${lineOf(theirs)})`}.`,
    );
  const more = claims.length > shownClaims ? [`and ${claims.length - shownClaims} more.`] : [];
  const advice = same
    ? "Keep one of both."
    : `Raise one priority, or exclude ${policy.name} from ${other.name}.`;
  const message = same
    ? "two profiles of this policy disagree"
    : `priority ${priority} ${certain ? "is taken by an overlapping policy" : "is taken by a policy that may overlap"}`;
  const path = same
    ? (claims[0]?.[0].path ?? ["spec"])
    : policy.spec.priority === undefined
      ? ["metadata", "name"]
      : ["spec", "priority"];
  return problem(policy as AnyManifest, path, {
    severity: certain ? "error" : "warning",
    rule: certain ? "equal-priority" : "possible-overlap",
    message,
    subject: claims[0]?.[0].subject ?? "",
    detail: [...lines, ...more, advice],
  });
}

function lineOf(claim: Claim): number {
  return claim.policy.at(claim.path).origin.line;
}

function byOrigin(a: Manifest<"Policy">, b: Manifest<"Policy">): number {
  if (a.origin.file !== b.origin.file) return a.origin.file < b.origin.file ? -1 : 1;
  return a.origin.line - b.origin.line;
}
