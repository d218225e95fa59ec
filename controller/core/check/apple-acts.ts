import { actType, keysUsed } from "../apple-acts.ts";
import { commandGates } from "../apple-schema/gates.ts";
import { keyGates } from "../apple-schema/key-gates.ts";
import { operationVerb } from "../compile-acts.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Verb } from "../intent.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { isForAndroids } from "./android-acts.ts";
import { deprecatedFinding, type Gated, ignoredFinding } from "./apple-gates.ts";
import { appleTargetsIn, unmetByAll } from "./apple-targets.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/**
 * Operations go to groups whose devices can carry them out. What a device is like is known when it is admitted, and
 * decides then; here a group says it that selects by platform.
 */
export function checkAppleActs(context: CheckContext): readonly Diagnostic[] {
  return context.of("Operation").flatMap((operation) => operationProblems(context, operation));
}

function operationProblems(context: CheckContext, operation: Manifest<"Operation">): readonly Diagnostic[] {
  const [verb, parameters] = Object.entries(operation.spec.act)[0] ?? [];
  const type = actType(verb as Verb);
  if (verb === undefined || type === undefined) return [];
  const apples = appleTargetsIn(context, operation.spec.target);
  const others = isForAndroids(context, operation.spec.target, operationVerb(operation.spec.act));
  const targets = { ...apples, isOpen: apples.isOpen || others };
  const command = { name: type, gates: commandGates(type) ?? {} };
  const able = {
    ...targets,
    known: targets.known.filter((one) => unmetByAll(command.gates, one).length === 0),
  };
  const found = (gated: Gated, among: typeof targets, at: readonly string[]): readonly Diagnostic[] =>
    [...ignoredFinding(gated, among), ...deprecatedFinding(gated, among)].map((finding) =>
      problem(operation as AnyManifest, ["spec", "act", verb, ...at], finding),
    );
  const used = keysUsed(verb as Verb, parameters as Readonly<Record<string, unknown>>);
  return [
    ...pinProblems(operation, verb, parameters),
    ...found(command, targets, []),
    ...used.flatMap(({ at, path }) =>
      found({ name: at.join("."), gates: keyGates("command", type, path) ?? {} }, able, at),
    ),
  ];
}

/** Of what comes from a Secret nothing is known here: it is judged when it is sent. */
function pinProblems(
  operation: Manifest<"Operation">,
  verb: string,
  parameters: object | undefined,
): readonly Diagnostic[] {
  const { pin } = (parameters ?? {}) as { readonly pin?: unknown };
  if (typeof pin !== "string" || pin.includes("${") || /^\d{6}$/.test(pin)) return [];
  return [
    problem(operation as AnyManifest, ["spec", "act", verb, "pin"], {
      severity: "error",
      rule: "act-pin",
      message: "a pin has six digits",
      detail: [
        "Expected six digits. Without it reeve makes one: `reeve secrets show DEVICE unlock-pin` has it.",
      ],
    }),
  ];
}
