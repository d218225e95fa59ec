import type { Manifest } from "../manifest.ts";
import { type ProfileFile, profileFileOf } from "./profile-file.ts";

/** The PayloadIdentifier of a profile: its own field, else that of its `.mobileconfig`, else `reeve.profile.NAME`. */
export function profileIdentifier(
  profile: Pick<Manifest<"Profile">, "name" | "spec" | "origin">,
  files: ReadonlyMap<string, ProfileFile>,
): string {
  const { identifier } = profile.spec;
  if (identifier !== undefined) return identifier;
  const file = profileFileOf(profile, files);
  return file !== undefined && "identifier" in file ? file.identifier : `reeve.profile.${profile.name}`;
}

/**
 * True for the identifiers that reeve gives: `reeve.enrollment` is the management itself, `reeve.blocked.…` and
 * `reeve.profile.…` belong to apps and profiles. Devices may not tell capitals apart.
 */
export function isReservedIdentifier(identifier: string, own?: string): boolean {
  return identifier !== own && identifier.toLowerCase().startsWith("reeve.");
}
