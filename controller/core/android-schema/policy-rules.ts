import { at, type Broken, type Fields, fields, isSet, list, type Rules, text } from "./rule.ts";

/** What must hold between fields of a policy that are far apart; from the descriptions of those fields. */
export function distantRules(policy: Fields): readonly Broken[] {
  const apps = list(policy.applications).map(fields);
  const delegates = apps.some((app) => list(app.delegatedScopes).includes("CERT_SELECTION"));
  const across = fields(policy.crossProfilePolicies);
  return [
    ...(policy.appFunctions === "APP_FUNCTIONS_DISALLOWED" &&
    across.crossProfileAppFunctions === "CROSS_PROFILE_APP_FUNCTIONS_ALLOWED"
      ? [
          at(
            ["crossProfilePolicies", "crossProfileAppFunctions"],
            "app-functions",
            "excludes appFunctions APP_FUNCTIONS_DISALLOWED",
          ),
        ]
      : []),
    ...(isSet(policy.choosePrivateKeyRules) && delegates
      ? [at(["choosePrivateKeyRules"], "private-key-rules", "excludes an app with the scope CERT_SELECTION")]
      : []),
    ...twiceBy(policy, "defaultApplicationSettings", "defaultApplicationType"),
    ...twice(policy, "wipeDataFlags"),
  ];
}

/** What must hold within smaller parts of a policy. */
export const partRules = {
  ApnSetting: (value) => [...twice(value, "apnTypes"), ...unspecified(value, "apnTypes")],
  DefaultApplicationSetting: (value) => twice(value, "defaultApplicationScopes"),
  PreferentialNetworkServiceConfig: (value) => [
    ...(["NO_PREFERENTIAL_NETWORK", "PREFERENTIAL_NETWORK_ID_UNSPECIFIED"].includes(
      text(value.preferentialNetworkId),
    )
      ? [at(["preferentialNetworkId"], "network-id", "must name a network")]
      : []),
    ...(value.nonMatchingNetworks === "NON_MATCHING_NETWORKS_DISALLOWED" &&
    value.fallbackToDefaultConnection !== "FALLBACK_TO_DEFAULT_CONNECTION_DISALLOWED"
      ? [
          at(
            ["nonMatchingNetworks"],
            "network-fallback",
            "needs fallbackToDefaultConnection FALLBACK_TO_DEFAULT_CONNECTION_DISALLOWED",
          ),
        ]
      : []),
  ],
  PreferentialNetworkServiceSettings: (value) => {
    const ids = list(value.preferentialNetworkServiceConfigs).map((one) => fields(one).preferentialNetworkId);
    const chosen = text(value.defaultPreferentialNetworkId);
    return [
      ...twiceBy(value, "preferentialNetworkServiceConfigs", "preferentialNetworkId"),
      ...(chosen === "" || chosen === "NO_PREFERENTIAL_NETWORK" || ids.includes(chosen)
        ? []
        : [at(["defaultPreferentialNetworkId"], "default-network", "has no configuration")]),
    ];
  },
  Role: (value) => unspecified(value, "roleType"),
  SystemUpdate: freezeRules,
  WebToken: (value) => unspecified(value, "enabledFeatures"),
  WifiRoamingPolicy: (value) => twiceBy(value, "wifiRoamingSettings", "wifiSsid"),
} satisfies Rules;

/** Of a day each, with 60 days between them. */
const mostPeriods = 5;

/** Freeze periods are 91 days long at most, both ends counted, and 60 days lie between two of them. */
function freezeRules({ freezePeriods }: Fields): readonly Broken[] {
  const broken = (index: number, field: string, says: string): Broken =>
    at(["freezePeriods", index, field], "freeze-period", says);
  if (list(freezePeriods).length > mostPeriods)
    return [
      at(["freezePeriods"], "freeze-period", `has more than ${mostPeriods}, for which a year has no room`),
    ];
  const periods = list(freezePeriods).map((period, index) => ({
    index,
    start: dayOf(fields(period).startDate),
    end: dayOf(fields(period).endDate),
  }));
  return periods.flatMap(({ index, start, end }): readonly Broken[] => {
    if (start === undefined) return [broken(index, "startDate", "needs a month and a day")];
    if (end === undefined) return [broken(index, "endDate", "needs a month and a day")];
    if (daysBetween(start, end) > 90)
      return [broken(index, "endDate", "must be 90 days after startDate at most")];
    const isNear = periods.some((other) => {
      if (other.index === index || other.end === undefined || other.start === undefined) return false;
      const isInside = daysBetween(other.start, start) <= daysBetween(other.start, other.end);
      return isInside || daysBetween(other.end, start) <= 60;
    });
    return isNear ? [broken(index, "startDate", "must be 60 days after the end of another period")] : [];
  });
}

const monthStarts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

/** The day of a year of 365 days: the 29th of February counts as the 28th. */
function dayOf(value: unknown): number | undefined {
  const { month, day } = fields(value);
  if (typeof month !== "number" || typeof day !== "number" || day < 1) return undefined;
  const start = monthStarts[month - 1];
  return start === undefined ? undefined : start + (month === 2 ? Math.min(day, 28) : day);
}

function daysBetween(from: number, to: number): number {
  return (to - from + 365) % 365;
}

/** Elements of a list that say again, in one field, what an element before says. */
function twiceBy(value: Fields, name: string, key: string): readonly Broken[] {
  return repeated(list(value[name]).map((one) => fields(one)[key])).map((index) =>
    at([name, index, key], "twice", "is already in the list"),
  );
}

function twice(value: Fields, name: string): readonly Broken[] {
  return repeated(list(value[name])).map((index) => at([name, index], "twice", "is already in the list"));
}

function repeated(values: readonly unknown[]): readonly number[] {
  const seen = new Set<unknown>();
  return values.flatMap((value, index) => {
    const isNew = value === undefined || !seen.has(value);
    seen.add(value);
    return isNew ? [] : [index];
  });
}

/** Words for nothing, where Google asks for something. */
function unspecified(value: Fields, name: string): readonly Broken[] {
  const found = value[name];
  const isNothing = (one: unknown): boolean => text(one).endsWith("_UNSPECIFIED");
  const says = "must say something";
  if (!Array.isArray(found)) return isNothing(found) ? [at([name], "unspecified", says)] : [];
  return found.flatMap((one, index) => (isNothing(one) ? [at([name, index], "unspecified", says)] : []));
}
