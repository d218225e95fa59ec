import { type Arm, armsIn } from "./armed.ts";
import { saidOf } from "./armed-settings.ts";
import { isAtStake, isRival, type Stake } from "./armed-stake.ts";
import { canonical } from "./canonical.ts";
import type { Compiled, CompiledPolicy, CompiledTarget, ItemUse } from "./compiled.ts";

/** What a policy says of what is at stake. */
export interface Statements {
  readonly policy: string;
  readonly target: CompiledTarget;
  /** One for each item. `shape` is how it is wanted, `text` that and what it is: equal ones decide alike. */
  readonly said: readonly Said[];
  /** What Android settings are said to be, by setting. */
  readonly settings: readonly { readonly setting: string; readonly text: string }[];
  /** The values of its items that may be in conflict with those of others, and who can have them. */
  readonly rivals: readonly Omit<Said, "shape">[];
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
    const rivals = policy.uses.filter((use) => isRival(use, stake));
    const all = [...uses, ...rivals];
    if (all.length === 0) return [];
    const { name, target, priority, mode, rollout } = policy;
    const shapeOf = (use: ItemUse): string =>
      canonical([use.key, priority, mode, use.install, use.drift, use.onLeave]);
    const settings = uses.flatMap((use) =>
      [...stake.settings].flatMap((setting) => {
        const said = saidOf(compiled, use, setting);
        return said === undefined ? [] : [{ setting, text: canonical([use.key, priority, mode, said]) }];
      }),
    );
    const said = uses.map((use) => {
      const shape = shapeOf(use);
      return { key: use.key, shape, text: `${shape} ${canonical(contentOf(compiled, use, stake))}` };
    });
    return [
      {
        policy: name,
        target,
        said,
        settings,
        rivals: rivals.map((use) => ({
          key: use.key,
          text: `${shapeOf(use)} ${canonical(valuesOf(use, stake))}`,
        })),
        arms: mode === "observe" ? [] : uses.flatMap(armsIn),
        rolls: rollout !== undefined,
        secret: all.some(usesSecret),
      },
    ];
  });
}

/** All of an item that arms somewhere; of any other what it says of the settings, and who can have it. */
function contentOf(compiled: Compiled, use: ItemUse, { keys, settings }: Stake): unknown {
  const { apple, android } = use.forms;
  if (!keys.has(use.key)) return [[...settings].map((one) => saidOf(compiled, use, one)), whoHas(use)];
  const { places: _places, ...form } = android ?? {};
  return [apple, form];
}

/** What an item decides of the values at stake, and who can have it. */
function valuesOf(use: ItemUse, { values }: Stake): unknown {
  const own = Object.entries({ ...use.forms.android?.values });
  return [own.filter(([path]) => values.has(path)), whoHas(use)];
}

function whoHas({ forms: { android } }: ItemUse): unknown {
  return [android?.needs, android?.refused, android?.secrets];
}

function usesSecret({ forms: { apple, android } }: ItemUse): boolean {
  return [apple, android].some((form) => form?.secrets[0] !== undefined);
}

/** An exemption of what is at stake. */
export interface Lift {
  readonly target: CompiledTarget;
  readonly keys: readonly string[];
  readonly text: string;
}

/** The items that these statements are about. */
export function keysOf(statements: readonly Statements[]): ReadonlySet<string> {
  return new Set(statements.flatMap(({ said, rivals }) => [...said, ...rivals].map(({ key }) => key)));
}

/** The exemptions that lift one of these items, now or later, and are not over. */
export function liftsOf(
  { exemptions }: Pick<Compiled, "exemptions">,
  known: ReadonlySet<string>,
  now: number,
): readonly Lift[] {
  return exemptions.flatMap(({ target, lift, from, until }) => {
    const keys = [...lift].filter((key) => known.has(key)).sort();
    return until <= now || keys.length === 0 ? [] : [{ target, keys, text: canonical([keys, from, until]) }];
  });
}
