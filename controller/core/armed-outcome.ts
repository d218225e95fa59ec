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
  const isAndroid = given.some(({ kind }) => kind === "AndroidFragment");
  return isAndroid ? onAndroid(compiled, { items: given, inventory }, facts) : onApple(compiled, given);
}

function onApple({ policies }: Compiled, given: Desired["items"]): readonly Outcome[] {
  const usesOf = (policy: string) => policies.find(({ name }) => name === policy)?.uses ?? [];
  const uses = given.flatMap(({ key, policy }) => usesOf(policy).filter((one) => one.key === key));
  return uses.flatMap(armsIn).filter(({ by }) => by === "apple");
}

function onAndroid(
  { contents }: Compiled,
  given: Pick<Desired, "items" | "inventory">,
  facts: Interned<Facts>,
): readonly Outcome[] {
  const { arms, body } = renderAndroidPolicy(given, (digest) => contents.get(digest));
  return arms.flatMap((arm): readonly Outcome[] => {
    if (arm.type !== "not-kept") return [androidArm(arm)];
    // Every policy has rules of reeve's own, which end after so long.
    if (arm.wipesAfterDays >= neverWipesDays) return [];
    const value = body[arm.setting];
    // What is made from facts of the device is another value when they are others.
    return [{ ...androidArm(arm), value: canonical([value, isPerDevice(value) ? facts.id : ""]) }];
  });
}

/** True when a device that has `by` erases itself no later than `outcome` says. */
export function isWithin(outcome: Outcome, by: Outcome): boolean {
  return by.by === outcome.by && by.limit <= outcome.limit && by.value === outcome.value;
}
