import type { Detail, Policy } from "../kept.ts";
import type { Machine } from "./machine.ts";

type Requirement = NonNullable<Policy["passwordPolicies"]>[number];

/** The least length that a complexity means, as Android's reference says. */
const COMPLEXITY: Readonly<Record<string, number>> = {
  COMPLEXITY_LOW: 1,
  COMPLEXITY_MEDIUM: 4,
  COMPLEXITY_HIGH: 8,
};
const LETTERS = ["ALPHABETIC", "ALPHANUMERIC", "COMPLEX"];

/** Passwords that only the person can change; it heals when they do. */
export function passwordDetails(machine: Machine, policy: Policy): readonly Detail[] {
  const wishes = (policy.passwordPolicies ?? []).flatMap((wish, at) => {
    const field = missingIn(machine.password, wish);
    return field === undefined ? [] : detail(at, field, wish.passwordScope ?? undefined);
  });
  const needsLock = policy.encryptionPolicy === "ENABLED_WITH_PASSWORD" && machine.password === undefined;
  return needsLock
    ? [...wishes, { settingName: "encryptionPolicy", nonComplianceReason: "USER_ACTION" }]
    : wishes;
}

function detail(at: number, field: string, passwordPolicyScope: string | undefined): Detail {
  return {
    settingName: "passwordPolicies",
    nonComplianceReason: "USER_ACTION",
    fieldPath: `passwordPolicies[${at}].${field}`,
    specificNonComplianceReason: "PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT",
    ...(passwordPolicyScope === undefined
      ? {}
      : { specificNonComplianceContext: { passwordPoliciesContext: { passwordPolicyScope } } }),
  };
}

/** The field of a requirement that a password does not fulfil. */
function missingIn(password: Machine["password"], wish: Requirement): string | undefined {
  const quality = wish.passwordQuality ?? "PASSWORD_QUALITY_UNSPECIFIED";
  const needsAny = quality !== "PASSWORD_QUALITY_UNSPECIFIED" || Number(wish.passwordMinimumLength ?? 0) > 0;
  if (!needsAny) return undefined;
  if (password === undefined || password.length < (COMPLEXITY[quality] ?? 1)) return "passwordQuality";
  if (LETTERS.includes(quality) && password.numeric) return "passwordQuality";
  return password.length < Number(wish.passwordMinimumLength ?? 0) ? "passwordMinimumLength" : undefined;
}
