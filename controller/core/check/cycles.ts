import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest, Kind } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/** Groups must not contain themselves, and a name that was given up must not be in use. */
export function checkCycles(context: CheckContext): readonly Diagnostic[] {
  const parents = edges(context, "DeviceGroup", (name) => {
    const parent = context.get("DeviceGroup", name)?.spec.parent;
    return parent === undefined ? [] : [parent];
  });
  const users = edges(context, "UserGroup", (name) => context.get("UserGroup", name)?.spec.userGroups ?? []);
  return [
    ...cyclesIn(context, "DeviceGroup", parents, ["spec", "parent"]),
    ...cyclesIn(context, "UserGroup", users, ["spec", "userGroups"]),
    ...context.manifests.flatMap((manifest) => renamedButThere(context, manifest)),
  ];
}

function edges(
  context: CheckContext,
  kind: Kind,
  next: (name: string) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(context.of(kind).map(({ name }) => [name, next(name)]));
}

/** Each cycle is told once, at its member that comes first by name. */
function cyclesIn(
  context: CheckContext,
  kind: "DeviceGroup" | "UserGroup",
  graph: ReadonlyMap<string, readonly string[]>,
  path: readonly string[],
): readonly Diagnostic[] {
  return findCycles(graph).flatMap((cycle) => {
    const manifest = context.get(kind, cycle[0] ?? "") as AnyManifest | undefined;
    if (manifest === undefined) return [];
    const way = [...cycle, cycle[0]].join(" -> ");
    return [
      problem(manifest, path, {
        rule: "cycle",
        message: `a ${kind} contains itself`,
        detail: [`${way}. Remove one of these steps.`],
      }),
    ];
  });
}

/** Depth first without recursion: a chain of thousands must not overflow the stack. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of [...graph.keys()].sort()) {
    const trail: { name: string; next: number }[] = done.has(start) ? [] : [{ name: start, next: 0 }];
    const onTrail = new Map(trail.map(({ name }, index) => [name, index]));
    while (trail.length > 0) {
      const top = trail[trail.length - 1];
      if (top === undefined) break;
      const child = graph.get(top.name)?.[top.next++];
      if (child === undefined) {
        done.add(top.name);
        onTrail.delete(top.name);
        trail.pop();
        continue;
      }
      const seenAt = onTrail.get(child);
      if (seenAt !== undefined) cycles.push(fromSmallest(trail.slice(seenAt).map(({ name }) => name)));
      else if (!done.has(child) && graph.has(child)) {
        onTrail.set(child, trail.length);
        trail.push({ name: child, next: 0 });
      }
    }
  }
  return cycles;
}

function fromSmallest(cycle: readonly string[]): string[] {
  const start = cycle.indexOf([...cycle].sort()[0] ?? "");
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

function renamedButThere(context: CheckContext, manifest: AnyManifest): readonly Diagnostic[] {
  return (manifest.metadata.renamedFrom ?? []).flatMap((name, index) => {
    const other = context.get(manifest.kind, name);
    if (other === undefined) return [];
    const self = name === manifest.name;
    const detail = [
      self
        ? "Remove it."
        : `${manifest.kind}/${name} is in ${other.origin.file}:${other.origin.line}. Remove it there, or this entry.`,
    ];
    const message = self
      ? "a manifest cannot be renamed from itself"
      : `renamed from ${name}, which still exists`;
    return [
      problem(manifest, ["metadata", "renamedFrom", index], {
        rule: "renamed-still-exists",
        message,
        detail,
      }),
    ];
  });
}
