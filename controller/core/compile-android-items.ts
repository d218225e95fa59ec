import { type AndroidPorts, fragmentForm } from "./compile-android.ts";
import { androidAppForm } from "./compile-android-app.ts";
import type { AndroidForm, ItemUse } from "./compiled.ts";
import { manifestsOf, nameOf, type PolicySet } from "./manifest.ts";

/** What every Profile and App is on Android devices, by its key; those that say nothing for them are not there. */
export function compileAndroidItems(
  set: PolicySet,
  ports: Omit<AndroidPorts, "fileOf">,
): ReadonlyMap<string, AndroidForm> {
  const forms = new Map<string, AndroidForm>();
  const all = { ...ports, fileOf: (path: string) => set.files.get(path) };
  for (const manifest of manifestsOf(set, "Profile")) {
    const form = fragmentForm(manifest, all);
    if (form !== undefined) forms.set(nameOf(manifest), form);
  }
  const wishes = wishesOf(set);
  for (const manifest of manifestsOf(set, "App")) {
    const { android } = manifest.spec;
    if (android !== undefined)
      forms.set(nameOf(manifest), androidAppForm(manifest, android, wishes.get(manifest.name) ?? [], all));
  }
  return forms;
}

/** How policies want each app. */
function wishesOf(set: PolicySet): ReadonlyMap<string, ReadonlySet<ItemUse["install"]>> {
  const wishes = new Map<string, Set<ItemUse["install"]>>();
  for (const { spec } of manifestsOf(set, "Policy"))
    for (const { name, install = "required" } of spec.apps ?? [])
      wishes.set(name, (wishes.get(name) ?? new Set()).add(install));
  return wishes;
}
