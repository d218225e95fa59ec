import type { AnyManifest, Kind, Manifest } from "../manifest.ts";
import type { SourceTree } from "../source-tree.ts";
import type { ProfileFile } from "./profile-file.ts";

export interface CheckInput {
  /** Manifests that their schemas accept, with the devices of registers among them. */
  readonly manifests: readonly AnyManifest[];
  readonly entries: SourceTree["entries"];
  /** By path from the repository's root. */
  readonly profileFiles: ReadonlyMap<string, ProfileFile>;
  /** `Kind/name` of manifests that their schemas refuse: a reference to one of them is not unresolved. */
  readonly invalid: ReadonlySet<string>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What the checks look things up in, made once. */
export interface CheckContext extends CheckInput {
  readonly of: <K extends Kind>(kind: K) => readonly Manifest<K>[];
  readonly get: <K extends Kind>(kind: K, name: string) => Manifest<K> | undefined;
  /** Device manifests by every name they answer to. */
  readonly devicesNamed: (reference: string) => readonly Manifest<"Device">[];
  readonly deviceNames: () => Iterable<string>;
}

/** Indexes the manifests once; of two with the same kind and name the first is found. */
export function checkContext(input: CheckInput): CheckContext {
  const byKind = new Map<Kind, Map<string, AnyManifest>>();
  const all = new Map<Kind, AnyManifest[]>();
  for (const manifest of input.manifests) {
    const names = byKind.get(manifest.kind) ?? new Map<string, AnyManifest>();
    if (!names.has(manifest.name)) names.set(manifest.name, manifest);
    byKind.set(manifest.kind, names);
    const list = all.get(manifest.kind) ?? [];
    list.push(manifest);
    all.set(manifest.kind, list);
  }
  const devices = deviceIndex((all.get("Device") ?? []) as unknown as readonly Manifest<"Device">[]);
  return {
    ...input,
    of: <K extends Kind>(kind: K) => (all.get(kind) ?? []) as unknown as readonly Manifest<K>[],
    get: <K extends Kind>(kind: K, name: string) =>
      byKind.get(kind)?.get(name) as unknown as Manifest<K> | undefined,
    devicesNamed: (reference) => devices.get(reference) ?? [],
    deviceNames: () => devices.keys(),
  };
}

function deviceIndex(
  devices: readonly Manifest<"Device">[],
): ReadonlyMap<string, readonly Manifest<"Device">[]> {
  const index = new Map<string, Manifest<"Device">[]>();
  for (const device of devices) {
    const { serial, imei, enterpriseSpecificId, enrollmentId } = device.spec.match;
    for (const name of new Set([
      device.name,
      device.spec.alias,
      serial,
      imei,
      enterpriseSpecificId,
      enrollmentId,
    ])) {
      if (name === undefined) continue;
      const named = index.get(name) ?? [];
      named.push(device);
      index.set(name, named);
    }
  }
  return index;
}
