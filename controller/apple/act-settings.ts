import { settingItems, settingKeys } from "../core/apple-acts.ts";
import { Stalled } from "../errors.ts";
import { dictAt, isDict, type PlistDict, type PlistValue } from "./wire/plist.ts";

/** The elements of Settings, in the order of their names. Throws Stalled when there is none, or one that is unknown. */
export function settingsOf(parameters: PlistDict): PlistValue[] {
  const names = Object.keys(parameters).sort();
  if (names.length === 0) throw new Stalled("act-parameters", "no setting is named");
  const items = new Map<string, PlistDict>();
  for (const name of names) {
    const Item = settingItems[name];
    if (Item === undefined) throw new Stalled("act-parameters", `${name} is no setting`);
    items.set(Item, merged(items.get(Item) ?? { Item }, fieldsOf(name, Item, parameters)));
  }
  return [...items.values()];
}

/** RecommendationCadence in the words of the manifest. */
const cadences: Readonly<Record<string, number>> = { all: 0, lowest: 1, highest: 2 };

/** Wallpaper's Where in the words of the manifest. */
const screens: Readonly<Record<string, number>> = { lock: 1, home: 2, both: 3 };

function fieldsOf(name: string, item: string, parameters: PlistDict): PlistDict {
  const value = parameters[name];
  switch (name) {
    case "activationLock":
      return { MDMOptions: { ActivationLockAllowedWhileSupervised: value === true } };
    case "promptForBootstrapToken":
      return { MDMOptions: { PromptUserToAllowBootstrapTokenForAuthentication: value === true } };
    case "updateCadence":
      return { RecommendationCadence: cadences[String(value)] ?? 0 };
    case "wallpaper":
      return wallpaper(dictAt(parameters, name) ?? {});
    case "organization":
      return { OrganizationInfo: renamed(name, dictAt(parameters, name)) };
    case "accessibility":
    case "sharedIpad":
      return renamed(name, dictAt(parameters, name));
    default:
      return typeof value === "boolean" ? { Enabled: value } : { [item]: filled(name, value) };
  }
}

function filled(name: string, value: PlistValue | undefined): PlistValue {
  if (value === undefined || value === "") throw new Stalled("act-parameters", `${name} is empty`);
  return value;
}

function wallpaper({ image, where = "both" }: PlistDict): PlistDict {
  if (!(image instanceof Uint8Array)) throw new Stalled("act-parameters", "the wallpaper's image is missing");
  return { Image: image, Where: screens[String(where)] ?? 3 };
}

function renamed(name: string, values: PlistDict | undefined): PlistDict {
  let fields: PlistDict = {};
  for (const [key, value] of Object.entries(values ?? {})) {
    const path = settingKeys[name]?.[key];
    if (path !== undefined) fields = merged(fields, below(path, value));
  }
  return fields;
}

function below([key = "", ...rest]: readonly string[], value: PlistValue): PlistDict {
  return { [key]: rest.length === 0 ? value : below(rest, value) };
}

/** Both, with the keys of dictionaries that both have together. */
function merged(first: PlistDict, second: PlistDict): PlistDict {
  const entries = Object.entries(second).map(([key, value]) => {
    const known = first[key];
    return [key, isDict(known) && isDict(value) ? merged(known, value) : value] as const;
  });
  return { ...first, ...Object.fromEntries(entries) };
}
