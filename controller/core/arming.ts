import { type Arm, armsIn } from "./armed.ts";
import { saidOf } from "./armed-settings.ts";
import { canonical } from "./canonical.ts";
import type { Compiled, CompiledPolicy, CompiledTarget, ItemUse } from "./compiled.ts";
import { allVersions } from "./seen-policies.ts";

/** What is at stake where devices may erase themselves: the items that let them, and Android settings beside which. */
export interface Stake {
  readonly keys: ReadonlySet<string>;
  readonly settings: ReadonlySet<string>;
}

/** What arms in some policy of these sets, or undefined when nothing does. */
export function stakeIn(sets: readonly Compiled[]): Stake | undefined {
  const keys = new Set<string>();
  const settings = new Set<string>();
  for (const use of sets.flatMap(allVersions).flatMap(({ uses }) => uses)) {
    if (armsIn(use).length === 0) continue;
    keys.add(use.key);
    for (const arm of use.forms.android?.arms ?? []) if (arm.type === "not-kept") settings.add(arm.setting);
    // Two items that decide any of these differently may keep each other off a device.
    for (const setting of settingsIn(use)) settings.add(setting);
  }
  return keys.size === 0 ? undefined : { keys, settings };
}

/** The settings of Google's that an item says something of, at the top of a policy. */
function settingsIn({ forms: { android } }: ItemUse): readonly string[] {
  if (android === undefined) return [];
  if (android.kind === "AndroidApp") return ["applications"];
  return Object.keys({ ...android.places, ...android.values }).map(
    (path) => path.split(/[.[]/, 1)[0] ?? path,
  );
}

/** What a policy says of what is at stake. */
export interface Statements {
  readonly policy: string;
  readonly target: CompiledTarget;
  /** One for each item. `shape` is how it is wanted, `text` that and what it is: equal ones decide alike. */
  readonly said: readonly Said[];
  /** What Android settings are said to be, by setting. */
  readonly settings: readonly { readonly setting: string; readonly text: string }[];
  readonly arms: readonly Arm[];
  /** Its changes reach devices in waves. */
  readonly rolls: boolean;
  /** Some of it uses a secret: then it matters on whose word a device is targeted. */
  readonly secret: boolean;
}

export interface Said {
  readonly key: string;
  readonly shape: string;
  readonly text: string;
}

/** The statements of these policies about what is at stake; policies that say nothing of it are left out. */
export function statementsOf(
  compiled: Compiled,
  policies: readonly CompiledPolicy[],
  stake: Stake,
): readonly Statements[] {
  return policies.flatMap((policy) => {
    const uses = policy.uses.filter((use) => isAtStake(use, stake));
    if (uses.length === 0) return [];
    const { name, target, priority, mode } = policy;
    const about = [...stake.settings].sort();
    const settings = uses.flatMap((use) =>
      about.flatMap((setting) => {
        const said = saidOf(compiled, use, setting);
        return said === undefined ? [] : [{ setting, text: canonical([use.key, priority, mode, said]) }];
      }),
    );
    const said = uses.map((use) => {
      const shape = canonical([use.key, priority, mode, use.install, use.drift, use.onLeave]);
      return { key: use.key, shape, text: `${shape} ${canonical(contentOf(compiled, use, stake, about))}` };
    });
    const arms = mode === "observe" ? [] : uses.flatMap(armsIn);
    return [
      {
        policy: name,
        target,
        said,
        settings,
        arms,
        rolls: policy.rollout !== undefined,
        secret: uses.some(usesSecret),
      },
    ];
  });
}

function isAtStake(use: ItemUse, { keys, settings }: Stake): boolean {
  return keys.has(use.key) || settingsIn(use).some((setting) => settings.has(setting));
}

/** All of an item that arms somewhere; of any other what it says of the settings, and who can have it. */
function contentOf(compiled: Compiled, use: ItemUse, { keys }: Stake, about: readonly string[]): unknown {
  const { apple, android } = use.forms;
  const whole = keys.has(use.key);
  const { needs, refused, secrets, values } = android ?? {};
  const settings = whole
    ? [android?.digests[use.install], values]
    : about.map((setting) => saidOf(compiled, use, setting) ?? null);
  if (!whole || apple === undefined) return [settings, needs, refused, secrets];
  const { digest, declared, preferred = [], scope } = apple;
  const ways = [digest, declared?.digest, ...preferred.map((one) => one.digest)];
  return [settings, needs, refused, secrets, ways, scope, apple.needs, apple.refused, apple.secrets];
}

function usesSecret({ forms: { apple, android } }: ItemUse): boolean {
  return (apple?.secrets.length ?? 0) + (android?.secrets.length ?? 0) > 0;
}

/** An exemption of what is at stake. */
export interface Lift {
  readonly target: CompiledTarget;
  readonly keys: readonly string[];
  readonly text: string;
}

/** The exemptions that lift one of these items, now or later, and are not over. */
export function liftsOf(
  { exemptions }: Compiled,
  statements: readonly Statements[],
  now: number,
): readonly Lift[] {
  const known = new Set(statements.flatMap(({ said }) => said.map(({ key }) => key)));
  return exemptions.flatMap(({ target, lift, from, until }) => {
    const keys = [...lift].filter((key) => known.has(key)).sort();
    return until <= now || keys.length === 0 ? [] : [{ target, keys, text: canonical([keys, from, until]) }];
  });
}
