import { passcodeDeclaration } from "./apple-passcode.ts";
import { needsOf } from "./compile-needs.ts";
import type { AppleForm, DeclaredForm } from "./compiled.ts";
import type { Keep } from "./compiled-content.ts";
import { declaredContents, formParts, legacyPart } from "./declared-item.ts";
import type { Manifest } from "./manifest.ts";
import { certificateTypes, connectingTypes } from "./payload-types.ts";

interface PreferringPorts {
  readonly keep: Keep;
  readonly fingerprintsOf: (content: unknown) => readonly string[];
}

/**
 * As what declarations a profile with these payload types goes with `delivery: auto` where a device supports them, the
 * best first. None where it must go by InstallProfile: docs/declarations.md has the rule and its reasons.
 */
export function preferredForms(
  manifest: Manifest<"Profile">,
  profile: AppleForm | undefined,
  types: readonly string[],
  ports: PreferringPorts,
): Pick<AppleForm, "preferred"> {
  if (profile?.uuid === undefined || profile.declared !== undefined || profile.refused !== undefined)
    return {};
  if (isForCommands(manifest, profile, types)) return {};
  const wrapped: DeclaredForm = {
    parts: [legacyPart(profile.id, profile.digest)],
    digest: profile.digest,
    wraps: true,
  };
  return { preferred: [...nativeForms(manifest, profile.id, ports), wrapped] };
}

/** True for what a declaration would give another meaning, or what a device needs before, or in order to come for it. */
function isForCommands(
  { spec }: Manifest<"Profile">,
  { scope, lasts, enrolls }: AppleForm,
  types: readonly string[],
): boolean {
  const { delivery = "auto", encrypt, verbatim } = spec.apple ?? {};
  if (delivery !== "auto" || scope === "user") return true;
  if (lasts !== undefined || (spec.removable ?? "never") !== "never") return true;
  if (enrolls === true || encrypt === "always" || verbatim === true) return true;
  return types.some((type) => commandTypes.has(type));
}

const commandTypes: ReadonlySet<string> = new Set([
  ...connectingTypes,
  ...certificateTypes,
  "com.apple.profileRemovalPassword",
]);

/** A profile that says nothing but a passcode's rules is one declaration of its own, if that can say all of them. */
function nativeForms(
  { name, spec }: Manifest<"Profile">,
  identifier: string,
  { keep, fingerprintsOf }: PreferringPorts,
): readonly DeclaredForm[] {
  const { passcode, ...others } = spec.settings ?? {};
  const isAlone = Object.keys(others).length === 0 && spec.apple?.payloads === undefined;
  if (passcode === undefined || !isAlone || spec.apple?.file !== undefined) return [];
  const written = passcodeDeclaration(passcode);
  if (written === undefined) return [];
  const declarations = declaredContents(identifier, [written], fingerprintsOf);
  const digest = keep({ kind: "Declarations", displayName: spec.displayName ?? name, declarations });
  const needs = needsOf([written], "declaration");
  const parts = formParts(declarations, () => undefined).map((part) => ({ ...part, needs }));
  return [{ parts, digest }];
}
