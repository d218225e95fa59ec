import { type AnyManifest, type Manifest, manifestsOf, nameOf, type PolicySet } from "./manifest.ts";

/** A field that the language has and this version does not carry out; docs/limits.md says more. */
export interface NotCarriedOut {
  readonly manifest: AnyManifest;
  readonly path: readonly (string | number)[];
  /** What that means, as the end of a sentence. */
  readonly says: string;
}

type Manifests = Pick<PolicySet, "manifests">;

type Kind = "Policy" | "Organization" | "Secret";

interface Rule<K extends Kind> {
  readonly kind: K;
  readonly path: readonly string[];
  readonly holds: (spec: Manifest<K>["spec"]) => boolean;
  readonly says: string;
}

function rule<K extends Kind>(
  kind: K,
  path: string,
  holds: Rule<K>["holds"],
  says: string,
): (set: Manifests) => readonly NotCarriedOut[] {
  const at = ["spec", ...path.split(".")];
  return (set) =>
    manifestsOf(set, kind)
      .filter((manifest) => holds(manifest.spec))
      .map((manifest) => ({ manifest: manifest as AnyManifest, path: at, says }));
}

const rules = [
  rule(
    "Secret",
    "provider",
    (spec) => spec.provider === "sops",
    "the provider sops is not available yet, profiles that use it are not sent",
  ),
];

/** Everything in a policy set that is accepted and has no effect: nothing is ignored in silence. */
export function notCarriedOut(set: Manifests): readonly NotCarriedOut[] {
  return rules.flatMap((find) => find(set));
}

/** The same for people, a sentence for each. */
export function noticesOf(set: Manifests): readonly string[] {
  const names = Map.groupBy(notCarriedOut(set), (one) => one.says);
  return [...names].map(([says, found]) => {
    const first = found.slice(0, 3).map((one) => nameOf(one.manifest));
    const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
    return `${first.join(", ")}${more}: ${says}`;
  });
}
