import { renderAppleSettings } from "../apple-settings.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { profileFileOf } from "./profile-file.ts";

type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

/** One payload or declaration of a profile, wherever it is written. */
export interface ApplePart {
  readonly kind: "payload" | "declaration";
  readonly type: string;
  readonly content: Fields;
  /** Where a key of it stands in the manifest. */
  readonly at: (path: Path) => Path;
  /** Where its type stands. */
  readonly typeAt: Path;
  /** Of a file: where in the property list, such as `PayloadContent[0]`; messages begin with it. */
  readonly inside?: string;
  /** Rendered by reeve from `settings`, and therefore right. */
  readonly isOurs?: true;
  /** Its bytes are not to be changed: what is wrong with them is only told. */
  readonly isVerbatim?: true;
}

/** It may be part of no profile at all, which is said elsewhere. */
const managementType = "com.apple.mdm";

/** Every payload and declaration that a profile has for Apple devices. */
export function partsOf(context: CheckContext, profile: Manifest<"Profile">): readonly ApplePart[] {
  const { apple } = profile.spec;
  return [
    ...(apple?.payloads ?? []).map((entry, index) =>
      written("payload", ["spec", "apple", "payloads", index], entry),
    ),
    ...(apple?.declarations ?? []).map((entry, index) =>
      written("declaration", ["spec", "apple", "declarations", index], entry),
    ),
    ...fileParts(context, profile),
    ...settingsParts(profile),
  ].filter((part) => part.type !== managementType);
}

function written(
  kind: ApplePart["kind"],
  base: Path,
  { type, content }: { readonly type: string; readonly content: object },
): ApplePart {
  return {
    kind,
    type,
    content: content as Fields,
    at: (path) => [...base, "content", ...path],
    typeAt: [...base, "type"],
  };
}

const fileAt: Path = ["spec", "apple", "file"];

function fileParts(context: CheckContext, profile: Manifest<"Profile">): readonly ApplePart[] {
  const file = profileFileOf(profile, context.profileFiles);
  const payloads = file !== undefined && "keys" in file ? file.keys?.PayloadContent : undefined;
  if (!Array.isArray(payloads)) return [];
  const verbatim = profile.spec.apple?.verbatim === true ? { isVerbatim: true as const } : {};
  return payloads.flatMap((content: unknown, index): readonly ApplePart[] => {
    if (typeof content !== "object" || content === null) return [];
    const fields = content as Fields;
    const place = { kind: "payload" as const, at: () => fileAt, typeAt: fileAt, ...verbatim };
    return [
      { ...place, type: String(fields.PayloadType), content: fields, inside: `PayloadContent[${index}]` },
    ];
  });
}

/** The names that `renderAppleSettings` gives payloads, and the blocks they come from. */
function blockOf(name: string): string {
  if (name.startsWith("reeve-file-vault")) return "fileVault";
  return name === "passcode" || name === "restrictions"
    ? name
    : name.startsWith("wifi-")
      ? "wifi"
      : "certificates";
}

function settingsParts({ name, spec }: Manifest<"Profile">): readonly ApplePart[] {
  if (spec.settings === undefined) return [];
  const identifier = spec.identifier ?? `reeve.profile.${name}`;
  return renderAppleSettings(spec.settings, () => undefined, identifier).payloads.map((payload) => {
    const base = ["spec", "settings", blockOf(payload.name)];
    return {
      kind: "payload",
      type: payload.type,
      content: payload.content,
      at: () => base,
      typeAt: base,
      isOurs: true,
    };
  });
}
