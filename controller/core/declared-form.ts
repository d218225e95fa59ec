import { osUpdateDeclarations } from "./apple-updates.ts";
import { attemptsLeft } from "./armed.ts";
import { needsOf } from "./compile-needs.ts";
import type { AppleForm, DeclaredForm } from "./compiled.ts";
import { secretsIn } from "./compiled-content.ts";
import { declaredContents, formOf, formParts, legacyPart, type WrittenDeclaration } from "./declared-item.ts";
import { appleEffects, mergeEffects } from "./effects.ts";
import type { Content } from "./granted.ts";
import type { Manifest } from "./manifest.ts";

interface DeclaringPorts {
  readonly keep: (content: Content) => string;
  readonly fingerprintsOf: (content: unknown) => readonly string[];
}

/**
 * What a Profile is on Apple devices, given what it is as a profile: undefined when it says nothing for them.
 * `identifier` is its PayloadIdentifier, from which those of its declarations derive.
 */
export function withDeclarations(
  manifest: Manifest<"Profile">,
  identifier: string,
  profile: AppleForm | undefined,
  ports: DeclaringPorts,
): AppleForm | undefined {
  const written = writtenDeclarations(manifest);
  if (profile === undefined && written.length === 0) return undefined;
  const declared = declaredForm(manifest, identifier, profile, ports);
  const arms = [profile?.arms, attemptsLeft(written)].filter((one) => one !== undefined);
  const arming = arms.length === 0 ? undefined : { arms: true as const };
  const effects = mergeEffects(
    profile?.effects,
    appleEffects(written, ports.fingerprintsOf(written)),
    arming,
  );
  const refused = profile?.refused ?? declarationsRefused(written, manifest.spec);
  return {
    id: identifier,
    scope: manifest.spec.scope ?? "device",
    digest: declared?.digest ?? "",
    ...profile,
    needs: [...(profile?.needs ?? []), ...needsOf(forAll(written), "declaration")],
    secrets: [...new Set([...(profile?.secrets ?? []), ...secretsIn(written)])].sort(),
    ...(arms.length === 0 ? {} : { arms: Math.min(...arms) }),
    ...(effects === undefined ? {} : { effects }),
    ...(refused === undefined ? {} : { refused }),
    ...(declared === undefined ? {} : { declared }),
  };
}

/** What is only for some platforms is not asked of the others. */
function forAll(written: readonly WrittenDeclaration[]): readonly WrittenDeclaration[] {
  return written.filter(({ platforms }) => platforms === undefined);
}

/** What of a Profile exists only as declarations: those of the manifest, and those that its settings become. */
function writtenDeclarations({ spec }: Manifest<"Profile">): readonly WrittenDeclaration[] {
  const written = (spec.apple?.declarations ?? []).map(({ type, name, content }): WrittenDeclaration => {
    return { type, name: name ?? type.slice(type.lastIndexOf(".") + 1), content };
  });
  const { osUpdate } = spec.settings ?? {};
  return osUpdate === undefined ? written : [...written, ...osUpdateDeclarations(osUpdate)];
}

/** Why these declarations cannot be given to any device; undefined when they can. */
function declarationsRefused(
  written: readonly WrittenDeclaration[],
  { apple }: Manifest<"Profile">["spec"],
): string | undefined {
  const { delivery = "auto" } = apple ?? {};
  const strange = written.find(({ type }) => formOf(type) === undefined);
  if (strange !== undefined) return `${strange.type} is no type of declaration`;
  if (written.length > 0 && delivery === "profile")
    return `${written[0]?.type} exists only as a declaration, and delivery is profile`;
  return undefined;
}

/** How a Profile reaches devices by declaration; `profile` is what it is as one, if it is. */
function declaredForm(
  manifest: Manifest<"Profile">,
  identifier: string,
  profile: Pick<AppleForm, "digest"> | undefined,
  ports: DeclaringPorts,
): DeclaredForm | undefined {
  const { delivery = "auto" } = manifest.spec.apple ?? {};
  const written = writtenDeclarations(manifest);
  const legacy = profile === undefined ? [] : [legacyPart(identifier, profile.digest)];
  const wraps = profile === undefined ? {} : { wraps: true as const };
  if (written.length === 0) {
    if (profile === undefined || delivery !== "declaration") return undefined;
    return { parts: legacy, digest: profile.digest, only: true, ...wraps };
  }
  const declarations = declaredContents(identifier, written, ports.fingerprintsOf);
  const platforms = new Map(declarations.map(({ identifier: id }, index) => [id, written[index]?.platforms]));
  const parts = [...formParts(declarations, (id) => platforms.get(id)), ...legacy];
  const digest = ports.keep({
    kind: "Declarations",
    displayName: manifest.spec.displayName ?? manifest.name,
    declarations,
    ...(profile === undefined ? {} : { profile: profile.digest }),
  });
  return { parts, digest, only: true, ...wraps };
}
