import { androidMethods, androidParameters } from "../../../core/android-schema/tables.ts";
import type { Call } from "../cloud.ts";
import type { Json } from "../kept.ts";
import { issueCommand } from "./commands.ts";
import { deleteDevice } from "./delete-device.ts";
import { getDevice, listDevices, patchDevice } from "./devices.ts";
import { createToken, deleteToken, getToken, listTokens } from "./enrollment-tokens.ts";
import * as enterprises from "./enterprises.ts";
import { notFound } from "./google-error.ts";
import { cancelOperation, getOperation, listOperations } from "./operations.ts";
import { deletePolicy, getPolicy, listPolicies, type NOT_MODIFIED, patchPolicy } from "./policies.ts";
import { modifyPolicyApplications, removePolicyApplications } from "./policy-applications.ts";
import * as small from "./small-resources.ts";

export type Handler = (call: Call) => Json | typeof NOT_MODIFIED;

/** What the emulator does for each method of the API; `signupUrls.create` needs to know its own address. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  "enterprises.create": enterprises.createEnterprise,
  "enterprises.get": enterprises.getEnterprise,
  "enterprises.patch": enterprises.patchEnterprise,
  "enterprises.list": enterprises.listEnterprises,
  "enterprises.delete": enterprises.deleteEnterprise,
  "enterprises.generateEnterpriseUpgradeUrl": enterprises.generateUpgradeUrl,
  "enterprises.applications.get": small.getApplication,
  "enterprises.devices.get": getDevice,
  "enterprises.devices.list": listDevices,
  "enterprises.devices.patch": patchDevice,
  "enterprises.devices.delete": deleteDevice,
  "enterprises.devices.issueCommand": issueCommand,
  "enterprises.devices.operations.get": getOperation,
  "enterprises.devices.operations.list": listOperations,
  "enterprises.devices.operations.cancel": cancelOperation,
  "enterprises.enrollmentTokens.create": createToken,
  "enterprises.enrollmentTokens.get": getToken,
  "enterprises.enrollmentTokens.list": listTokens,
  "enterprises.enrollmentTokens.delete": deleteToken,
  "enterprises.migrationTokens.create": small.createMigrationToken,
  "enterprises.migrationTokens.get": small.getMigrationToken,
  "enterprises.migrationTokens.list": small.listMigrationTokens,
  "enterprises.policies.get": getPolicy,
  "enterprises.policies.list": listPolicies,
  "enterprises.policies.patch": patchPolicy,
  "enterprises.policies.delete": deletePolicy,
  "enterprises.policies.modifyPolicyApplications": modifyPolicyApplications,
  "enterprises.policies.removePolicyApplications": removePolicyApplications,
  "enterprises.webApps.create": small.createWebApp,
  "enterprises.webApps.get": small.getWebApp,
  "enterprises.webApps.list": small.listWebApps,
  "enterprises.webApps.patch": small.patchWebApp,
  "enterprises.webApps.delete": small.deleteWebApp,
  "enterprises.webTokens.create": small.createWebToken,
  // Only a sign-in page of one's own meets a device that is only half provisioned.
  "provisioningInfo.get": () => {
    throw notFound();
  },
};

export type Method = {
  readonly id: string;
  readonly http: string;
  readonly pattern: RegExp;
  readonly query: ReadonlySet<string>;
  readonly response: string;
  readonly handle: Handler | undefined;
};

/** Every method that the facts about the API have, with what the emulator does for it. */
export const METHODS: readonly Method[] = Object.entries(androidMethods).map(([id, method]) => ({
  id,
  http: method.http,
  pattern: patternOf(method.path, method.parameters),
  query: new Set([...Object.keys(androidParameters), ...inQuery(method.parameters)]),
  response: method.response,
  handle: HANDLERS[id],
}));

type Parameters = (typeof androidMethods)[string]["parameters"];

/** `v1/{+name}:cancel` and the pattern of `name` as one pattern, whose group is the name. */
function patternOf(path: string, parameters: Parameters): RegExp {
  const source = path.replace(/\{\+(\w+)\}/, (_, parameter: string) => {
    const inner = parameters[parameter]?.pattern?.replace(/^\^|\$$/g, "") ?? ".+";
    return `(${inner.replaceAll("[^/]+", "[^/:]+")})`;
  });
  return new RegExp(`^/${source}$`);
}

function inQuery(parameters: Parameters): readonly string[] {
  return Object.entries(parameters).flatMap(([name, { in: place }]) => (place === "query" ? [name] : []));
}
