import { armsIn } from "./armed.ts";
import type { Compiled, ItemUse } from "./compiled.ts";
import { allVersions } from "./seen-policies.ts";

/** What is at stake where devices may erase themselves. */
export interface Stake {
  /** The items that let them. */
  readonly keys: ReadonlySet<string>;
  /** Settings of Android that these items say, or that devices erase themselves over. */
  readonly settings: ReadonlySet<string>;
  /** Values of all items that say so: who decides one of them otherwise at the same priority takes both off a device. */
  readonly values: ReadonlySet<string>;
}

/** What arms in some policy of these sets, or undefined when nothing does. */
export function stakeIn(sets: readonly Compiled[]): Stake | undefined {
  const uses = sets.flatMap(allVersions).flatMap((policy) => policy.uses);
  const arming = uses.filter((use) => armsIn(use).length > 0);
  if (arming.length === 0) return undefined;
  const keys = new Set(arming.map(({ key }) => key));
  const settings = new Set(arming.flatMap((use) => [...ruledIn(use), ...settingsIn(use)]));
  const values = new Set(uses.filter((use) => isAtStake(use, { keys, settings })).flatMap(valuesIn));
  return { keys, settings, values };
}

/** True for an item that arms somewhere, or that says one of the settings at stake. */
export function isAtStake(use: ItemUse, { keys, settings }: Pick<Stake, "keys" | "settings">): boolean {
  return keys.has(use.key) || settingsIn(use).some((setting) => settings.has(setting));
}

/** True for an item that may keep one that is at stake off a device, and be kept off with it. */
export function isRival(use: ItemUse, { values }: Pick<Stake, "values">): boolean {
  return valuesIn(use).some((path) => values.has(path));
}

/** The settings that devices with an item erase themselves over. */
function ruledIn({ forms: { android } }: ItemUse): readonly string[] {
  return (android?.arms ?? []).flatMap((arm) => (arm.type === "not-kept" ? [arm.setting] : []));
}

/** The settings of Google's that an item says something of, at the top of a policy. */
function settingsIn({ forms: { android } }: ItemUse): readonly string[] {
  return Object.keys({ ...android?.places }).map((path) => path.replace(/[.[].*/s, ""));
}

function valuesIn({ forms: { android } }: ItemUse): readonly string[] {
  return Object.keys({ ...android?.values });
}
