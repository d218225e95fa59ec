import { manifestsOf, nameOf, type PolicySet } from "./manifest.ts";

/** What a policy set asks for and this version does not carry out, a sentence each: nothing is ignored in silence. */
export function noticesOf(set: PolicySet): readonly string[] {
  return [
    ...namesWhere(
      set,
      "Policy",
      (spec) => spec.rollout !== undefined,
      "rollout waves are not carried out yet, all devices get it at once",
    ),
    ...namesWhere(
      set,
      "Policy",
      (spec) => spec.maintenanceWindows !== undefined,
      "maintenance windows are not carried out yet, changes are sent at any time",
    ),
    ...namesWhere(
      set,
      "Organization",
      (spec) => spec.notifications !== undefined,
      "notifications are not sent yet",
    ),
    ...namesWhere(
      set,
      "Secret",
      (spec) => spec.provider === "sops",
      "the provider sops is not available yet, profiles that use it are not sent",
    ),
    ...namesWhere(set, "Profile", (spec) => spec.scope === "user", "user channels get no profiles yet"),
  ];
}

function namesWhere<K extends "Policy" | "Organization" | "Secret" | "Profile">(
  set: PolicySet,
  kind: K,
  holds: (spec: ReturnType<typeof manifestsOf<K>>[number]["spec"]) => boolean,
  what: string,
): readonly string[] {
  const names = manifestsOf(set, kind)
    .filter((manifest) => holds(manifest.spec))
    .map(nameOf);
  if (names.length === 0) return [];
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return [`${names.slice(0, 3).join(", ")}${more}: ${what}`];
}
