import type { Diagnostic } from "../diagnostic.ts";
import { type AnyManifest, nameOf } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { problem } from "./problem.ts";
import { profileIdentifier } from "./profile-identifier.ts";

type Path = readonly (string | number)[];

interface Claim {
  readonly manifest: AnyManifest;
  readonly path: Path;
  /** What must be unique, with its own name space. */
  readonly identity: string;
  readonly rule: "duplicate-name" | "duplicate-identity";
  readonly what: string;
}

/** Names are unique within a kind, and so is everything by which a device knows an item, or reeve a device. */
export function checkDuplicates(context: CheckContext): readonly Diagnostic[] {
  const first = new Map<string, Claim>();
  const found: Diagnostic[] = [];
  for (const claim of context.manifests.flatMap((manifest) => claimsOf(context, manifest)).sort(byOrigin)) {
    const earlier = first.get(claim.identity);
    if (earlier === undefined) first.set(claim.identity, claim);
    else if (!isCopy(claim, earlier)) found.push(taken(claim, earlier));
  }
  return [...found, ...organizations(context)];
}

/** A manifest that is there twice under one name has all its identities twice; the name says so. */
function isCopy({ rule, manifest }: Claim, earlier: Claim): boolean {
  return rule === "duplicate-identity" && nameOf(manifest) === nameOf(earlier.manifest);
}

function taken(claim: Claim, earlier: Claim): Diagnostic {
  const { origin } = earlier.manifest.at(earlier.path);
  const detail = [`${nameOf(earlier.manifest)} (${origin.file}:${origin.line}) has it already.`];
  return problem(claim.manifest, claim.path, { rule: claim.rule, message: `${claim.what} is taken`, detail });
}

function claimsOf(context: CheckContext, manifest: AnyManifest): readonly Claim[] {
  const claim = (rule: Claim["rule"], path: Path, space: string, id: string | undefined): readonly Claim[] =>
    id === undefined
      ? []
      : [{ manifest, path, rule, identity: `${space}\0${id}`, what: `${space} ${quote(id)}` }];
  const names = claim("duplicate-name", ["metadata", "name"], `${manifest.kind} name`, manifest.name);
  const former = (manifest.metadata.renamedFrom ?? []).flatMap((name, index) =>
    claim("duplicate-name", ["metadata", "renamedFrom", index], `former ${manifest.kind} name`, name),
  );
  return [
    ...names,
    ...former,
    ...identitiesOf(context, manifest).flatMap(([path, space, id]) =>
      claim("duplicate-identity", path, space, id),
    ),
  ];
}

function identitiesOf(
  context: CheckContext,
  manifest: AnyManifest,
): readonly (readonly [Path, string, string | undefined])[] {
  switch (manifest.kind) {
    case "Profile":
      return [
        [["spec", "identifier"], "profile identifier", profileIdentifier(manifest, context.profileFiles)],
      ];
    case "App":
      return [
        [["spec", "apple", "bundleId"], "bundle id", manifest.spec.apple?.bundleId],
        [["spec", "android", "package"], "package", manifest.spec.android?.package],
      ];
    case "Book":
      return [
        [["spec", "persistentId"], "persistent id", manifest.spec.persistentId],
        [["spec", "appStoreId"], "number in the store", manifest.spec.appStoreId?.toString()],
      ];
    case "Device":
      return (["serial", "imei", "enterpriseSpecificId", "enrollmentId"] as const).map((key) => [
        ["spec", "match", key],
        key,
        manifest.spec.match[key],
      ]);
    default:
      return [];
  }
}

function organizations(context: CheckContext): readonly Diagnostic[] {
  const [first, ...others] = [...context.of("Organization")].sort((a, b) =>
    a.origin.file < b.origin.file ? -1 : 1,
  );
  if (first === undefined) return [];
  const detail = [
    `Organization/${first.name} (${first.origin.file}:${first.origin.line}) is the one; merge them.`,
  ];
  return others.map((other) =>
    problem(other, ["metadata", "name"], {
      rule: "second-organization",
      message: "a second Organization",
      detail,
    }),
  );
}

function byOrigin(a: Claim, b: Claim): number {
  const [left, right] = [a.manifest.origin, b.manifest.origin];
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}
