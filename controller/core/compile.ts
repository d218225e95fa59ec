import { compileEnrollments } from "./automated-enrollment.ts";
import { compileActs } from "./compile-acts.ts";
import {
  compileGroups,
  compileTarget,
  compileUserGroups,
  deviceEntries,
  referencesOf,
} from "./compile-groups.ts";
import { type ContentPorts, compileItems } from "./compile-items.ts";
import type {
  Budget,
  Compiled,
  CompiledExemption,
  CompiledOrganization,
  CompiledPolicy,
  CompiledReceiver,
  ItemForms,
  ItemUse,
} from "./compiled.ts";
import { durationMs, percentOf } from "./duration.ts";
import { enrollmentRulesOf } from "./enrollment-rules.ts";
import type { GrantedSchedule } from "./granted.ts";
import { type Manifest, manifestsOf, type PolicySet } from "./manifest.ts";
import { noticesOf } from "./not-carried-out.ts";
import type { RolloutRules } from "./rollout.ts";
import { type CompiledWindow, weekdays } from "./window.ts";

export type { ContentPorts } from "./compile-items.ts";

/** Resolves a validated policy set. Pure; a reference that validation would have refused is left out. */
export function compile(set: PolicySet, ports: ContentPorts): Compiled {
  const organization = compileOrganization(set, ports);
  const items = compileItems(set, ports);
  const schedules = new Map(
    manifestsOf(set, "InventorySchedule").map((one) => [
      one.name,
      compileSchedule(one, organization.timeZone),
    ]),
  );
  const policies = manifestsOf(set, "Policy").map((one) =>
    compilePolicy(one, items.forms, schedules, organization.timeZone),
  );
  return {
    revision: set.revision,
    organization,
    groups: compileGroups(set),
    userGroups: compileUserGroups(set),
    policies: policies.sort(byPriority),
    exemptions: manifestsOf(set, "Exemption").map(compileExemption),
    acts: compileActs(set, items.keep),
    enrollments: compileEnrollments(set),
    devices: deviceEntries(set),
    references: referencesOf(set),
    notices: noticesOf(set),
    driftCheckMs: ports.driftCheckMs,
    contents: items.contents,
  };
}

const defaultRemovals = { devices: 50, share: 0.025 };
const defaultIsolating = { devices: 50, share: 0.1 };
const defaultIsolatingCeiling = { devices: 100, share: 0.1 };

function compileOrganization(set: PolicySet, ports: ContentPorts): CompiledOrganization {
  const manifest = manifestsOf(set, "Organization")[0];
  const spec = manifest?.spec;
  const { removals, isolating } = spec?.budgets ?? {};
  return {
    name: manifest?.name ?? "organization",
    timeZone: spec?.timeZone ?? "UTC",
    mode: spec?.mode ?? "enforce",
    suspended: spec?.suspend?.reason,
    removalBudgets: [budgetOf(removals) ?? defaultRemovals, ports.removalCeiling],
    isolatingBudgets: [
      budgetOf(isolating) ?? defaultIsolating,
      ports.isolatingCeiling ?? defaultIsolatingCeiling,
    ],
    mayIsolate: new Set((spec?.allowIsolating ?? []).map(({ profile }) => `Profile/${profile}`)),
    membershipLoss: Math.min(percentOf(spec?.membershipLoss ?? "20%"), ports.membershipLossCeiling ?? 1),
    defaultGroups: spec?.defaultGroups ?? {},
    deviceLimit: spec?.deviceLimit,
    enrollment: enrollmentRulesOf(spec),
    notifications: manifest === undefined ? [] : receiversOf(manifest),
  };
}

function budgetOf(given: { devices?: number; percent?: string } | undefined): Budget | undefined {
  return given && { devices: given.devices ?? 0, share: percentOf(given.percent ?? "0%") };
}

/** The windows of a policy, what it leaves out filled in. */
function compileWindows({ spec }: Manifest<"Policy">, timeZone: string): Pick<CompiledPolicy, "windows"> {
  const windows = (spec.maintenanceWindows ?? []).flatMap((window): readonly CompiledWindow[] => {
    const type = window.deny === undefined ? "allow" : "deny";
    const span = window[type];
    if (span === undefined) return [];
    return [
      {
        type,
        days: span.days ?? weekdays,
        from: span.from,
        to: span.to,
        timeZone: window.timeZone ?? timeZone,
        gates: window.gates ?? ["disruptive"],
      },
    ];
  });
  return windows.length === 0 ? {} : { windows };
}

