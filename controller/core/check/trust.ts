import type { Diagnostic } from "../diagnostic.ts";
import type { Target } from "../generated/manifest.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { reportedKeys } from "../selector.ts";
import type { CheckContext } from "./context.ts";
import { groupsWithin } from "./group-facts.ts";
import { problem } from "./problem.ts";
import { secretUses } from "./secrets.ts";
import { targetOf } from "./targets.ts";

/** Acts, and profiles with secrets, rest on what is asserted and not on what a device says of itself. */
export function checkTrust(context: CheckContext): readonly Diagnostic[] {
  return context.manifests.flatMap((manifest) => {
    const target = targetOf(manifest);
    const why = target === undefined ? undefined : reasonFor(context, manifest);
    return target === undefined || why === undefined ? [] : untrusted(context, manifest, target, why);
  });
}

function reasonFor(context: CheckContext, manifest: AnyManifest): string | undefined {
  if (manifest.kind === "Deprovision") return "a deprovision";
  if (manifest.kind === "Operation") return "audit" in manifest.spec.act ? undefined : "an operation";
  if (manifest.kind !== "Policy") return undefined;
  const items: readonly (AnyManifest | undefined)[] = [
    ...(manifest.spec.profiles ?? []).map(
      ({ name }) => context.get("Profile", name) as AnyManifest | undefined,
    ),
    ...(manifest.spec.apps ?? []).map(({ name }) => context.get("App", name) as AnyManifest | undefined),
  ];
  const secret = items.find((item) => item !== undefined && usesSecret(context, item));
  return secret === undefined ? undefined : `${secret.kind}/${secret.name}, which holds a secret,`;
}

function usesSecret(context: CheckContext, item: AnyManifest): boolean {
  return secretUses(context, item).some(({ name }) => name.startsWith("secret:"));
}

function untrusted(
  context: CheckContext,
  manifest: AnyManifest,
  target: Target,
  why: string,
): readonly Diagnostic[] {
  return (target.groups ?? []).flatMap((name, index) => {
    const group = groupsWithin(context, name).find(
      (one) => one.spec.trustReported !== true && reportedIn(one).length > 0,
    );
    if (group === undefined) return [];
    const { origin } = group.at(["spec", "selector"]);
    const keys = reportedIn(group).join(" and ");
    const detail = [
      `DeviceGroup/${group.name} (${origin.file}:${origin.line}) selects on ${keys}, which the device itself reports.`,
      "Set trustReported: true there if that is good enough, or select on what a Device manifest asserts.",
    ];
    return [
      problem(manifest, ["spec", "target", "groups", index], {
        rule: "untrusted-facts",
        message: `${why} must not rest on reported facts`,
        detail,
      }),
    ];
  });
}

function reportedIn(group: Manifest<"DeviceGroup">): readonly string[] {
  const { selector } = group.spec;
  const keys = [
    ...Object.keys(selector?.match ?? {}),
    ...(selector?.expressions ?? []).map(({ key }) => key),
  ];
  return [...new Set(keys)].filter((key) => reportedKeys.has(key));
}
