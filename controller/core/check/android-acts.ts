import { androidActOn, androidKinds, nowhereOnAndroid } from "../android-acts.ts";
import { deprovisionVerb, operationVerb } from "../compile-acts.ts";
import type { CompiledAct } from "../compiled.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Target } from "../generated/manifest.ts";
import type { AnyManifest } from "../manifest.ts";
import { findingsFor } from "./android-settings.ts";
import { type AndroidTarget, androidTargetsIn, lackOfAll } from "./android-targets.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/**
 * Acts go to groups whose Android devices can carry them out. What a device is like decides when the act is admitted,
 * and once more before its command leaves; here a group says it that selects by platform.
 */
export function checkAndroidActs(context: CheckContext): readonly Diagnostic[] {
  return [
    ...context.of("Operation").flatMap((operation) => {
      const [name = "", parameters] = Object.entries(operation.spec.act)[0] ?? [];
      const verb = operationVerb(operation.spec.act);
      return problems(context, operation as AnyManifest, operation.spec.target, {
        at: ["spec", "act", name],
        name,
        lack: (target) => lackOfAct(verb, parameters as Parameters, target),
      });
    }),
    ...context.of("Deprovision").flatMap((deprovision) => {
      const { spec } = deprovision;
      const key = spec.state === "other" ? "wipe" : "state";
      return problems(context, deprovision as AnyManifest, spec.target, {
        at: ["spec", key],
        name: `${key}: ${spec[key]}`,
        lack: (target) => lackOfAct(deprovisionVerb(spec), {}, target),
      });
    }),
  ];
}

/** True when Android devices of a target may be able to carry out an act; false too where it has none. */
export function isForAndroids(context: CheckContext, target: Target, verb: CompiledAct["verb"]): boolean {
  return androidTargetsIn(context, target).known.some((one) => lackOfAct(verb, {}, one) === undefined);
}

type Parameters = Readonly<Record<string, unknown>>;

interface Asked {
  readonly at: readonly string[];
  readonly name: string;
  readonly lack: (target: AndroidTarget) => string | undefined;
}

function problems(
  context: CheckContext,
  manifest: AnyManifest,
  target: Target,
  { at, name, lack }: Asked,
): readonly Diagnostic[] {
  const found = findingsFor(name, androidTargetsIn(context, target), lack, "carry out");
  return found.map((finding) => problem(manifest, at, finding));
}

/** Why no Android device of a group can carry out an act; undefined when some may. */
function lackOfAct(
  verb: CompiledAct["verb"],
  parameters: Parameters,
  target: AndroidTarget,
): string | undefined {
  if (verb === "audit") return undefined;
  const { mode, ownership } = target.traits;
  const reasons = androidKinds(mode, ownership).map((kind) => {
    const owner = kind === "personalWorkProfile" ? "personal" : "company";
    const here = typeof verb === "string" ? verb : verb[owner];
    if (here === undefined) return "a personal device is never wiped whole";
    const nowhere = nowhereOnAndroid(here, parameters);
    if (nowhere !== undefined) return nowhere;
    const able = androidActOn(here, kind);
    return typeof able === "string" ? able : lackOfAll({ since: String(able.from) }, target);
  });
  return reasons.includes(undefined) ? undefined : reasons[0];
}
