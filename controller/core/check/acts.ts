import type { Diagnostic } from "../diagnostic.ts";
import type { DeprovisionSpec, OperationSpec } from "../generated/manifest.ts";
import { isDestructive, type Verb } from "../intent.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";
import { targetLists } from "./targets.ts";

/** Acts name what they hit, are counted where they destroy, and can still happen. */
export function checkActs(context: CheckContext): readonly Diagnostic[] {
  const operations = context
    .of("Operation")
    .flatMap((operation) => [
      ...common(operation as AnyManifest, operation.spec, context.now),
      ...removalOfManagement(operation),
      ...(isDestructiveAct(operation.spec)
        ? destructive(context, operation as AnyManifest, operation.spec)
        : []),
    ]);
  const deprovisions = context
    .of("Deprovision")
    .flatMap((deprovision) => [
      ...common(deprovision as AnyManifest, deprovision.spec, context.now),
      ...destructive(context, deprovision as AnyManifest, deprovision.spec),
      ...wholeDeviceOfAPerson(context, deprovision),
    ]);
  return [...operations, ...deprovisions];
}

/** True for what destroys data or ends management. */
function isDestructiveAct(spec: OperationSpec): boolean {
  const verb = Object.keys(spec.act)[0] as Verb;
  return isDestructive({ type: "act", act: "", verb });
}

/** The end of management is a Deprovision, with all its guards. */
function removalOfManagement(operation: Manifest<"Operation">): readonly Diagnostic[] {
  const { act } = operation.spec;
  const identifier = "removeProfile" in act ? act.removeProfile.identifier : undefined;
  if (identifier === undefined || !/^reeve\.enrollment(\.|$)/i.test(identifier)) return [];
  const detail = ["It is the management itself. Write a Deprovision to end it."];
  return [
    problem(operation as AnyManifest, ["spec", "act", "removeProfile", "identifier"], {
      rule: "reserved-identifier",
      message: `${identifier} cannot be removed by an operation`,
      detail,
    }),
  ];
}

type ActSpec = OperationSpec | DeprovisionSpec;

function common(manifest: AnyManifest, spec: ActSpec, now: number): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (Date.parse(spec.expiresAt) <= now) {
    const detail = [
      "What was not sent by then is never sent; remove it, or set a new time and raise generation.",
    ];
    found.push(
      problem(manifest, ["spec", "expiresAt"], {
        severity: "warning",
        rule: "act-expired",
        message: `expired at ${spec.expiresAt}`,
        detail,
      }),
    );
  }
  const several = namedDevices(spec) !== 1 && spec.expectedDevices !== 1;
  if (spec.delivery === "untilAcknowledged" && several) {
    const detail = ["expected a target of one device."];
    found.push(
      problem(manifest, ["spec", "delivery"], {
        rule: "until-acknowledged-many",
        message: "untilAcknowledged is for one device only",
        detail,
      }),
    );
  }
  return found;
}

/** How many devices a target names one by one; undefined when it says more than names. */
function namedDevices({ target }: ActSpec): number | undefined {
  const others = targetLists.some((list) => list !== "devices" && (target[list] ?? []).length > 0);
  return target.all === true || others ? undefined : (target.devices ?? []).length;
}

function destructive(context: CheckContext, manifest: AnyManifest, spec: ActSpec): readonly Diagnostic[] {
  if (spec.target.all === true) {
    const detail = ["Name groups, devices, users or userGroups."];
    return [
      problem(manifest, ["spec", "target", "all"], {
        rule: "destructive-all",
        message: "a destructive act cannot hit all devices",
        detail,
      }),
    ];
  }
  const named = namedDevices(spec);
  const excluded = Object.keys(spec.target.exclude ?? {}).length > 0;
  if (
    named === undefined ||
    excluded ||
    spec.expectedDevices === undefined ||
    sameDevices(context, spec) ||
    named === spec.expectedDevices
  )
    return [];
  const detail = [`The target names ${named}. Another number is refused when the act is admitted.`];
  return [
    problem(manifest, ["spec", "expectedDevices"], {
      rule: "expected-devices-differ",
      message: `expectedDevices is ${spec.expectedDevices}, but ${named} are named`,
      detail,
    }),
  ];
}

/** Two names of one device count once, which the daemon will do too. */
function sameDevices(context: CheckContext, { target, expectedDevices }: ActSpec): boolean {
  const devices = new Set((target.devices ?? []).map((name) => context.devicesNamed(name)[0]?.name ?? name));
  return devices.size === expectedDevices;
}

function wholeDeviceOfAPerson(
  context: CheckContext,
  deprovision: Manifest<"Deprovision">,
): readonly Diagnostic[] {
  if (deprovision.spec.wipe !== "device") return [];
  return (deprovision.spec.target.devices ?? []).flatMap((name, index) => {
    const [device] = context.devicesNamed(name);
    if (device?.spec.ownership !== "personal") return [];
    const detail = ["Only work data may be removed from it: write wipe: work."];
    return [
      problem(deprovision as AnyManifest, ["spec", "target", "devices", index], {
        rule: "personal-wipe",
        message: `${name} is a personal device`,
        detail,
      }),
    ];
  });
}
