import { isDeepStrictEqual } from "node:util";
import type { Call, Cloud } from "../cloud.ts";
import type { Json, PolicyRow } from "../kept.ts";
import { checkBody } from "./check-body.ts";
import { enterpriseOf, rowsIn } from "./enterprise-of.ts";
import { applyMask, checkMask, maskOf } from "./field-mask.ts";
import { GoogleError, notFound } from "./google-error.ts";
import { listed, page } from "./paging.ts";
import { checkPolicyRules } from "./policy-rules.ts";
import { asGoogleWrites } from "./wire-json.ts";

/** What `noopPatch: "304"` answers instead of a body. */
export const NOT_MODIFIED = Symbol("not modified");

/** `policies.patch`: makes the policy or a new version of it. Without a mask every field is replaced. */
export function patchPolicy(call: Call): Json | typeof NOT_MODIFIED {
  const { cloud, name, body } = call;
  enterpriseOf(cloud, call.enterprise);
  const mask = maskOf(call.query);
  checkBody("Policy", body, true);
  const { name: _, version: __, ...given } = body;
  const old = cloud.kept.policies.get(name);
  const fields = mask?.filter((path) => path !== "name" && path !== "version");
  if (fields !== undefined) checkMask("Policy", fields);
  const next = checkedPolicy(fields === undefined ? given : applyMask(old?.body ?? {}, given, fields));
  if (old !== undefined && cloud.knobs.noopPatch !== "bump" && isDeepStrictEqual(old.body, next))
    return cloud.knobs.noopPatch === "304" ? NOT_MODIFIED : shown(name, old);
  return writePolicy(cloud, name, next);
}

/** The next version of a policy is there, and the devices that have it are told. */
export function writePolicy(cloud: Cloud, name: string, body: Json): Json {
  const deleted =
    cloud.knobs.recreatedPolicy === "goes-on" ? cloud.kept.deletedPolicies.get(name) : undefined;
  const row = { body, version: (cloud.kept.policies.get(name)?.version ?? deleted ?? 0) + 1 };
  cloud.kept.policies.set(name, row);
  for (const device of cloud.kept.devices.values())
    if (device.record.policyName === name) cloud.nudge(device.serial, "policy");
  return shown(name, row);
}

/** The body as it is kept, when nothing is wrong with it. */
export function checkedPolicy(body: Json): Json {
  checkBody("Policy", body);
  checkPolicyRules(body);
  return asGoogleWrites("Policy", body);
}

export function getPolicy({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  return shown(name, policyRow(cloud, name));
}

export function policyRow(cloud: Cloud, name: string): PolicyRow {
  const row = cloud.kept.policies.get(name);
  if (row === undefined) throw notFound();
  return row;
}

export function listPolicies({ cloud, name, query }: Call): Json {
  enterpriseOf(cloud, name);
  const all = rowsIn(cloud.kept.policies, `${name}/policies`);
  const { items, next } = page(all, ([id]) => id, query, cloud.knobs.policyPage);
  return listed(
    "policies",
    items.map(([id, row]) => shown(id, row)),
    next,
  );
}

/** `policies.delete`: refused while a device has the policy or is to have it. */
export function deletePolicy({ cloud, name, enterprise }: Call): Json {
  enterpriseOf(cloud, enterprise);
  const { version } = policyRow(cloud, name);
  const used = [...cloud.kept.devices.values()].some(
    ({ record }) => record.policyName === name || record.appliedPolicyName === name,
  );
  const { http, status } = cloud.knobs.policyInUse;
  if (used) throw new GoogleError(http, status, `Policy ${name} is in use by devices.`);
  cloud.kept.policies.delete(name);
  cloud.kept.deletedPolicies.set(name, version);
  return {};
}

export function shown(name: string, row: PolicyRow): Json {
  return { name, version: String(row.version), ...(row.body as Json) };
}
