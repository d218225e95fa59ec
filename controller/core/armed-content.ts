import { armsOfAndroid } from "./android-armed.ts";
import { attemptsLeft } from "./armed.ts";
import type { TypedContent } from "./compile-needs.ts";
import type { Content } from "./granted.ts";

/** The payloads of a `.mobileconfig`, base64; undefined for one that nobody can look into. */
export type PayloadsOf = (bytes: string) => readonly TypedContent[] | undefined;

/** Settings of Android that devices with these contents erase themselves over, when they are not kept. */
export function settingsWipedOver(contents: Iterable<Content>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const content of contents) {
    if (content.kind !== "AndroidFragment") continue;
    for (const arm of armsOf(content.policy)) if (arm.type === "not-kept") found.add(arm.setting);
  }
  return found;
}

/**
 * True for a content with which devices erase themselves sooner, or may: it says so, it says what a rule in force erases
 * over, or nobody can see what it says. A wipe by the next mistyped passcodes, or by a rule, is a wipe.
 */
export function isArmed(
  content: Content,
  wipedOver: () => ReadonlySet<string>,
  payloadsOf: PayloadsOf,
): boolean {
  switch (content.kind) {
    case "Profile": {
      const { body } = content;
      const payloads = body.type === "payloads" ? body.payloads : payloadsOf(body.bytes);
      return payloads === undefined || attemptsLeft(payloads) !== undefined;
    }
    case "Declarations":
      return (
        attemptsLeft(content.declarations) !== undefined ||
        content.declarations.some(({ type }) => type.startsWith(fetched))
      );
    case "AndroidFragment":
      return (
        armsOf(content.policy).length > 0 || Object.keys(content.policy).some((key) => wipedOver().has(key))
      );
    case "AndroidApp":
      return wipedOver().has("applications");
    default:
      return false;
  }
}

/** A profile that the device fetches from wherever the declaration says. */
const fetched = "com.apple.configuration.legacy";

/** Without what Google does by default: reeve's own rules stand in its place. */
function armsOf(policy: Readonly<Record<string, unknown>>) {
  return armsOfAndroid(policy).filter((arm) => arm.type !== "not-kept" || arm.byDefault !== true);
}
