/**
 * The path from the repository's root of a file that a manifest refers to, relative to the manifest's own
 * folder; undefined when it is absolute, leaves the repository or is not a plain path.
 */
export function resolveFile(manifestFile: string, reference: string): string | undefined {
  if (reference.startsWith("/") || reference.includes("\\") || reference.includes("\0")) return undefined;
  if (/^[A-Za-z]:/.test(reference)) return undefined;
  const segments = manifestFile.split("/").slice(0, -1);
  for (const segment of reference.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.length === 0 ? undefined : segments.join("/");
}
