import type { Json } from "../kept.ts";
import { isObject } from "./field-mask.ts";
import { invalid } from "./google-error.ts";

/** Refuses a policy that breaks a rule which lies beyond the facts about single schemas. */
export function checkPolicyRules(policy: Json): void {
  const fault = packageFault(policy) ?? wipeFlagFault(policy) ?? setupFault(policy);
  if (fault !== undefined) throw invalid(fault);
}

function packageFault(policy: Json): string | undefined {
  const names = objects(policy.applications).map((app) => app.packageName);
  const unnamed = names.findIndex((name) => typeof name !== "string" || name === "");
  if (unnamed >= 0) return `applications[${unnamed}].packageName must be set.`;
  const seen = new Set<unknown>();
  for (const [at, name] of names.entries()) {
    if (seen.has(name)) return `applications[${at}].packageName is not unique: ${String(name)}.`;
    seen.add(name);
  }
  return undefined;
}

function wipeFlagFault(policy: Json): string | undefined {
  const flags = Array.isArray(policy.wipeDataFlags) ? policy.wipeDataFlags : [];
  return flags.some((flag) => flag !== "WIPE_ESIMS") ? "wipeDataFlags supports only WIPE_ESIMS." : undefined;
}

/** What is launched during setup has to be there during setup. */
function setupFault(policy: Json): string | undefined {
  const [action] = objects(policy.setupActions);
  const launched = isObject(action?.launchApp) ? action.launchApp.packageName : undefined;
  if (launched === undefined) return undefined;
  const app = objects(policy.applications).find(({ packageName }) => packageName === launched);
  if (app?.installType === "REQUIRED_FOR_SETUP") return undefined;
  return `setupActions[0].launchApp needs an application with installType REQUIRED_FOR_SETUP: ${String(launched)}.`;
}

function objects(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
