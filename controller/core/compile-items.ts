import { renderAppleSettings } from "./apple-settings.ts";
import { attemptsLeft } from "./armed.ts";
import { digestOf, uuidFrom } from "./canonical.ts";
import { compileAndroidItems } from "./compile-android-items.ts";
import { appForm } from "./compile-app.ts";
import { bookForm } from "./compile-book.ts";
import { needsOf, type TypedContent } from "./compile-needs.ts";
import type { AppleForm, Budget, ItemForms } from "./compiled.ts";
import { type Keep, rendererVersion, secretsIn, uuidNamespace } from "./compiled-content.ts";
import { withDeclarations } from "./declared-form.ts";
import { durationMs } from "./duration.ts";
import { profileEffects } from "./effects.ts";
import type { AppleProfile } from "./generated/manifest.ts";
import type { Content, Lasting, Payload, ProfileContent } from "./granted.ts";
import { type Manifest, manifestsOf, nameOf, type PolicySet } from "./manifest.ts";
import { certificateTypes, enrollingTypes } from "./payload-types.ts";
import { preferredForms } from "./preferred-forms.ts";

/** What a `.mobileconfig` says of itself. */
export interface ProfileFileInfo {
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly payloadTypes: readonly string[];
  /** `NAME/KEY` of the secrets that its texts ask for. */
  readonly secrets?: readonly string[];
  /** When it goes by itself. */
  readonly lasts?: Lasting;
  /** Its keys as manifests write values. */
  readonly keys?: Readonly<Record<string, unknown>>;
}

/** What the shell supplies to turn manifests into contents. */
export interface ContentPorts {
  readonly readProfileFile: (bytes: Uint8Array) => ProfileFileInfo | { readonly error: string };
  /**
   * A keyed fingerprint of a secret's value, so that a new value makes a new version without telling it.
   * Undefined where secrets cannot be read, as in CI.
   */
  readonly secretFingerprint: (name: string) => string | undefined;
  /** How often what was installed is looked at again, ms. */
  readonly driftCheckMs: number;
  /** What the daemon's configuration allows at most, whatever the policies say. */
  readonly removalCeiling: Budget;
  /** The same for devices that may be cut off; 100 devices and 10 % when absent. */
  readonly isolatingCeiling?: Budget | undefined;
  /** The same for the share of a group that may leave it at once. */
  readonly membershipLossCeiling?: number | undefined;
}

export interface CompiledItems {
  readonly forms: ReadonlyMap<string, ItemForms>;
  readonly contents: ReadonlyMap<string, Content>;
  /** Puts more into `contents`. */
  readonly keep: Keep;
}

/** Turns every Profile and App into the content that devices are sent, with its digest. */
export function compileItems(set: PolicySet, ports: ContentPorts): CompiledItems {
  const contents = new Map<string, Content>();
  const keep = (content: Content): string => {
    const digest = digestOf(content);
    contents.set(digest, content);
    return digest;
  };
  const android = compileAndroidItems(set, { keep, secretFingerprint: ports.secretFingerprint });
  const androidOf = (manifest: Pick<Manifest, "kind" | "name" | "metadata">): Pick<ItemForms, "android"> => {
    const form = android.get(nameOf(manifest));
    return form === undefined ? {} : { android: { ...form, ...formerKeys(manifest) } };
  };
  const forms = new Map<string, ItemForms>();
  for (const manifest of manifestsOf(set, "Profile")) {
    const apple = profileForm(manifest, set, ports, keep);
    const renamed = apple === undefined ? {} : { apple: { ...apple, ...formerKeys(manifest) } };
    forms.set(`Profile/${manifest.name}`, { ...renamed, ...androidOf(manifest) });
  }
  for (const manifest of manifestsOf(set, "App")) {
    const { name, spec } = manifest;
    const form = spec.apple === undefined ? undefined : appForm(spec.apple, keep, ports.secretFingerprint);
    const apple = form === undefined ? {} : { apple: { ...form, ...formerKeys(manifest) } };
    forms.set(`App/${name}`, { ...apple, ...androidOf(manifest) });
  }
  for (const manifest of manifestsOf(set, "Book"))
    forms.set(`Book/${manifest.name}`, {
      apple: { ...bookForm(manifest.spec, keep), ...formerKeys(manifest) },
    });
  return { forms, contents, keep };
}

function formerKeys({ kind, metadata }: Pick<Manifest, "kind" | "metadata">): Pick<AppleForm, "formerly"> {
  const names = metadata.renamedFrom ?? [];
  return names.length === 0 ? {} : { formerly: names.map((name) => `${kind}/${name}`) };
}

function profileForm(
  manifest: Manifest<"Profile">,
  set: PolicySet,
  ports: ContentPorts,
  keep: Keep,
): AppleForm | undefined {
  const { apple } = manifest.spec;
  const source = apple?.file === undefined ? payloadSource(manifest, set) : fileSource(apple, set, ports);
  const asProfile = source === undefined ? undefined : asProfileForm(manifest, source, ports, keep);
  const fingerprintsOf = (content: unknown): readonly string[] =>
    secretsIn(content).map((name) => `${name}=${ports.secretFingerprint(name) ?? "?"}`);
  const identifier = source?.content.identifier ?? profileIdentifierOf(manifest);
  const form = withDeclarations(manifest, identifier, asProfile, { keep, fingerprintsOf });
  if (form === undefined) return undefined;
  return { ...form, ...preferredForms(manifest, form, source?.types ?? [], { keep, fingerprintsOf }) };
}