function receiversOf(manifest: Manifest<"Organization">): readonly CompiledReceiver[] {
  return (manifest.spec.notifications ?? []).map((one, index) => {
    const { signingKey, on } = one;
    const { origin } = manifest.at(["spec", "notifications", index]);
    const rest = { signingKey, on, origin };
    if ("email" in one && one.email !== undefined) return { kind: "email", to: one.email, ...rest };
    const kind =
      (["webhook", "slack", "teams"] as const).find((name) => one[name] !== undefined) ?? "webhook";
    return { kind, to: [one[kind] ?? ""], ...rest };
  });
}

const hourMs = 3_600_000;

function compileSchedule(manifest: Manifest<"InventorySchedule">, timeZone: string): GrantedSchedule {
  const { spec } = manifest;
  return {
    name: manifest.name,
    collect: [...spec.collect].sort(),
    timeZone: spec.timeZone ?? timeZone,
    spreadMs: spec.spread === undefined ? hourMs : durationMs(spec.spread),
    ...(spec.every === undefined ? {} : { every: durationMs(spec.every) }),
    ...(spec.cron === undefined ? {} : { cron: spec.cron }),
    ...(spec.maxAge === undefined ? {} : { maxAgeMs: durationMs(spec.maxAge) }),
  };
}

function compilePolicy(
  manifest: Manifest<"Policy">,
  forms: ReadonlyMap<string, ItemForms>,
  schedules: ReadonlyMap<string, GrantedSchedule>,
  timeZone: string,
): CompiledPolicy {
  const { spec } = manifest;
  return {
    name: manifest.name,
    priority: spec.priority ?? 100,
    target: compileTarget(spec.target),
    mode: spec.mode ?? "enforce",
    uses: [...profileUses(manifest, forms), ...appUses(manifest, forms), ...bookUses(manifest, forms)],
    inventory: (spec.inventory ?? []).flatMap((name) => schedules.get(name) ?? []),
    ...compileWindows(manifest, timeZone),
    ...(spec.rollout === undefined ? {} : { rollout: compileRollout(spec.rollout) }),
    ...(manifest.metadata.renamedFrom === undefined ? {} : { formerly: manifest.metadata.renamedFrom }),
    origin: manifest.origin,
  };
}

function compileRollout(rollout: NonNullable<Manifest<"Policy">["spec"]["rollout"]>): RolloutRules {
  return {
    waves: rollout.waves.map(percentOf),
    soakMs: durationMs(rollout.soak ?? "1h"),
    maxFailed: percentOf(rollout.maxFailed ?? "2%"),
    minReports: rollout.minReports ?? 5,
    deadlineMs: durationMs(rollout.deadline ?? "7d"),
  };
}

function profileUses(
  manifest: Manifest<"Policy">,
  forms: ReadonlyMap<string, ItemForms>,
): readonly ItemUse[] {
  return (manifest.spec.profiles ?? []).map((use, index) => ({
    key: `Profile/${use.name}`,
    drift: use.drift ?? manifest.spec.drift ?? "correct",
    install: "required",
    onLeave: "remove",
    forms: forms.get(`Profile/${use.name}`) ?? {},
    origin: manifest.at(["spec", "profiles", index]).origin,
  }));
}

function appUses(manifest: Manifest<"Policy">, forms: ReadonlyMap<string, ItemForms>): readonly ItemUse[] {
  return (manifest.spec.apps ?? []).map((use, index) => ({
    key: `App/${use.name}`,
    drift: use.drift ?? manifest.spec.drift ?? "correct",
    install: use.install ?? "required",
    onLeave: use.onLeave ?? "remove",
    forms: forms.get(`App/${use.name}`) ?? {},
    origin: manifest.at(["spec", "apps", index]).origin,
  }));
}

function bookUses(manifest: Manifest<"Policy">, forms: ReadonlyMap<string, ItemForms>): readonly ItemUse[] {
  return (manifest.spec.books ?? []).map((use, index) => ({
    key: `Book/${use.name}`,
    drift: use.drift ?? manifest.spec.drift ?? "correct",
    install: "required",
    onLeave: use.onLeave ?? "remove",
    forms: forms.get(`Book/${use.name}`) ?? {},
    origin: manifest.at(["spec", "books", index]).origin,
  }));
}

function byPriority(a: CompiledPolicy, b: CompiledPolicy): number {
  return b.priority - a.priority || (a.name < b.name ? -1 : 1);
}

function compileExemption(manifest: Manifest<"Exemption">): CompiledExemption {
  const { spec } = manifest;
  return {
    name: `Exemption/${manifest.name}`,
    target: compileTarget(spec.target),
    lift: new Set(spec.lift),
    from: spec.from === undefined ? 0 : Date.parse(spec.from),
    until: Date.parse(spec.until),
    reason: spec.reason,
  };
}
