import type { Diagnostic } from "../diagnostic.ts";
import type { Target, TargetLists } from "../generated/manifest.ts";
import type { AnyManifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { problem } from "./problem.ts";

/** The target of a manifest; undefined for kinds that have none. */
export function targetOf(manifest: AnyManifest): Target | undefined {
  switch (manifest.kind) {
    case "Policy":
    case "Exemption":
    case "Operation":
    case "Deprovision":
      return manifest.spec.target;
    default:
      return undefined;
  }
}

export const targetLists = ["groups", "devices", "users", "userGroups"] as const;

/** A target hits something, says so in one way, and does not take back what it names. */
export function checkTargets(context: CheckContext): readonly Diagnostic[] {
  return context.manifests.flatMap((manifest) => {
    const target = targetOf(manifest);
    if (target === undefined) return [];
    return [...emptyTarget(manifest, target), ...excludedAgain(manifest, target)];
  });
}

function emptyTarget(manifest: AnyManifest, target: Target): readonly Diagnostic[] {
  const hits = targetLists.some((list) => (target[list] ?? []).length > 0);
  if (target.all === true && hits) {
    const detail = ["all already holds every device; keep one of both."];
    return [
      problem(manifest, ["spec", "target", "all"], {
        rule: "exclusive-fields",
        message: "all and lists of devices exclude each other",
        detail,
      }),
    ];
  }
  if (target.all === true || hits) return [];
  const detail = ["expected groups, devices, users or userGroups with an entry, or all: true."];
  return [
    problem(manifest, ["spec", "target"], {
      rule: "empty-target",
      message: "the target hits nothing",
      detail,
    }),
  ];
}

function excludedAgain(manifest: AnyManifest, target: Target): readonly Diagnostic[] {
  const exclude: TargetLists = target.exclude ?? {};
  return targetLists.flatMap((list) => {
    const wanted = new Set(target[list] ?? []);
    return (exclude[list] ?? []).flatMap((name, index) => {
      if (!wanted.has(name)) return [];
      const detail = ["Nothing of it is left; remove it from one of both."];
      const message = `${quote(name)} is both a target and excluded`;
      return [
        problem(manifest, ["spec", "target", "exclude", list, index], {
          rule: "excludes-its-target",
          message,
          detail,
        }),
      ];
    });
  });
}
