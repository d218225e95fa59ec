import { compileTarget } from "./compile-groups.ts";
import type { CompiledAct } from "./compiled.ts";
import type { Keep } from "./compiled-content.ts";
import type { Act, DeprovisionSpec, SettingsAct } from "./generated/manifest.ts";
import type { Verb } from "./intent.ts";
import { type Manifest, manifestsOf, type PolicySet } from "./manifest.ts";

/**
 * Operations and deprovisions as acts, named with their generation: the same one never runs twice. A file that one
 * names is kept as a content, and stands in its parameters by digest: an approval of the act is one of the file.
 */
export function compileActs(set: PolicySet, keep: Keep): readonly CompiledAct[] {
  const operations = manifestsOf(set, "Operation").map((manifest) => {
    const [, parameters] = verbOf(manifest.spec.act);
    return actOf(manifest, operationVerb(manifest.spec.act), withImage(parameters, set, keep));
  });
  const deprovisions = manifestsOf(set, "Deprovision").map((manifest) =>
    actOf(manifest, deprovisionVerb(manifest.spec), deprovisionParameters(manifest.spec)),
  );
  return [...operations, ...deprovisions];
}

function actOf(
  manifest: Manifest<"Operation"> | Manifest<"Deprovision">,
  verb: CompiledAct["verb"],
  parameters: CompiledAct["parameters"],
): CompiledAct {
  const { spec, origin } = manifest;
  return {
    ...namesOf(manifest, spec.generation),
    target: compileTarget(spec.target),
    verb,
    parameters: { ...parameters, ...delivery(spec) },
    reason: spec.reason,
    expectedDevices: spec.expectedDevices,
    expiresAt: Date.parse(spec.expiresAt),
    origin,
  };
}

function namesOf(
  { kind, name, metadata }: Pick<Manifest, "kind" | "name" | "metadata">,
  generation = 1,
): Pick<CompiledAct, "name" | "formerly"> {
  const formerly = (metadata.renamedFrom ?? []).map((former) => `${kind}/${former}@${generation}`);
  return { name: `${kind}/${name}@${generation}`, formerly };
}

function verbOf(act: Act): readonly [Verb, Readonly<Record<string, unknown>>] {
  const entry = Object.entries(act)[0];
  if (entry === undefined) throw new Error("an act without a verb passed validation");
  return [entry[0] as Verb, entry[1] as Readonly<Record<string, unknown>>];
}

/** Only what differs from the default: what was approved before keeps its digest. */
function delivery({ delivery: how }: Pick<DeprovisionSpec, "delivery">): CompiledAct["parameters"] {
  return how === "untilAcknowledged" ? { delivery: how } : {};
}

function withImage(
  parameters: CompiledAct["parameters"],
  { files }: PolicySet,
  keep: Keep,
): CompiledAct["parameters"] {
  const { wallpaper } = parameters as SettingsAct;
  const bytes = wallpaper === undefined ? undefined : files.get(wallpaper.image);
  if (bytes === undefined) return parameters;
  const image = keep({ kind: "Image", bytes: Buffer.from(bytes).toString("base64") });
  return { ...parameters, wallpaper: { ...wallpaper, image } };
}

/** Company devices are reset, personal ones lose work data; a whole personal device is never wiped. */
function wipeVerb(parameters: Readonly<Record<string, unknown>>): CompiledAct["verb"] {
  if (parameters.scope === "work") return { company: "unenroll", personal: "unenroll" };
  if (parameters.scope === "device") return { company: "wipe", personal: undefined };
  return { company: "wipe", personal: "unenroll" };
}

/** What an Operation does, by who owns the device. */
export function operationVerb(act: Act): CompiledAct["verb"] {
  const [verb, parameters] = verbOf(act);
  return verb === "wipe" ? wipeVerb(parameters) : verb;
}

/** The same of a Deprovision: only with the state `other` it says how much is erased. */
export function deprovisionVerb({ wipe }: DeprovisionSpec): CompiledAct["verb"] {
  return wipeVerb({ scope: wipe });
}

function deprovisionParameters(spec: DeprovisionSpec): Readonly<Record<string, unknown>> {
  const { state, recordAs, reenrollGroup, keepEsim, evenIfLost } = spec;
  return Object.fromEntries(
    Object.entries({ state, recordAs, reenrollGroup, keepEsim, evenIfLost }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
