import { keysIn, schemaEntries } from "../apple-schema/tables.ts";
import { type PortalTarget, portalTargetOf } from "../automated-enrollment.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { type AnyManifest, type Manifest, nameOf } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { didYouMean } from "./nearest.ts";
import { problem } from "./problem.ts";

type Enrollment = Manifest<"AutomatedEnrollment">;

/** Panes that exist, options that go together, and one manifest for each device. */
export function checkAutomatedEnrollments(context: CheckContext): readonly Diagnostic[] {
  const all = context.of("AutomatedEnrollment");
  return [
    ...all.flatMap((one) => [...unknownPanes(one), ...unsupervised(one), ...unsharable(one)]),
    ...overlaps(all),
  ];
}

let panes: readonly string[] | undefined;

/** The panes that Apple's schema knows. */
function knownPanes(): readonly string[] {
  panes ??= schemaEntries("other", "SkipKeys").flatMap((entry) =>
    keysIn(entry, entry.keys).map((one) => one.key),
  );
  return panes;
}

function unknownPanes(manifest: Enrollment): readonly Diagnostic[] {
  const known = knownPanes();
  return (manifest.spec.setupAssistant?.skip ?? []).flatMap((pane, index) => {
    if (known.includes(pane)) return [];
    const meant = didYouMean(pane, known).trim();
    return [
      problem(manifest as AnyManifest, ["spec", "setupAssistant", "skip", index], {
        severity: "warning",
        rule: "unknown-pane",
        message: `no pane of Setup Assistant is called ${quote(pane)}`,
        detail: [meant === "" ? "It is sent as it is: newer systems may know it." : meant],
      }),
    ];
  });
}

function unsupervised(manifest: Enrollment): readonly Diagnostic[] {
  const { supervised, removable } = manifest.spec;
  if (supervised !== false || removable === true) return [];
  return [
    problem(manifest as AnyManifest, ["spec", "supervised"], {
      rule: "removable-unsupervised",
      message: "management of a device that is not supervised can be removed",
      detail: ["Say removable: true, or leave supervised out."],
    }),
  ];
}

function unsharable(manifest: Enrollment): readonly Diagnostic[] {
  const { shared, devices } = manifest.spec;
  const others = (devices.platforms ?? []).filter((platform) => platform !== "ipados");
  if (shared !== true || others.length === 0) return [];
  return [
    problem(manifest as AnyManifest, ["spec", "shared"], {
      rule: "shared-ipad-only",
      message: `only iPads are shared, and this means ${others.join(" and ")} too`,
      detail: ["Use a manifest of its own for shared iPads."],
    }),
  ];
}

function overlaps(all: readonly Enrollment[]): readonly Diagnostic[] {
  const targets = all.map((manifest) => ({ manifest, target: portalTargetOf(manifest.spec) }));
  return targets.flatMap(({ manifest, target }, index) => {
    const others = targets.slice(0, index).filter(({ manifest: other }) => isRival(manifest, other));
    for (const other of others) {
      const found = overlapOf(target, other.target);
      if (found !== undefined) return [equalPriority(manifest, other.manifest, found)];
    }
    return [];
  });
}

function isRival({ spec: a }: Enrollment, { spec: b }: Enrollment): boolean {
  return a.server === b.server && (a.priority ?? 100) === (b.priority ?? 100);
}

interface Overlap {
  readonly certain: boolean;
  readonly what: string;
}

/** What two manifests both mean: certainly, or as far as models and platforms of serial numbers are not known. */
function overlapOf(a: PortalTarget, b: PortalTarget): Overlap | undefined {
  if (a.all || b.all) return { certain: true, what: "all devices" };
  for (const key of ["serials", "models", "platforms"] as const) {
    const both = [...a[key]].find((one) => b[key].has(one));
    if (both !== undefined) return { certain: true, what: both };
  }
  const sorts = (target: PortalTarget): number =>
    [target.serials, target.models, target.platforms].filter((set) => set.size > 0).length;
  const alike = (["serials", "models", "platforms"] as const).some(
    (key) => a[key].size > 0 && b[key].size > 0 && sorts(a) === 1 && sorts(b) === 1,
  );
  return alike ? undefined : { certain: false, what: "some devices" };
}

function equalPriority(manifest: Enrollment, other: Enrollment, { certain, what }: Overlap): Diagnostic {
  const { origin } = other.at(["spec", "devices"]);
  return problem(
    manifest as AnyManifest,
    ["spec", manifest.spec.priority === undefined ? "devices" : "priority"],
    {
      severity: certain ? "error" : "warning",
      rule: "equal-enrollment-priority",
      message: `${nameOf(other)} ${certain ? "means" : "may mean"} ${what} too, with the same priority`,
      detail: [`It stands in ${origin.file}:${origin.line}. Raise one priority: no device is given either.`],
    },
  );
}
