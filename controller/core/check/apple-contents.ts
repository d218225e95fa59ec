import { declarationGates } from "../apple-schema/gates.ts";
import { readDictionary, type ValueFinding, type ValueReading } from "../apple-schema/read-value.ts";
import { systemOf, unmet } from "../apple-schema/requirement.ts";
import { type OsGates, type SchemaEntry, systems } from "../apple-schema/schema.ts";
import { type Scope, traitsOfScope, userPlatforms } from "../apple-schema/scope.ts";
import { keysIn, schemaEntries, schemaLabel, schemaTypes } from "../apple-schema/tables.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { pathText } from "../path-text.ts";
import { faultFinding } from "./apple-faults.ts";
import { deprecatedFinding, gatedUses, ignoredFinding, scopeFinding } from "./apple-gates.ts";
import { type ApplePart, partsOf } from "./apple-parts.ts";
import { relationProblems } from "./apple-relations.ts";
import { type AppleTargets, appleTargetsOf, unmetByAll } from "./apple-targets.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { didYouMean, slipOf } from "./nearest.ts";
import { type Finding, problem } from "./problem.ts";

/** `OS 18.1` of `OS 18.1, COMMIT`. */
const schemaVersion = schemaLabel.split(",")[0] ?? schemaLabel;

type Path = readonly (string | number)[];
type Found = readonly [Path, Finding];

/** Payloads, declarations and app attributes say what Apple's schema knows, to devices that can use it. */
export function checkAppleContents(context: CheckContext): readonly Diagnostic[] {
  return [
    ...context.of("Profile").flatMap((profile) => {
      const scope = profile.spec.scope ?? "device";
      const targets = onChannel(appleTargetsOf(context, `Profile/${profile.name}`), scope);
      const parts = partsOf(context, profile);
      const related = relationProblems(parts).map(
        ([part, [path, finding]]): Found => [part.at(path), located(part, finding)],
      );
      return [
        ...parts.flatMap((part) => partProblems(part, targets, scope)),
        ...repeatedParts(parts, targets),
        ...misplacedUpdates(profile),
        ...related,
      ].map(([path, finding]) => problem(profile as AnyManifest, path, finding));
    }),
    ...context.of("App").flatMap((app) => attributeProblems(context, app)),
  ];
}

/** The targeted devices as the channel is that the profile arrives on; without those that have no such channel. */
function onChannel({ known, isOpen }: AppleTargets, scope: Scope): AppleTargets {
  const reached = known.filter(({ traits }) => scope === "device" || userPlatforms.includes(traits.platform));
  return {
    known: reached.map(({ traits, ...target }) => {
      return { ...target, traits: { ...traits, ...traitsOfScope(scope, traits.platform) } };
    }),
    isOpen,
  };
}

function partProblems(part: ApplePart, targets: AppleTargets, scope: Scope): readonly Found[] {
  const reading = bestReading(part);
  if (reading === undefined) return [[part.typeAt, located(part, unknownType(part))]];
  const { entry, findings, uses } = reading;
  const gates = entry.os ?? {};
  const whole = { name: part.type, gates };
  const misplaced = scopeFinding(whole, scope);
  if (misplaced.length > 0) return misplaced.map((one): Found => [part.typeAt, located(part, one)]);
  const unusable = ignoredFinding(whole, targets);
  const usable = { ...targets, known: targets.known.filter((one) => unmetByAll(gates, one).length === 0) };
  const faults = part.isOurs === true ? [] : findings.filter((one) => matters(one, gates, usable));
  return [
    ...[...unusable, ...deprecatedFinding(whole, targets)].map(
      (one): Found => [part.typeAt, located(part, one)],
    ),
    ...faults.map((one): Found => [part.at(one.path), located(part, faultOf(one))]),
    ...gatedUses(uses).flatMap(({ path, key, gates: own }): readonly Found[] => {
      const used = { name: typeof path.at(-1) === "number" ? key : pathText(path), gates: own };
      return [...ignoredFinding(used, usable), ...deprecatedFinding(used, usable)].map((one) => [
        part.at(path),
        located(part, one),
      ]);
    }),
  ];
}

const updatesType = "com.apple.configuration.softwareupdate.settings";

/** Software updates are declared, and so no payload of the profile. */
function misplacedUpdates({ spec }: Manifest<"Profile">): readonly Found[] {
  if (spec.settings?.osUpdate === undefined) return [];
  const updates = { name: "settings.osUpdate", gates: declarationGates(updatesType) ?? {} };
  const found = scopeFinding(updates, spec.scope ?? "device");
  return found.map((one): Found => [["spec", "settings", "osUpdate"], one]);
}

/** Of the files that describe one type, the one that the content fits best. */
function bestReading(part: ApplePart): (ValueReading & { readonly entry: SchemaEntry }) | undefined {
  const beside = part.kind === "payload" ? payloadKeys(part) : [];
  const readings = schemaEntries(part.kind, part.type).map((entry) => ({
    entry,
    ...pick(readDictionary(entry, entry.keys, part.content, { beside, json: part.kind === "declaration" })),
  }));
  return readings.toSorted((a, b) => a.findings.length - b.findings.length)[0];
}

