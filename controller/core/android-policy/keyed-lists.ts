/** A list of a policy whose elements are told apart by a field, and not by their place. */
export interface KeyedList {
  readonly field: string;
  /** What an element without the field has; such elements are written without it. */
  readonly byDefault?: string;
  /** An element is one value that one item decides: fields of two networks together make no network. */
  readonly whole?: true;
  /** A field beside the list that says what being in it means: elements of other lists are none of this one. */
  readonly under?: string;
}

/** By the names above them; `[]` stands for one element. */
const lists: Readonly<Record<string, KeyedList>> = {
  applications: { field: "packageName" },
  "applications[].permissionGrants": { field: "permission", whole: true },
  permissionGrants: { field: "permission", whole: true },
  passwordPolicies: { field: "passwordScope", byDefault: "SCOPE_UNSPECIFIED" },
  policyEnforcementRules: { field: "settingName", whole: true },
  "openNetworkConfiguration.NetworkConfigurations": { field: "GUID", whole: true },
  "openNetworkConfiguration.Certificates": { field: "GUID", whole: true },
  "personalUsagePolicies.personalApplications": { field: "packageName", whole: true },
  "deviceConnectivityManagement.wifiSsidPolicy.wifiSsids": {
    field: "wifiSsid",
    whole: true,
    under: "wifiSsidPolicyType",
  },
};

/** Objects whose fields only mean something together: one item decides about all of them. */
const wholes: ReadonlySet<string> = new Set([
  "alwaysOnVpnPackage",
  "applications[].managedConfiguration",
  "applications[].managedConfigurationTemplate",
  "deviceConnectivityManagement.apnPolicy",
  "deviceConnectivityManagement.preferentialNetworkServiceSettings",
  "deviceConnectivityManagement.privateDnsSettings",
  "deviceConnectivityManagement.wifiRoamingPolicy",
  "deviceOwnerLockScreenInfo",
  "displaySettings.screenBrightnessSettings",
  "displaySettings.screenTimeoutSettings",
  "longSupportMessage",
  "recommendedGlobalProxy",
  "shortSupportMessage",
  "systemUpdate",
  "workAccountSetupConfig",
]);

/** How elements of the list at `shape` are told apart; undefined where only all of it is one value. */
export function keyedList(shape: string): KeyedList | undefined {
  return Object.hasOwn(lists, shape) ? lists[shape] : undefined;
}

/** True when the object at `shape` is one value. */
export function isWhole(shape: string): boolean {
  return wholes.has(shape);
}

/** A keyed list of a policy, or what stands in its place. */
export interface PlacedList {
  readonly at: readonly (string | number)[];
  readonly list: KeyedList;
  readonly value: unknown;
}

/** All keyed lists that a policy, or a part of one, has. */
export function keyedListsIn(policy: object): readonly PlacedList[] {
  return Object.entries(lists).flatMap(([shape, list]) => {
    const names = shape.split(/\.|(?=\[\])/);
    const start: readonly Omit<PlacedList, "list">[] = [{ at: [], value: policy }];
    return names
      .reduce((found, name) => found.flatMap((one) => within(one, name)), start)
      .map((one) => ({
        ...one,
        list,
      }));
  });
}

function within({ at, value }: Omit<PlacedList, "list">, name: string): readonly Omit<PlacedList, "list">[] {
  if (name === "[]")
    return Array.isArray(value) ? value.map((one, index) => ({ at: [...at, index], value: one })) : [];
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return [];
  return [{ at: [...at, name], value: (value as Readonly<Record<string, unknown>>)[name] }];
}
