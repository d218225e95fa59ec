import type { ManifestBody } from "./generated/manifest.ts";
import type { Origin } from "./origin.ts";

export type Kind = ManifestBody["kind"];

/** A manifest that its schema accepts, and where each of its fields stands. */
export interface Manifest<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  readonly metadata: ManifestBody["metadata"];
  readonly spec: Extract<ManifestBody, { kind: K }>["spec"];
  readonly origin: Origin;
  /** Where the field at a path below the manifest's root stands; the nearest parent when it is absent. */
  readonly at: (path: readonly (string | number)[]) => Place;
}

/** Any manifest, told apart by `kind`. */
export type AnyManifest = { [K in Kind]: Manifest<K> }[Kind];

export interface Place {
  readonly origin: Origin;
  readonly length: number;
}

/** All manifests of a revision, validated and cross-checked. Immutable. */
export interface PolicySet {
  /** A commit id, or the content hash of a watched directory. */
  readonly revision: string;
  readonly manifests: readonly AnyManifest[];
  /** The files that manifests refer to (`.mobileconfig`), by path from the repository's root. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The manifests of one kind, in the order of their names. */
export function manifestsOf<K extends Kind>(
  set: Pick<PolicySet, "manifests">,
  kind: K,
): readonly Manifest<K>[] {
  return set.manifests.filter((manifest) => manifest.kind === kind) as unknown as readonly Manifest<K>[];
}

/** `Kind/name`, the way every output names a manifest. */
export function nameOf(manifest: { readonly kind: Kind; readonly name: string }): string {
  return `${manifest.kind}/${manifest.name}`;
}