function pick({ findings, uses }: ValueReading): ValueReading {
  return { findings, uses };
}

/** The keys that every payload has; in a manifest reeve writes those that are required. */
function payloadKeys(part: ApplePart): ReturnType<typeof keysIn> {
  const [entry] = schemaEntries("payload", "CommonPayloadKeys");
  if (entry === undefined) return [];
  const keys = keysIn(entry, entry.keys).map(({ os: _os, ...key }) => key);
  if (part.inside !== undefined) return keys;
  return keys.map(({ required: _required, ...key }) => key);
}

function faultOf({ fault, key, path }: ValueFinding): Finding {
  return faultFinding(fault, key, path, schemaVersion);
}

/** A key may be missing when the devices concerned do not know it. */
function matters({ fault, gates }: ValueFinding, whole: OsGates, { known, isOpen }: AppleTargets): boolean {
  if (fault.type !== "missing-key") return true;
  if (!isOpen && known.length > 0) return known.some(({ traits }) => isAsked(gates, traits));
  return systems
    .filter((system) => whole[system] !== undefined && whole[system]?.introduced !== "n/a")
    .every((platform) => isAsked(gates, { platform }));
}

function isAsked(gates: OsGates, traits: Parameters<typeof unmet>[1]): boolean {
  const system = systemOf(traits.platform);
  const gate = system === undefined ? undefined : gates[system];
  const isConditional =
    (gate?.userEnrollment === "required" && traits.enrollment === undefined) ||
    (gate?.sharedIpad?.mode === "required" && traits.sharedIpad !== true);
  return !isConditional && unmet(gates, traits).length === 0;
}

function unknownType({ kind, type }: ApplePart): Finding {
  const known = [...schemaTypes(kind)].filter((one) => one.includes("."));
  const slip = type.startsWith("com.apple.") ? slipOf(type, known) : undefined;
  const message = `${quote(type)} is no ${kind} that Apple describes`;
  if (slip !== undefined)
    return { rule: "apple-misspelt-type", message, detail: [`Did you mean "${slip}"?`] };
  const others = kind === "payload" ? " Other vendors have payloads of their own." : "";
  const detail = [`Its keys cannot be checked.${others}${didYouMean(type, known)}`];
  return { severity: "warning", rule: "apple-unknown-type", message, detail };
}

/** A payload that devices take once, and a profile has twice. */
function repeatedParts(parts: readonly ApplePart[], targets: AppleTargets): readonly Found[] {
  const seen = new Set<string>();
  return parts.flatMap((part): readonly Found[] => {
    const isNew = !seen.has(part.type);
    seen.add(part.type);
    if (part.kind !== "payload" || isNew || !isSingle(part.type, targets)) return [];
    const message = `a second payload of type ${part.type}`;
    const detail = ["Devices take one of it. Put its keys into the first."];
    return [[part.typeAt, located(part, { rule: "apple-payload-twice", message, detail })]];
  });
}

function isSingle(type: string, { known }: AppleTargets): boolean {
  const entries = schemaEntries("payload", type);
  const [entry, second] = entries;
  // Types with several files have payloads of different sense.
  if (entry === undefined || second !== undefined) return false;
  const concerned =
    known.length === 0 ? systems : known.flatMap(({ traits }) => systemOf(traits.platform) ?? []);
  const gates = concerned
    .flatMap((system) => entry.os?.[system] ?? [])
    .filter((gate) => gate.introduced !== "n/a");
  return gates.length > 0 && gates.every((gate) => gate.multiple === false);
}

/** Says where in a file it is; what is wrong with bytes that must not change is a warning. */
function located(part: ApplePart, finding: Finding): Finding {
  const severity = part.isVerbatim === true ? { severity: "warning" as const } : {};
  const message = part.inside === undefined ? finding.message : `${part.inside}: ${finding.message}`;
  return { ...finding, ...severity, message };
}

function attributeProblems(context: CheckContext, app: Manifest<"App">): readonly Diagnostic[] {
  const { attributes } = app.spec.apple ?? {};
  const [entry] = schemaEntries("command", "InstallApplication");
  const key = keysIn(entry ?? { type: "", file: "" }, entry?.keys).find((one) => one.key === "Attributes");
  if (attributes === undefined || entry === undefined || key === undefined) return [];
  const { findings, uses } = readDictionary({ ...entry, os: { ...entry.os } }, key.keys, attributes);
  const targets = appleTargetsOf(context, `App/${app.name}`);
  const at = (path: Path): Path => ["spec", "apple", "attributes", ...path];
  return [
    ...findings.map((one): Found => [at(one.path), faultOf(one)]),
    ...gatedUses(uses).flatMap(({ path, gates }) =>
      ignoredFinding({ name: pathText(path), gates }, targets).map((one): Found => [at(path), one]),
    ),
  ].map(([path, finding]) => problem(app as AnyManifest, path, finding));
}
