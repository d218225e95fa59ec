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

/**
 * What these devices come to erase themselves by. What a policy only watches comes to none of them. It is worked out once
 * for all devices that have the same desired state, which is one object (desired-states.ts).
 */
export function outcomesOf(
  compiled: Compiled,
  desired: Pick<Desired, "items" | "inventory">,
  facts: Interned<Facts>,
): readonly Outcome[] {
  const found = known.get(desired) ?? cameTo(compiled, desired);
  known.set(desired, found);
  return found.map(({ of, ...outcome }) => {
    if (of === undefined) return outcome;
    // What is made from facts of the device is another value when they are others.
    return { ...outcome, value: canonical([of.value, isPerDevice(of.value) ? facts.id : ""]) };
  });
}

/** An outcome for whichever of the devices. `of` is what the setting is that they erase themselves over. */
interface CameTo extends Omit<Outcome, "value"> {
  readonly of?: { readonly value: unknown };
}

const known = new WeakMap<object, readonly CameTo[]>();

function cameTo(
  compiled: Compiled,
  { items, inventory }: Pick<Desired, "items" | "inventory">,
): readonly CameTo[] {
  const given = items.filter((item) => !item.observe);
  const isAndroid = given.some(({ kind }) => kind === "AndroidFragment");
  return isAndroid ? onAndroid(compiled, { items: given, inventory }) : onApple(compiled, given);
}

function onApple({ policies }: Compiled, given: Desired["items"]): readonly CameTo[] {
  const usesOf = (policy: string) => policies.find(({ name }) => name === policy)?.uses ?? [];
  const uses = given.flatMap(({ key, policy }) => usesOf(policy).filter((one) => one.key === key));
  return uses.flatMap(armsIn).filter(({ by }) => by === "apple");
}

function onAndroid({ contents }: Compiled, given: Pick<Desired, "items" | "inventory">): readonly CameTo[] {
  const { arms, body } = renderAndroidPolicy(given, (digest) => contents.get(digest));
  return arms.flatMap((arm): readonly CameTo[] => {
    if (arm.type !== "not-kept") return [androidArm(arm)];
    // Every policy has rules of reeve's own, which end after so long.
    if (arm.wipesAfterDays >= neverWipesDays) return [];
    return [{ ...androidArm(arm), of: { value: body[arm.setting] } }];
  });
}

/** True when a device that has `by` erases itself no later than `outcome` says. */
export function isWithin(outcome: Outcome, by: Outcome): boolean {
  return by.by === outcome.by && by.limit <= outcome.limit && by.value === outcome.value;
}
