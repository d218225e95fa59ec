import type { Manifest } from "../manifest.ts";
import type { ProfileFile } from "./profile-file.ts";
import { resolveFile } from "./repository-path.ts";

/**
 * The PayloadIdentifier of a profile: its own field, else that of its `.mobileconfig`, else
 * `reeve.profile.NAME`. Works before and after file paths were made relative to the root.
 */
export function profileIdentifier(
  profile: Pick<Manifest<"Profile">, "name" | "spec" | "origin">,
  files: ReadonlyMap<string, ProfileFile>,
): string {
  const { identifier, apple } = profile.spec;
  if (identifier !== undefined) return identifier;
  const path =
    apple?.file === undefined ? undefined : (resolveFile(profile.origin.file, apple.file) ?? apple.file);
  const file = path === undefined ? undefined : (files.get(path) ?? files.get(apple?.file ?? ""));
  return file !== undefined && "identifier" in file ? file.identifier : `reeve.profile.${profile.name}`;
}

/**
 * True for the identifiers that reeve gives: `reeve.enrollment` is the management itself, `reeve.blocked.…` and
 * `reeve.profile.…` belong to apps and profiles. Devices may not tell capitals apart.
 */
export function isReservedIdentifier(identifier: string, own?: string): boolean {
  return identifier !== own && identifier.toLowerCase().startsWith("reeve.");
}
