import { armsOfAndroid } from "./android-armed.ts";
import type { AndroidNeed } from "./android-needs.ts";
import { partNeeds } from "./android-part-needs.ts";
import { buildBody } from "./android-policy/build-body.ts";
import { type Fields, type Leaf, leafPath, leavesOf } from "./android-policy/leaves.ts";
import { type Decided, mergeLeaves } from "./android-policy/merge-leaves.ts";
import { agreedValue } from "./android-policy/strength.ts";
import { unnamedAppsIn } from "./android-policy/unnamed-apps.ts";
import { type Expressed, type PolicyPart, renderAndroidSettings } from "./android-settings.ts";
import { canonical, digestOf } from "./canonical.ts";
import type { AndroidForm } from "./compiled.ts";
import { isPerDevice, type Keep, secretsIn } from "./compiled-content.ts";
import { androidEffects, mergeEffects } from "./effects.ts";
import type { Manifest } from "./manifest.ts";
import type { Origin } from "./origin.ts";
import { pathText } from "./path-text.ts";

/** What the shell and the policy set supply. */
export interface AndroidPorts {
  readonly keep: Keep;
  /** A keyed fingerprint of a secret's value; undefined where secrets cannot be read. */
  readonly secretFingerprint: (name: string) => string | undefined;
  readonly fileOf: (path: string) => Uint8Array | undefined;
}

/** What a Profile is on Android devices, its content kept; undefined when it says nothing for them. */
export function fragmentForm(manifest: Manifest<"Profile">, ports: AndroidPorts): AndroidForm | undefined {
  const { spec } = manifest;
  // No user of an Android device is managed apart from it.
  if (spec.scope === "user") return undefined;
  const { parts, inexpressible } = androidPartsOf(manifest, ports.fileOf);
  if (parts.length === 0 && inexpressible.length === 0) return undefined;
  const leaves = parts.flatMap((part) => leavesOf(part.policy).map((leaf) => ({ leaf, part })));
  const decided = decidedIn(parts);
  const { body } = buildBody(decided);
  const secrets = secretsIn(body);
  const content = {
    kind: "AndroidFragment" as const,
    displayName: spec.displayName ?? manifest.name,
    policy: body,
    ...fingerprintOf(secrets, ports),
  };
  const reasons = inexpressible.map(({ at, reason }) => `${pathText(at)}: ${reason}`);
  const needs = needsOf(parts);
  // Google's own rules never hold: a rendered policy always has some.
  const arms = armsOfAndroid(body).filter((arm) => arm.type !== "not-kept" || arm.byDefault !== true);
  const unnamed = unnamedAppsIn(body);
  const mark = fingerprintOf(secrets, ports).fingerprint;
  const effects = mergeEffects(androidEffects(body, { arms: arms.length > 0, mark }));
  return {
    kind: "AndroidFragment",
    id: spec.identifier ?? `reeve.profile.${manifest.name}`,
    digests: { required: ports.keep(content) },
    secrets,
    ...(parts.length === 0 ? { refused: reasons[0] ?? "" } : {}),
    ...(parts.length === 0 || reasons.length === 0 ? {} : { ignored: reasons }),
    ...(needs.length === 0 ? {} : { needs }),
    ...(arms.length === 0 ? {} : { arms }),
    ...(effects === undefined ? {} : { effects }),
    ...(isPerDevice(body) ? { perDevice: true as const } : {}),
    ...(unnamed === undefined ? {} : { unnamed }),
    values: Object.fromEntries(
      [...decided].map(([path, { leaf }]) => [path, digestOf(agreedValue(leaf)).slice(0, 16)]),
    ),
    places: placesOf(manifest, leaves),
  };
}

/** What the parts of one Profile decide together: what is said in Google's own keys before what the settings become. */
export function decidedIn(parts: readonly PolicyPart[]): ReadonlyMap<string, Decided> {
  return mergeLeaves(
    parts.map((part, index) => ({
      item: String(index).padStart(4, "0"),
      priority: part.at[0] === "android" ? 1 : 0,
      leaves: leavesOf(part.policy),
    })),
  ).decided;
}

/** What a Profile says for Android, part by part, and what no policy can say. */
export function androidPartsOf(
  { spec }: Pick<Manifest<"Profile">, "spec">,
  fileOf: AndroidPorts["fileOf"],
): Expressed {
  const rendered =
    spec.settings === undefined
      ? { parts: [], inexpressible: [] }
      : renderAndroidSettings(spec.settings, fileOf);
  const written: readonly PolicyPart[] =
    spec.android === undefined ? [] : [{ at: ["android"], policy: spec.android as Fields }];
  const parts = [...rendered.parts, ...written];
  const leaving = (["removeAt", "removeAfter"] as const).filter((field) => spec[field] !== undefined);
  const reason = "Android keeps a setting until its policy has it no more";
  return {
    parts,
    inexpressible: [
      ...rendered.inexpressible,
      ...(parts.length === 0 ? [] : leaving.map((field) => ({ at: [field], reason }))),
    ],
  };
}

/** So that another value of a secret makes another content. */
export function fingerprintOf(
  secrets: readonly string[],
  { secretFingerprint }: Pick<AndroidPorts, "secretFingerprint">,
): { readonly fingerprint?: string } {
  if (secrets.length === 0) return {};
  return { fingerprint: digestOf(secrets.map((name) => `${name}=${secretFingerprint(name) ?? "?"}`)) };
}

/** Needs that are alike in one. */
function needsOf(parts: readonly PolicyPart[]): readonly AndroidNeed[] {
  const alike = new Map<string, { readonly need: Omit<AndroidNeed, "names">; readonly names: string[] }>();
  for (const { at, need } of partNeeds(parts)) {
    const text = canonical(need);
    const known = alike.get(text) ?? { need, names: [] };
    known.names.push(pathText(at));
    alike.set(text, known);
  }
  return [...alike.values()].map(({ need, names }) => ({ names: [...new Set(names)], ...need }));
}

function placesOf(
  manifest: Manifest<"Profile">,
  leaves: readonly { readonly leaf: Leaf; readonly part: PolicyPart }[],
): Readonly<Record<string, Origin>> {
  return Object.fromEntries(
    leaves.map(({ leaf, part }) => {
      const inside = part.at[0] === "android" ? leaf.at : [];
      return [leafPath(leaf.steps), manifest.at(["spec", ...part.at, ...inside]).origin];
    }),
  );
}
