import type { Call, Cloud } from "../cloud.ts";
import type { Json } from "../kept.ts";
import { checkBody } from "./check-body.ts";
import { enterpriseOf } from "./enterprise-of.ts";
import { applyMask, isObject } from "./field-mask.ts";
import { invalid } from "./google-error.ts";
import { checkedPolicy, policyRow, writePolicy } from "./policies.ts";

/** `policies.modifyPolicyApplications`: changes or appends single apps of a policy that is there. */
export function modifyPolicyApplications({ cloud, name, enterprise, body }: Call): Json {
  const before = applicationsOf(cloud, enterprise, name);
  checkBody("ModifyPolicyApplicationsRequest", body, true);
  const changes = Array.isArray(body.changes) ? body.changes.filter(isObject) : [];
  if (changes.length === 0) throw invalid("At least one change is required.");
  const after = [...before];
  for (const { application, updateMask } of changes) {
    if (!isObject(application) || typeof application.packageName !== "string")
      throw invalid("Each change needs an application with a package name.");
    const at = after.findIndex(({ packageName }) => packageName === application.packageName);
    const mask = typeof updateMask === "string" && updateMask !== "" ? updateMask.split(",") : undefined;
    const changed = mask === undefined ? application : applyMask(after[at] ?? {}, application, mask);
    const kept = { ...changed, packageName: application.packageName };
    if (at < 0) after.push(kept);
    else after[at] = kept;
  }
  return written(cloud, name, after);
}

/** `policies.removePolicyApplications`: names that the policy does not have are passed over. */
export function removePolicyApplications({ cloud, name, enterprise, body }: Call): Json {
  const before = applicationsOf(cloud, enterprise, name);
  checkBody("RemovePolicyApplicationsRequest", body);
  const names = Array.isArray(body.packageNames) ? body.packageNames : [];
  if (names.length === 0) throw invalid("At least one package name is required.");
  return written(
    cloud,
    name,
    before.filter(({ packageName }) => !names.includes(packageName)),
  );
}

function applicationsOf(cloud: Cloud, enterprise: string, name: string): readonly Json[] {
  enterpriseOf(cloud, enterprise);
  return (policyRow(cloud, name).body.applications ?? []) as readonly object[] as readonly Json[];
}

function written(cloud: Cloud, name: string, applications: readonly Json[]): Json {
  const body = checkedPolicy({ ...policyRow(cloud, name).body, applications });
  return { policy: writePolicy(cloud, name, body) };
}
