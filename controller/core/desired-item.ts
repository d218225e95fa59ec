import { shownBy } from "./app-settings.ts";
import type { AppleForm, CompiledPolicy, DeclaredForm, ItemUse } from "./compiled.ts";
import { partsFor } from "./declared-item.ts";
import type { DesiredItem } from "./desired.ts";
import type { Platform } from "./facts.ts";

/** What a line of a policy asks of one device: an item of its form, or the restriction that blocks it. */
export function itemOf(
  policy: CompiledPolicy,
  use: ItemUse,
  form: AppleForm,
  platform: Platform,
): DesiredItem {
  const wish = { key: use.key, drift: use.drift, policy: policy.name, after: [] };
  const place = { origin: use.origin, observe: policy.mode === "observe" };
  if (use.install === "blocked" && form.blocked !== undefined)
    return { ...wish, ...place, ...form.blocked, kind: "Profile", install: "required", onLeave: "remove" };
  return {
    ...wish,
    ...place,
    kind: kindOf(use.key),
    id: form.id,
    digest: form.digest,
    install: use.install === "installed" ? "installed" : "required",
    onLeave: use.onLeave,
    ...(form.uuid === undefined ? {} : { uuid: form.uuid }),
    ...(form.first === undefined ? {} : { first: form.first }),
    ...(form.enrolls === undefined ? {} : { enrolls: form.enrolls }),
    ...(form.base === undefined ? {} : { base: form.base }),
    ...(form.licence === undefined ? {} : { licence: form.licence }),
    ...(form.updates === undefined ? {} : { updates: form.updates }),
    ...(form.stays === undefined ? {} : { stays: form.stays }),
    ...shownBy(form.shownBy, platform),
    ...(form.lasts === undefined ? {} : { lasts: form.lasts }),
    ...(form.formerly === undefined ? {} : { formerly: form.formerly }),
    ...(form.effects === undefined ? {} : { effects: form.effects }),
  };
}

/** The item as what it is by declaration on a platform. */
export function declaredItem(
  { uuid: _uuid, first: _first, ...item }: DesiredItem,
  { digest, parts, wraps }: DeclaredForm,
  platform: Platform,
): DesiredItem {
  const wrapping = wraps === undefined ? {} : { wraps };
  return {
    ...item,
    kind: "Declarations",
    digest,
    parts: partsFor(item.id, parts, platform),
    ...wrapping,
  };
}

/** The same, of what goes as a profile to devices that do not take declarations. */
export function preferredItem(item: DesiredItem, form: DeclaredForm, platform: Platform): DesiredItem {
  const { digest, uuid } = item;
  const declared = declaredItem(item, form, platform);
  return uuid === undefined ? item : { ...declared, orProfile: { digest, uuid } };
}

function kindOf(key: string): "Profile" | "App" | "Book" {
  if (key.startsWith("App/")) return "App";
  return key.startsWith("Book/") ? "Book" : "Profile";
}
