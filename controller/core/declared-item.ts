import { needsOfDeclaration } from "./compile-needs.ts";
import { activationOf } from "./declarations.ts";
import { digestText, legacyIdentifier, partIdentifier } from "./declared-identifier.ts";
import type { Platform } from "./facts.ts";
import type { DeclaredContent, DeclaredPart } from "./granted.ts";
import type { Need } from "./needs.ts";

/** A declaration as a manifest has it, or as one of its settings becomes one. */
export interface WrittenDeclaration {
  readonly type: string;
  /** Tells those of an item apart, and is what they refer to each other by. */
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Only there; everywhere when absent. */
  readonly platforms?: readonly Platform[];
}

/** One declaration of an item before it is known on which device. */
export interface FormPart extends DeclaredPart {
  readonly platforms?: readonly Platform[];
  /** What the device must be like for its type and keys. */
  readonly needs: readonly Need[];
}

const forms = ["configuration", "asset", "management", "activation"] as const;

/** The list that declarations of a type belong to; undefined for a type of no list. */
export function formOf(type: string): DeclaredPart["form"] | undefined {
  return forms.find((form) => type.startsWith(`com.apple.${form}.`));
}

/** The content of each declaration with its references resolved, and its token. */
export function declaredContents(
  item: string,
  written: readonly WrittenDeclaration[],
  fingerprintsOf: (content: unknown) => readonly string[],
): readonly DeclaredContent[] {
  const identifiers = new Map(written.map(({ name }) => [name, partIdentifier(item, name)]));
  return written.map(({ type, name, content }) => {
    const resolved = resolve(content, identifiers) as DeclaredContent["content"];
    const token = digestText([type, resolved, fingerprintsOf(resolved)]);
    return { identifier: partIdentifier(item, name), type, content: resolved, token };
  });
}

/** Keys of the schema whose texts name another declaration: of an asset, or the configurations of an activation. */
function namesOthers(key: string): boolean {
  return key.endsWith("AssetReference") || key === "StandardConfigurations";
}

function resolve(value: unknown, identifiers: ReadonlyMap<string, string>, isName = false): unknown {
  if (typeof value === "string") return isName ? (identifiers.get(value) ?? value) : value;
  if (Array.isArray(value)) return value.map((one) => resolve(one, identifiers, isName));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, resolve(inner, identifiers, namesOthers(key))]),
  );
}

/** The parts of what is declared; `platforms` by identifier. */
export function formParts(
  contents: readonly DeclaredContent[],
  platformsOf: (identifier: string) => readonly Platform[] | undefined,
): readonly FormPart[] {
  const conditional = new Set(
    contents.filter(({ content }) => content.Predicate !== undefined).flatMap(activatedBy),
  );
  return contents.flatMap((one): readonly FormPart[] => {
    const { identifier, type, token, content } = one;
    const form = formOf(type);
    if (form === undefined) return [];
    const platforms = platformsOf(identifier);
    const isConditional = conditional.has(identifier) || content.Predicate !== undefined;
    return [
      {
        form,
        type,
        identifier,
        token,
        needs: needsOfDeclaration(type, content),
        ...(isConditional ? { conditional: true as const } : {}),
        ...(platforms === undefined ? {} : { platforms }),
        ...(form === "activation" ? { names: activatedBy(one) } : {}),
      },
    ];
  });
}

function activatedBy({ content }: DeclaredContent): readonly string[] {
  const { StandardConfigurations } = content;
  return Array.isArray(StandardConfigurations) ? StandardConfigurations.map(String) : [];
}

/** The declaration that wraps a profile, which is stored under `digest`. */
export function legacyPart(profile: string, digest: string): FormPart {
  const type = "com.apple.configuration.legacy";
  const token = digestText([type, digest]);
  return {
    form: "configuration",
    type,
    identifier: legacyIdentifier(profile),
    token,
    profile: digest,
    needs: needsOfDeclaration(type, {}),
  };
}

/** What of an item a device of a platform gets: its parts, and an activation for configurations without one. */
export function partsFor(
  item: string,
  parts: readonly FormPart[],
  platform: Platform,
): readonly DeclaredPart[] {
  const here = parts.filter((part) => part.platforms?.includes(platform) !== false);
  const activated = new Set(here.flatMap((part) => part.names ?? []));
  const open = here.filter(({ form, identifier }) => form === "configuration" && !activated.has(identifier));
  const plain = here.map(({ platforms: _platforms, needs: _needs, ...part }) => part);
  if (open.length === 0) return plain;
  return [
    ...plain,
    activationOf(
      partIdentifier(item, ":activation"),
      open.map((part) => part.identifier),
    ),
  ];
}
