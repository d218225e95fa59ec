import type { Facts } from "./facts.ts";
import type { Judgement } from "./needs.ts";
import { compareVersions } from "./version.ts";

/** What an Android device must be like for a part of an item; worked out once, when its manifest is compiled. */
export interface AndroidNeed {
  /** What needs it, such as `settings.osUpdate`. */
  readonly names: readonly string[];
  /** Managed as a whole, also as a dedicated device. */
  readonly fullyManaged?: true;
  readonly workProfile?: true;
  /** The company's own device. */
  readonly company?: true;
  /** Version of Android. */
  readonly since?: string;
  /** The item is no use without it; otherwise only these parts are. */
  readonly whole?: true;
}

/** What of an Android device decides; what is not known of it keeps nothing. */
export interface AndroidTraits {
  readonly mode?: string | undefined;
  readonly ownership?: string | undefined;
  readonly osVersion?: string | undefined;
}

/** What is known of an Android device. */
export function androidTraits(facts: Facts): AndroidTraits {
  return {
    mode: facts.mode?.value,
    ownership: facts.ownership?.value,
    osVersion: facts.osVersion?.value,
  };
}

/** Holds what an item needs against a device. */
export function judgeAndroidNeeds(needs: readonly AndroidNeed[], traits: AndroidTraits): Judgement {
  const lacking = needs.flatMap((need) => {
    const text = lackOf(need, traits);
    return text === undefined
      ? []
      : [{ need, text: need.names.map((name) => `${name} (${text})`).join(", ") }];
  });
  const refusals = lacking.filter(({ need }) => need.whole === true);
  if (refusals.length > 0) return { refused: refusals.map((one) => one.text).join(", ") };
  return lacking.length === 0 ? {} : { ignored: lacking.map((one) => one.text).join(", ") };
}

/** What a device with these traits lacks, for people; undefined when nothing is known to be missing. */
export function lackOf(
  need: Omit<AndroidNeed, "names">,
  { mode, ownership, osVersion }: AndroidTraits,
): string | undefined {
  const isWhole = mode === "fullyManaged" || mode === "dedicated";
  if (need.fullyManaged === true && mode !== undefined && !isWhole) return "needs a fully managed device";
  if (need.workProfile === true && mode !== undefined && mode !== "workProfile")
    return "needs a work profile";
  if (need.company === true && ownership === "personal") return "needs a device of the company";
  if (need.since !== undefined && osVersion !== undefined && compareVersions(osVersion, need.since) < 0)
    return `needs Android ${need.since}`;
  return undefined;
}
