import { durationMs } from "./duration.ts";
import type { Platform } from "./facts.ts";
import type { OrganizationSpec } from "./generated/manifest.ts";

/** What the Organization says about who may enroll, and what they are shown. */
export interface EnrollmentRules {
  readonly displayName: string | undefined;
  /** Undefined: all. */
  readonly platforms: readonly Platform[] | undefined;
  readonly personal: boolean;
  readonly unknownDevices: boolean;
  /** How long an invitation is good when nobody says, ms; undefined: the maker's own default. */
  readonly expiresMs: number | undefined;
  readonly supportEmail: string | undefined;
  readonly instructions: string | undefined;
}

/** The rules of an Organization's manifest; everybody may enroll where it says nothing. */
export function enrollmentRulesOf(spec: Pick<OrganizationSpec, "enrollment"> | undefined): EnrollmentRules {
  const { displayName, platforms, personal, unknownDevices, invitationExpires, supportEmail, instructions } =
    spec?.enrollment ?? {};
  return {
    displayName,
    platforms,
    personal: personal !== "refuse",
    unknownDevices: unknownDevices !== "refuse",
    expiresMs: invitationExpires === undefined ? undefined : durationMs(invitationExpires),
    supportEmail,
    instructions,
  };
}

/** A device that asks to be let in. */
export interface Applicant {
  readonly platform: Platform | undefined;
  /** Asserted by the invitation or a manifest, or certain by the way it enrolls. */
  readonly ownership: "company" | "personal" | undefined;
  /** Whether a Device manifest or a register names it, or the list of a server of Apple's portal. */
  readonly declared: boolean;
}

/** Why a device may not enroll, in words for an event; undefined when it may. An unknown platform is none of a list. */
export function refusalOf(
  rules: EnrollmentRules,
  applicant: Applicant,
): { readonly code: string; readonly says: string } | undefined {
  const { platform, ownership, declared } = applicant;
  if (rules.platforms !== undefined && (platform === undefined || !rules.platforms.includes(platform)))
    return { code: "platform-not-allowed", says: `${platform ?? "an unknown platform"} may not enroll` };
  if (!rules.personal && ownership === "personal")
    return { code: "personal-not-allowed", says: "personal devices may not enroll" };
  if (!rules.unknownDevices && !declared)
    return { code: "device-not-declared", says: "no Device manifest and no register names it" };
  return undefined;
}
