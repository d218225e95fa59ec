import type { AndroidNeed } from "../android-needs.ts";
import { partNeeds } from "../android-part-needs.ts";
import { androidPartsOf } from "../compile-android.ts";
import { kioskNeed, needsOfApp } from "../compile-android-app.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { pathText } from "../path-text.ts";
import { type AndroidTargets, androidTargetsIn, androidTargetsOf, lackOfAll } from "./android-targets.ts";
import type { CheckContext } from "./context.ts";
import { listed } from "./nearest.ts";
import { type Finding, problem } from "./problem.ts";

type Path = readonly (string | number)[];

/** What the Android devices of a target cannot have is told where it stands: it would never be as declared there. */
export function checkAndroidSettings(context: CheckContext): readonly Diagnostic[] {
  return [
    ...context.of("Profile").flatMap((profile) => profileProblems(context, profile)),
    ...context.of("App").flatMap((app) => permissionProblems(context, app)),
    ...context.of("Policy").flatMap((policy) => kioskProblems(context, policy)),
  ];
}

function profileProblems(context: CheckContext, profile: Manifest<"Profile">): readonly Diagnostic[] {
  const targets = androidTargetsOf(context, `Profile/${profile.name}`);
  if (targets.known.length === 0 || profile.spec.scope === "user") return [];
  const { parts, inexpressible } = androidPartsOf(profile, () => undefined);
  return [
    ...inexpressible.flatMap(({ at, reason }) =>
      findingsFor(pathText(at), targets, () => reason).map((finding) => [at, finding] as const),
    ),
    ...partNeeds(parts).flatMap(({ at, need }) =>
      findingsFor(pathText(at), targets, (one) => lackOfAll(need, one)).map(
        (finding) => [at, finding] as const,
      ),
    ),
  ].map(([at, finding]) => problem(profile as AnyManifest, ["spec", ...at], finding));
}

function permissionProblems(context: CheckContext, app: Manifest<"App">): readonly Diagnostic[] {
  const { android } = app.spec;
  if (android === undefined) return [];
  const targets = androidTargetsOf(context, `App/${app.name}`);
  return Object.entries(android.permissions ?? {}).flatMap(([permission, policy]) => {
    const [need] = needsOfApp({ permissions: { [permission]: policy } });
    const at = ["spec", "android", "permissions", permission];
    return need === undefined ? [] : needProblems(app as AnyManifest, at, need, targets);
  });
}

function kioskProblems(context: CheckContext, policy: Manifest<"Policy">): readonly Diagnostic[] {
  const targets = androidTargetsIn(context, policy.spec.target);
  return (policy.spec.apps ?? []).flatMap(({ install }, index) => {
    if (install !== "kiosk") return [];
    return needProblems(policy as AnyManifest, ["spec", "apps", index, "install"], kioskNeed, targets);
  });
}

function needProblems(
  manifest: AnyManifest,
  at: Path,
  need: AndroidNeed,
  targets: AndroidTargets,
): readonly Diagnostic[] {
  const found = findingsFor(need.names[0] ?? "", targets, (one) => lackOfAll(need, one));
  return found.map((finding) => problem(manifest, at, finding));
}

/** An error where nobody of a target can have something; else a warning with the groups that cannot. */
export function findingsFor(
  name: string,
  { known, isOpen }: AndroidTargets,
  lack: (target: AndroidTargets["known"][number]) => string | undefined,
  doing = "have",
): readonly Finding[] {
  const lacking = known.flatMap((target) => {
    const reason = lack(target);
    return reason === undefined ? [] : [{ group: target.group, reason }];
  });
  if (lacking.length === 0) return [];
  const detail = lacking.map(({ group, reason }) => `DeviceGroup/${group}, Android: ${reason}.`);
  if (!isOpen && lacking.length === known.length)
    return [{ rule: "android-unusable", message: `no targeted device can ${doing} ${name}`, detail }];
  const groups = listed([...new Set(lacking.map(({ group }) => group))], "and");
  const message = `Android devices of ${groups} cannot ${doing} ${name}`;
  return [{ severity: "warning", rule: "android-ignored", message, detail }];
}
