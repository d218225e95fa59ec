import type { AndroidArm } from "./android-armed.ts";
import { earlierFor } from "./armed-reach.ts";
import type { TypedContent } from "./compile-needs.ts";
import type { Compiled, CompiledPolicy, ItemUse } from "./compiled.ts";

/** Wrong passcodes after which a device erases itself; Apple's own default is 11 (schema: range 2 to 11). */
const byDefault = 11;

const armingKeys: Readonly<Record<string, string>> = {
  "com.apple.mobiledevice.passwordpolicy": "maxFailedAttempts",
  "com.apple.configuration.passcode.settings": "MaximumFailedAttempts",
};

/**
 * After how many wrong passcodes a device with these payloads or declarations erases itself, where that is fewer than
 * without them; undefined where they leave it as it is. Payloads that nobody but the device can read say nothing.
 */
export function attemptsLeft(contents: readonly TypedContent[]): number | undefined {
  const found = contents.flatMap(({ type, content }) => {
    const key = armingKeys[type];
    const attempts = key === undefined ? Number.NaN : numberOf(content[key]);
    return attempts < byDefault ? [attempts] : [];
  });
  return found.length === 0 ? undefined : Math.min(...found);
}

/** A real is written as `{"$real": "6.0"}`; what is no number is NaN. */
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number((value as { $real?: unknown } | null | undefined)?.$real);
}

/**
 * What lets devices erase themselves sooner under `after` than under `before`, a sentence part for each: an item that
 * says so, or says fewer attempts or days, or reaches others than before. A wipe by the next mistyped passcodes is a wipe.
 */
export function newlyArmed(before: Compiled | undefined, after: Compiled): readonly string[] {
  const found = after.policies.flatMap((policy) => {
    const arms = armsOf(policy);
    if (arms.length === 0) return [];
    const earlier = earlierFor(before, after, policy).flatMap((one) => armsOf(one.policy));
    return arms.flatMap(({ key, by, limit, text }) =>
      earlier.some((one) => one.key === key && one.by === by && one.limit <= limit)
        ? []
        : [armedSentence(policy.name, key, text)],
    );
  });
  // A passcode that holds on both platforms is one sentence.
  return [...new Set(found)];
}

export interface Arm {
  /** The item that says so. */
  readonly key: string;
  /** What a device erases itself by; the smaller `limit` is, the sooner. */
  readonly by: string;
  readonly limit: number;
  readonly text: string;
}

function armsOf({ mode, uses }: CompiledPolicy): readonly Arm[] {
  return mode === "observe" ? [] : uses.flatMap(armsIn);
}

/** What lets devices with an item erase themselves, whoever else says otherwise. */
export function armsIn({ key, forms }: Pick<ItemUse, "key" | "forms">): readonly Arm[] {
  return [
    ...(forms.apple?.arms === undefined ? [] : [{ key, by: "apple", ...passcodes(forms.apple.arms) }]),
    ...(forms.android?.arms ?? []).map((arm) => ({ key, ...androidArm(arm) })),
  ];
}

/**
 * What lets a device with this content of an item erase itself, a sentence part for each. A content is of one platform;
 * what is not this policy's any more says nothing.
 */
export function armedIn(compiled: Compiled, policy: string, key: string, digest: string): readonly string[] {
  const use = compiled.policies.find((one) => one.name === policy)?.uses.find((one) => one.key === key);
  if (use === undefined) return [];
  const { apple, android } = use.forms;
  if (Object.values(android?.digests ?? {}).includes(digest))
    return (android?.arms ?? []).map((arm) => androidArm(arm).text);
  return apple?.arms === undefined ? [] : [passcodes(apple.arms).text];
}

/** What people are told of an item that arms. */
export function armedSentence(policy: string, key: string, text: string): string {
  return `Policy/${policy} ${key} lets ${text}`;
}

function passcodes(attempts: number): Pick<Arm, "limit" | "text"> {
  return { limit: attempts, text: `devices erase themselves after ${attempts} wrong passcodes` };
}

/** The same of what an Android policy lets happen. */
export function androidArm(arm: AndroidArm): Omit<Arm, "key"> {
  if (arm.type === "wrong-passcodes") return { by: `passcode ${arm.scope}`, ...passcodes(arm.attempts) };
  const { setting, wipesAfterDays } = arm;
  const text = `Android devices erase themselves after ${wipesAfterDays} days on which ${setting} is not kept`;
  return { by: `setting ${setting}`, limit: wipesAfterDays, text };
}
