import { neverWipesDays } from "./android-policy/enforcement.ts";
import { renderAndroidPolicy } from "./android-policy/render-policy.ts";
import { type Arm, androidArm, armsIn } from "./armed.ts";
import { canonical } from "./canonical.ts";
import type { Compiled } from "./compiled.ts";
import { isPerDevice } from "./compiled-content.ts";
import type { Desired } from "./desired.ts";
import type { Facts } from "./facts.ts";
import type { Interned } from "./ports.ts";

/** What a device erases itself by, once it has all that it is to have. */
export interface Outcome extends Pick<Arm, "by" | "limit" | "text"> {
  /** What the setting is that it erases itself over. */
  readonly value?: string;
}

/** What these devices come to erase themselves by. What a policy only watches comes to none of them. */
export function outcomesOf(
  compiled: Compiled,
  { items, inventory }: Desired,
  facts: Interned<Facts>,
): readonly Outcome[] {
  const given = items.filter((item) => !item.observe);
  const apple = given.flatMap(({ key, policy, kind }) => {
    if (kind === "AndroidFragment" || kind === "AndroidApp") return [];
    const use = compiled.policies.find(({ name }) => name === policy)?.uses.find((one) => one.key === key);
    return use === undefined ? [] : armsIn(use).filter(({ by }) => by === "apple");
  });
  if (!given.some(({ kind }) => kind === "AndroidFragment")) return apple;
  const contentOf = (digest: string) => compiled.contents.get(digest);
  const { arms, body } = renderAndroidPolicy({ items: given, inventory }, contentOf);
  const android = arms.flatMap((arm): readonly Outcome[] => {
    if (arm.type !== "not-kept") return [androidArm(arm)];
    // Every policy has rules of reeve's own, which end after so long.
    if (arm.wipesAfterDays >= neverWipesDays) return [];
    const value = body[arm.setting];
    // What is made from facts of the device is another value when they are others.
    return [{ ...androidArm(arm), value: canonical([value ?? null, isPerDevice(value) ? facts.id : ""]) }];
  });
  return [...apple, ...android];
}

/** True when a device that has `by` erases itself no later than `outcome` says. */
export function isWithin(outcome: Outcome, by: Outcome): boolean {
  return by.by === outcome.by && by.limit <= outcome.limit && by.value === outcome.value;
}