/** What a Profile is when InstallProfile brings it, or a declaration that wraps it. */
function asProfileForm(
  manifest: Manifest<"Profile">,
  source: ProfileSource,
  ports: ContentPorts,
  keep: Keep,
): AppleForm {
  const options = optionsOf(manifest);
  const secrets = [
    ...new Set([...secretsIn([source.content.body, options.removable]), ...(source.secrets ?? [])]),
  ].sort();
  const fingerprints = secrets.map((name) => `${name}=${ports.secretFingerprint(name) ?? "?"}`);
  const shown = [source.content, options.scope, options.removable, ...(options.lasts ? [options.lasts] : [])];
  const lasts = options.lasts ?? source.lasts;
  const uuid = source.uuid ?? uuidFrom(uuidNamespace, digestOf([shown, rendererVersion, fingerprints]));
  const content = { ...source.content, ...options, uuid };
  const first = source.types.every((type) => certificateTypes.has(type)) ? { first: true as const } : {};
  const refused = source.refused === undefined ? {} : { refused: source.refused };
  const arms = attemptsLeft(source.payloads);
  const effects = profileEffects(source, uuid, fingerprints);
  const enrolls = source.types.some((type) => enrollingTypes.has(type)) ? { enrolls: true as const } : {};
  return {
    id: content.identifier,
    digest: keep(content),
    uuid,
    scope: content.scope,
    secrets,
    needs: needsOf(source.payloads),
    ...first,
    ...enrolls,
    ...(arms === undefined ? {} : { arms }),
    ...effects,
    ...(lasts === undefined ? {} : { lasts }),
    ...refused,
  };
}

interface ProfileSource {
  readonly content: Pick<ProfileContent, "kind" | "identifier" | "displayName" | "body">;
  readonly types: readonly string[];
  readonly payloads: readonly TypedContent[];
  /** Why it cannot be given as declared: what a device would ignore is never counted as done. */
  readonly refused?: string;
  /** Of a file, whose texts the body does not show. */
  readonly secrets?: readonly string[];
  /** Of a file, which says itself when it goes. */
  readonly lasts?: Lasting;
  /** Only of a verbatim file: its own. */
  readonly uuid?: string;
}

/** Payloads written in Apple's keys and those that the `settings` block becomes make one profile. */
function payloadSource(manifest: Manifest<"Profile">, set: PolicySet): ProfileSource | undefined {
  const { apple, settings } = manifest.spec;
  const written = (apple?.payloads ?? []).map((payload): Payload => {
    const displayName = payload.displayName === undefined ? {} : { displayName: payload.displayName };
    return {
      type: payload.type,
      name: payload.name ?? lastPartOf(payload.type),
      content: payload.content,
      ...displayName,
    };
  });
  const identifier = profileIdentifierOf(manifest);
  const rendered =
    settings === undefined
      ? nothingRendered
      : renderAppleSettings(settings, (path) => set.files.get(path), identifier);
  const payloads = [...written, ...rendered.payloads];
  const refused = rendered.inexpressible.map(({ path, reason }) => `settings.${path}: ${reason}`);
  if (payloads.length === 0 && refused.length === 0) return undefined;
  return {
    content: {
      kind: "Profile",
      identifier,
      displayName: manifest.spec.displayName ?? manifest.name,
      body: { type: "payloads", payloads },
    },
    types: payloads.map((payload) => payload.type),
    payloads,
    ...(refused[0] === undefined ? {} : { refused: refused[0] }),
  };
}

function profileIdentifierOf({ name, spec }: Manifest<"Profile">): string {
  return spec.identifier ?? `reeve.profile.${name}`;
}

const nothingRendered: ReturnType<typeof renderAppleSettings> = { payloads: [], inexpressible: [] };

/** `com.apple.wifi.managed` is `managed`: what tells payloads apart unless they are named. */
function lastPartOf(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1);
}

function fileSource(apple: AppleProfile, set: PolicySet, ports: ContentPorts): ProfileSource | undefined {
  const bytes = apple.file === undefined ? undefined : set.files.get(apple.file);
  if (bytes === undefined) return undefined;
  const info = ports.readProfileFile(bytes);
  if ("error" in info) return undefined;
  const verbatim = apple.verbatim === true;
  return {
    content: {
      kind: "Profile",
      identifier: info.identifier,
      displayName: info.displayName,
      body: { type: "file", bytes: Buffer.from(bytes).toString("base64"), verbatim },
    },
    types: info.payloadTypes,
    ...(info.lasts === undefined ? {} : { lasts: info.lasts }),
    payloads: payloadsIn(info.keys),
    ...(verbatim ? { uuid: info.uuid } : { secrets: info.secrets ?? [] }),
  };
}

/** The payloads of a file, as far as they can be read. */
function payloadsIn(keys: ProfileFileInfo["keys"]): readonly TypedContent[] {
  const payloads = keys?.PayloadContent;
  if (!Array.isArray(payloads)) return [];
  return payloads.map((content) => ({ type: String(content.PayloadType), content }));
}

function optionsOf(
  manifest: Manifest<"Profile">,
): Pick<ProfileContent, "scope" | "removable" | "signed" | "encrypt" | "lasts"> {
  const { spec } = manifest;
  const lasts = {
    ...(spec.removeAt === undefined ? {} : { at: Date.parse(spec.removeAt) }),
    ...(spec.removeAfter === undefined ? {} : { afterMs: durationMs(spec.removeAfter) }),
  };
  return {
    scope: spec.scope ?? "device",
    removable: spec.removable ?? "never",
    signed: spec.apple?.signed ?? true,
    encrypt: spec.apple?.encrypt ?? "auto",
    ...(Object.keys(lasts).length === 0 ? {} : { lasts }),
  };
}
