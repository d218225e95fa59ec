import { type ProfilePlace, serviceProfile } from "../../apple/portal/setup-profiles.ts";
import {
  type CompiledEnrollment,
  chooseEnrollment,
  type PortalDevice,
} from "../../core/automated-enrollment.ts";
import { digestOf } from "../../core/canonical.ts";
import type { Platform } from "../../core/facts.ts";
import { inSlices } from "../../slices.ts";
import type { EnrollmentDeviceRow } from "../../store/enrollment-devices.ts";
import type { DefinedProfile } from "../../store/enrollment-profiles.ts";

/** What the profiles of a server say besides what their manifests say. */
export type Place = Omit<ProfilePlace, "name">;

/** A profile that some devices are to have. */
export interface WantedProfile {
  readonly digest: string;
  readonly manifest: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Its id at Apple, once it was defined. */
  readonly uuid: string | undefined;
  /** Devices that do not have it. */
  readonly missing: readonly EnrollmentDeviceRow[];
}

/** How the devices of a server stand against the manifests. */
export interface Standing {
  readonly wanted: readonly WantedProfile[];
  readonly devices: number;
  /** They have the profile that they are to have. */
  readonly assigned: number;
  /** They are to get one. */
  readonly pending: number;
  /** Of the pending ones, those that Apple did not take at the last attempt, by its word. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** No manifest means them: what is assigned stays. */
  readonly undeclared: number;
  /** Several manifests of one priority mean them: what is assigned stays. */
  readonly conflicts: number;
}

interface Draft extends Omit<WantedProfile, "missing"> {
  readonly missing: EnrollmentDeviceRow[];
}

/** Compares the devices of a server with what the manifests say of them; others get their turn meanwhile. */
export async function standingOf(
  server: string,
  devices: readonly EnrollmentDeviceRow[],
  enrollments: readonly CompiledEnrollment[],
  defined: readonly DefinedProfile[],
  place: Place,
): Promise<Standing> {
  const drafts = new Map<string, Draft>();
  const counts = { assigned: 0, pending: 0, undeclared: 0, conflicts: 0 };
  for await (const device of inSlices(devices)) {
    const chosen = chooseEnrollment(enrollments, server, described(device));
    if (chosen.type === "none") counts.undeclared++;
    else if (chosen.type === "conflict") counts.conflicts++;
    else {
      const { name } = chosen.enrollment;
      const draft = drafts.get(name) ?? draftOf(chosen.enrollment, defined, place);
      drafts.set(name, draft);
      const has = draft.uuid !== undefined && draft.uuid === device.profileUuid;
      counts[has ? "assigned" : "pending"]++;
      if (!has) draft.missing.push(device);
    }
  }
  const wanted = [...drafts.values()];
  return { wanted, devices: devices.length, ...counts, outcomes: outcomesOf(wanted) };
}

/** What choosing a manifest needs of a device. */
export function described({ serial, model, platform }: EnrollmentDeviceRow): PortalDevice {
  return { serial, model: model ?? undefined, platform: (platform as Platform | null) ?? undefined };
}

function outcomesOf(wanted: readonly WantedProfile[]): Standing["outcomes"] {
  const refused = wanted.flatMap((one) => one.missing).filter((one) => one.outcome !== null);
  return Object.fromEntries(
    [...Map.groupBy(refused, (one) => one.outcome ?? "")].map(([outcome, list]) => [outcome, list.length]),
  );
}

function draftOf(enrollment: CompiledEnrollment, defined: readonly DefinedProfile[], place: Place): Draft {
  const profile = serviceProfile(enrollment.setup, { ...place, name: enrollment.name });
  const digest = digestOf(profile);
  const uuid = defined.find((one) => one.digest === digest)?.uuid;
  return { digest, manifest: enrollment.name, profile, uuid, missing: [] };
}
