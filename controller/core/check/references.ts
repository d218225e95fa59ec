import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Kind, Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { didYouMean, sparingly } from "./nearest.ts";
import { problem } from "./problem.ts";
import { targetOf } from "./targets.ts";

type Path = readonly (string | number)[];

/** One name that stands for another manifest. */
interface Reference {
  readonly path: Path;
  readonly kind: Kind;
  readonly name: string;
}

/** Every reference must lead to a manifest of its kind. */
export function checkReferences(context: CheckContext): readonly Diagnostic[] {
  const suggest = sparingly((kind: Kind, name: string) => suggestion(context, kind, name));
  return context.manifests.flatMap((manifest) =>
    referencesOf(manifest).flatMap((reference) => unresolved(context, manifest, reference, suggest)),
  );
}

function unresolved(
  context: CheckContext,
  manifest: AnyManifest,
  reference: Reference,
  suggest: (kind: Kind, name: string) => string | undefined,
): readonly Diagnostic[] {
  const { kind, name, path } = reference;
  if (context.get(kind, name) !== undefined || context.invalid.has(`${kind}/${name}`)) return [];
  const hint = suggest(kind, name) ?? "";
  const detail = [hint === "" ? `Add a ${kind} of this name, or remove the reference.` : hint];
  return [
    problem(manifest, path, {
      rule: "unknown-reference",
      message: `no ${kind} is called ${quote(name)}`,
      detail,
    }),
  ];
}

function suggestion(context: CheckContext, kind: Kind, name: string): string {
  const known = context.of(kind) as readonly AnyManifest[];
  const renamed = known.find((other) => other.metadata.renamedFrom?.includes(name));
  if (renamed !== undefined) return `It is called "${renamed.name}" now.`;
  if (known.length === 0) return `There is no ${kind} at all.`;
  return didYouMean(
    name,
    known.map((other) => other.name),
  ).trim();
}

function referencesOf(manifest: AnyManifest): readonly Reference[] {
  return [...targetReferences(manifest), ...ownReferences(manifest)];
}

function targetReferences(manifest: AnyManifest): readonly Reference[] {
  const target = targetOf(manifest);
  if (target === undefined) return [];
  const base = ["spec", "target"];
  return [
    ...named("DeviceGroup", [...base, "groups"], target.groups),
    ...named("UserGroup", [...base, "userGroups"], target.userGroups),
    ...named("DeviceGroup", [...base, "exclude", "groups"], target.exclude?.groups),
    ...named("UserGroup", [...base, "exclude", "userGroups"], target.exclude?.userGroups),
  ];
}

function ownReferences(manifest: AnyManifest): readonly Reference[] {
  switch (manifest.kind) {
    case "Organization":
      return Object.entries(manifest.spec.defaultGroups ?? {}).map(([platform, name]) => ({
        kind: "DeviceGroup",
        name,
        path: ["spec", "defaultGroups", platform],
      }));
    case "DeviceGroup":
      return [
        ...one("DeviceGroup", ["spec", "parent"], manifest.spec.parent),
        ...selectorReferences(manifest),
      ];
    case "UserGroup":
      return named("UserGroup", ["spec", "userGroups"], manifest.spec.userGroups);
    case "Policy":
      return [
        ...(manifest.spec.profiles ?? []).flatMap((item, index) =>
          one("Profile", ["spec", "profiles", index, "name"], item.name),
        ),
        ...(manifest.spec.apps ?? []).flatMap((item, index) =>
          one("App", ["spec", "apps", index, "name"], item.name),
        ),
        ...(manifest.spec.books ?? []).flatMap((item, index) =>
          one("Book", ["spec", "books", index, "name"], item.name),
        ),
        ...named("InventorySchedule", ["spec", "inventory"], manifest.spec.inventory),
      ];
    case "Exemption":
      return manifest.spec.lift.flatMap((item, index) => itemReference(["spec", "lift", index], item));
    case "Secret":
      return manifest.spec.allow.flatMap((item, index) => itemReference(["spec", "allow", index], item));
    case "AutomatedEnrollment":
      return one("DeviceGroup", ["spec", "group"], manifest.spec.group);
    case "Deprovision":
      return one("DeviceGroup", ["spec", "reenrollGroup"], manifest.spec.reenrollGroup);
    default:
      return [];
  }
}

function selectorReferences(group: Manifest<"DeviceGroup">): readonly Reference[] {
  const { selector } = group.spec;
  const wanted = selector?.match?.userGroup;
  const match =
    typeof wanted === "string"
      ? one("UserGroup", ["spec", "selector", "match", "userGroup"], wanted)
      : named("UserGroup", ["spec", "selector", "match", "userGroup"], wanted);
  const expressions = (selector?.expressions ?? []).flatMap((expression, index) =>
    expression.key === "userGroup"
      ? named("UserGroup", ["spec", "selector", "expressions", index, "values"], expression.values)
      : [],
  );
  return [...match, ...expressions];
}

function one(kind: Kind, path: Path, name: string | undefined): readonly Reference[] {
  return name === undefined ? [] : [{ kind, path, name }];
}

function named(kind: Kind, path: Path, names: readonly string[] | undefined): readonly Reference[] {
  return (names ?? []).map((name, index) => ({ kind, name, path: [...path, index] }));
}

/** `Kind/name`; the schema has already refused other kinds. */
function itemReference(path: Path, text: string): readonly Reference[] {
  const [kind, name] = text.split("/");
  return name === undefined ? [] : [{ kind: kind as Kind, name, path }];
}
