import { compileTarget } from "./compile-groups.ts";
import type { CompiledAct } from "./compiled.ts";
import type { Act, DeprovisionSpec } from "./generated/manifest.ts";
import type { Verb } from "./intent.ts";
import { manifestsOf, type PolicySet } from "./manifest.ts";

/** Operations and deprovisions as acts, named with their generation: the same one never runs twice. */
export function compileActs(set: PolicySet): readonly CompiledAct[] {
  const operations = manifestsOf(set, "Operation").map(({ name, spec, origin }): CompiledAct => {
    const [verb, parameters] = verbOf(spec.act);
    return {
      name: `Operation/${name}@${spec.generation ?? 1}`,
      target: compileTarget(spec.target),
      verb: verb === "wipe" ? wipeVerb(parameters) : verb,
      parameters,
      reason: spec.reason,
      expectedDevices: spec.expectedDevices,
      expiresAt: Date.parse(spec.expiresAt),
      origin,
    };
  });
  const deprovisions = manifestsOf(set, "Deprovision").map(({ name, spec, origin }): CompiledAct => {
    return {
      name: `Deprovision/${name}@${spec.generation ?? 1}`,
      target: compileTarget(spec.target),
      verb: deprovisionVerb(spec),
      parameters: deprovisionParameters(spec),
      reason: spec.reason,
      expectedDevices: spec.expectedDevices,
      expiresAt: Date.parse(spec.expiresAt),
      origin,
    };
  });
  return [...operations, ...deprovisions];
}

function verbOf(act: Act): readonly [Verb, Readonly<Record<string, unknown>>] {
  const entry = Object.entries(act)[0];
  if (entry === undefined) throw new Error("an act without a verb passed validation");
  return [entry[0] as Verb, entry[1] as Readonly<Record<string, unknown>>];
}

/** Company devices are reset, personal ones lose work data; a whole personal device is never wiped. */
function wipeVerb(parameters: Readonly<Record<string, unknown>>): CompiledAct["verb"] {
  if (parameters.scope === "work") return { company: "unenroll", personal: "unenroll" };
  if (parameters.scope === "device") return { company: "wipe", personal: undefined };
  return { company: "wipe", personal: "unenroll" };
}

function deprovisionVerb(spec: DeprovisionSpec): CompiledAct["verb"] {
  return spec.state === "other" ? wipeVerb({ scope: spec.wipe }) : wipeVerb({});
}

function deprovisionParameters(spec: DeprovisionSpec): Readonly<Record<string, unknown>> {
  const { state, recordAs, reenrollGroup, keepEsim } = spec;
  return Object.fromEntries(
    Object.entries({ state, recordAs, reenrollGroup, keepEsim }).filter(([, value]) => value !== undefined),
  );
}
