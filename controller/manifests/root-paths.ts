import { fileReferences } from "../core/check/file-references.ts";
import type { AnyManifest } from "../core/manifest.ts";

/** The manifest with its files named by their path from the repository's root, as PolicySet.files has them. */
export function withRootPaths(manifest: AnyManifest): AnyManifest {
  const references = fileReferences(manifest).filter(
    ({ resolved, use }) => resolved !== undefined && use !== "sops",
  );
  let spec: unknown = manifest.spec;
  for (const { path, resolved } of references) spec = replaced(spec, path.slice(1), resolved);
  return spec === manifest.spec ? manifest : ({ ...manifest, spec } as AnyManifest);
}

function replaced(value: unknown, path: readonly (string | number)[], leaf: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return leaf;
  if (Array.isArray(value))
    return value.map((entry, index) => (index === step ? replaced(entry, rest, leaf) : entry));
  if (typeof value !== "object" || value === null) return value;
  const inner = (value as Record<string, unknown>)[step];
  return { ...value, [step]: replaced(inner, rest, leaf) };
}
