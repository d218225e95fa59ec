import type { Platform } from "./facts.ts";
import type { AutomatedEnrollmentSpec } from "./generated/manifest.ts";
import { manifestsOf, type PolicySet } from "./manifest.ts";
import { compareVersions } from "./version.ts";

/** What an AutomatedEnrollment manifest asks for, with its defaults. */
export interface CompiledEnrollment {
  readonly name: string;
  readonly server: string;
  readonly priority: number;
  readonly devices: PortalTarget;
  readonly group: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** A device whose user erased it is let in again without a person. */
  readonly admitsReturn: boolean;
  /** The least version of a platform that may enroll. */
  readonly minimumOs: Readonly<Partial<Record<Platform, string>>>;
  readonly setup: SetupOptions;
}

/** Which devices of a server are meant. */
export interface PortalTarget {
  readonly all: boolean;
  readonly serials: ReadonlySet<string>;
  /** In lower case. */
  readonly models: ReadonlySet<string>;
  readonly platforms: ReadonlySet<string>;
}

/** What stands in the enrollment profile that Apple keeps. */
export interface SetupOptions {
  readonly supervised: boolean;
  readonly removable: boolean;
  readonly mandatory: boolean;
  readonly awaitConfiguration: boolean;
  readonly shared: boolean;
  readonly autoAdvance: boolean;
  /** Sorted, so that the order of a manifest's list changes nothing. */
  readonly skip: readonly string[];
  readonly language?: string;
  readonly region?: string;
  readonly department?: string;
  readonly phone?: string;
  readonly email?: string;
}

/** A device as the portal describes it. */
export interface PortalDevice {
  readonly serial: string;
  readonly model: string | undefined;
  readonly platform: Platform | undefined;
}

/** What the manifests say of one device of a portal. */
export type Chosen =
  | { readonly type: "none" }
  | { readonly type: "one"; readonly enrollment: CompiledEnrollment }
  /** Several of the highest priority: what it has stays. */
  | { readonly type: "conflict"; readonly names: readonly string[] };

/** The manifests of a policy set, by falling priority, then by name. */
export function compileEnrollments(set: Pick<PolicySet, "manifests">): readonly CompiledEnrollment[] {
  return manifestsOf(set, "AutomatedEnrollment")
    .map(({ name, spec }) => ({
      name,
      server: spec.server,
      priority: spec.priority ?? 100,
      devices: portalTargetOf(spec),
      group: spec.group,
      tags: spec.tags ?? {},
      admitsReturn: spec.onReturn === "admit",
      minimumOs: spec.minimumOs ?? {},
      setup: setupOf(spec),
    }))
    .sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
}

/** The devices that a manifest means. */
export function portalTargetOf({ devices }: Pick<AutomatedEnrollmentSpec, "devices">): PortalTarget {
  return {
    all: devices.all === true,
    serials: new Set(devices.serials),
    models: new Set((devices.models ?? []).map((model) => model.toLowerCase())),
    platforms: new Set(devices.platforms),
  };
}

function setupOf(spec: AutomatedEnrollmentSpec): SetupOptions {
  const { setupAssistant = {}, support = {} } = spec;
  const { language, region } = setupAssistant;
  const { department, phone, email } = support;
  return {
    supervised: spec.supervised ?? true,
    removable: spec.removable ?? false,
    mandatory: spec.mandatory ?? true,
    awaitConfiguration: spec.awaitConfiguration ?? true,
    shared: spec.shared ?? false,
    autoAdvance: setupAssistant.autoAdvance ?? false,
    skip: [...(setupAssistant.skip ?? [])].sort(),
    ...(language === undefined ? {} : { language }),
    ...(region === undefined ? {} : { region }),
    ...(department === undefined ? {} : { department }),
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
  };
}

/** The manifest that means a device of a server: the one of the highest priority. */
export function chooseEnrollment(
  enrollments: readonly CompiledEnrollment[],
  server: string,
  device: PortalDevice,
): Chosen {
  const meant = enrollments.filter((one) => one.server === server && isMeant(one.devices, device));
  const [first] = meant;
  if (first === undefined) return { type: "none" };
  const equal = meant.filter((one) => one.priority === first.priority);
  return equal.length === 1
    ? { type: "one", enrollment: first }
    : { type: "conflict", names: equal.map((one) => one.name) };
}

function isMeant(target: PortalTarget, { serial, model, platform }: PortalDevice): boolean {
  return (
    target.all ||
    target.serials.has(serial) ||
    (model !== undefined && target.models.has(model.toLowerCase())) ||
    (platform !== undefined && target.platforms.has(platform))
  );
}

/** The version that a device must have first; undefined when it may enroll with the one it has. */
export function missingVersion(
  { minimumOs }: Pick<CompiledEnrollment, "minimumOs">,
  device: { readonly platform: Platform | undefined; readonly osVersion: string | undefined },
): string | undefined {
  const least = device.platform === undefined ? undefined : minimumOs[device.platform];
  if (least === undefined) return undefined;
  return device.osVersion !== undefined && compareVersions(device.osVersion, least) >= 0 ? undefined : least;
}
