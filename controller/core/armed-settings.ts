import { earlierFor } from "./armed-reach.ts";
import type { Compiled, CompiledPolicy, ItemUse } from "./compiled.ts";
import { equal } from "./equal.ts";

/**
 * What `after` says anew of Android settings that a rule erases devices over, a sentence part for each: an item that
 * says another thing of one, or says it to others than before. Who let a rule be had decided about what it was on then;
 * a version of Android that nobody has, or a password that nobody can set, erases everybody who is under it.
 */
export function changedUnderRules(before: Compiled | undefined, after: Compiled): readonly string[] {
  const rules = rulesOf(after);
  if (rules.size === 0) return [];
  const found = after.policies.filter(isCarriedOut).flatMap((policy) => {
    const earlier = earlierFor(before, after, policy);
    return policy.uses.flatMap((use) => {
      const uses = earlier.flatMap(({ compiled, policy: { uses: known } }) =>
        known.filter(({ key }) => key === use.key).map((one) => ({ compiled, use: one })),
      );
      return [...rules].flatMap(([setting, days]) => {
        const said = saidOf(after, use, setting);
        const isKnown = uses.some((one) => equal(saidOf(one.compiled, one.use, setting), said));
        if (said === undefined || isKnown) return [];
        return [
          `Policy/${policy.name} ${use.key} changes ${setting}, and Android devices erase themselves after ${days === 1 ? "1 day" : `${days} days`} on which it is not kept`,
        ];
      });
    });
  });
  return [...new Set(found)];
}

/** The settings that rules in force wipe over, with the fewest days. */
function rulesOf({ policies }: Compiled): ReadonlyMap<string, number> {
  const rules = new Map<string, number>();
  for (const { forms } of policies.filter(isCarriedOut).flatMap(({ uses }) => uses))
    for (const arm of forms.android?.arms ?? []) {
      if (arm.type !== "not-kept") continue;
      rules.set(arm.setting, Math.min(arm.wipesAfterDays, rules.get(arm.setting) ?? arm.wipesAfterDays));
    }
  return rules;
}

function isCarriedOut({ mode }: CompiledPolicy): boolean {
  return mode !== "observe";
}

/** What an item says of a setting at the top of a policy; undefined when that is nothing. */
export function saidOf({ contents }: Compiled, { forms, install }: ItemUse, setting: string): unknown {
  const digest = forms.android?.digests[install];
  const content = digest === undefined ? undefined : contents.get(digest);
  if (content?.kind === "AndroidFragment") return content.policy[setting];
  return content?.kind === "AndroidApp" && setting === "applications" ? content.application : undefined;
}
