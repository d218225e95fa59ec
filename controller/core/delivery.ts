import type { DeviceTraits } from "./apple-schema/requirement.ts";
import type { AppleForm, DeclaredForm } from "./compiled.ts";
import { unsupportedType } from "./declarations.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import { judgeNeeds, type Need } from "./needs.ts";
import type { Observed } from "./observed.ts";
import type { Situation } from "./situation.ts";

/**
 * Declarations are for User Enrollment alone on iOS and iPadOS 15, and for every enrollment since 16 (Apple, WWDC 2022,
 * "Adopt declarative device management"); its schema does not tell.
 */
const wideSupport: Need = {
  names: ["DeclarativeManagement"],
  gates: { ios: { introduced: "16.0" } },
  whole: true,
};

/** What the choice between profile and declaration depends on, for all that a form may be. */
export function needsOfChoice({ preferred = [] }: AppleForm): readonly Need[] {
  if (preferred.length === 0) return [];
  return [wideSupport, ...preferred.flatMap(({ parts }) => parts.flatMap((part) => part.needs))];
}

/**
 * As what declarations a device that is like this is given a profile with `delivery: auto`; undefined: by
 * InstallProfile. What is not known of a device is never taken for support. `isWhole`: it would use all of the profile.
 */
export function preferredForm(
  { preferred = [] }: AppleForm,
  traits: DeviceTraits,
  isWhole: boolean,
): DeclaredForm | undefined {
  const { osVersion, supervised, enrollment } = traits;
  if (osVersion === undefined || supervised === undefined || enrollment === undefined) return undefined;
  const general = enrollment === "user" ? [] : [wideSupport];
  return preferred.find(({ wraps, parts }) => {
    const { refused, ignored } = judgeNeeds([...general, ...parts.flatMap((part) => part.needs)], traits);
    return refused === undefined && ignored === undefined && (isWhole || wraps === true);
  });
}

/** True when an update of its system would let a device have a profile by declaration. */
export function awaitsSystem(form: AppleForm, traits: DeviceTraits): boolean {
  if (traits.osVersion === undefined) return false;
  return preferredForm(form, { ...traits, osVersion: "99" }, false) !== undefined;
}

/**
 * The situation as it is for a device that stands in Setup Assistant, where no declarations come, or says that it does
 * not support some of them: what was granted by preference goes to it as a profile.
 */
export function delivered(situation: Situation): Situation {
  const { declarable, ...plain } = situation;
  const whole = declarable ?? situation.granted;
  if (whole === undefined) return situation;
  const granted = deliveredTo(whole, situation.observed, situation.state.awaiting !== undefined);
  if (granted === whole) return declarable === undefined ? situation : { ...plain, granted: whole };
  return { ...plain, granted, declarable: whole };
}

const chosen = new WeakMap<Granted, Map<string, Granted>>();
/** Forms of one granted state that are remembered: a device may say of any of its items that it does not support it. */
const mostForms = 64;

/** What is granted, in the form in which it goes to a device that reports this. Devices alike share one record. */
export function deliveredTo(whole: Granted, observed: Observed, isAwaiting = false): Granted {
  const open = whole.items.filter((item) => item.orProfile !== undefined);
  if (open.length === 0) return whole;
  const byCommand = open.filter((item) => isAwaiting || unsupportedType(item, observed) !== undefined);
  const known = chosen.get(whole) ?? new Map<string, Granted>();
  chosen.set(whole, known);
  const name = byCommand.map((item) => item.key).join("\n");
  const found = known.get(name);
  if (found !== undefined) return found;
  if (known.size >= mostForms) known.clear();
  const granted = withProfiles(whole, new Set(byCommand));
  known.set(name, granted);
  return granted;
}

function withProfiles(whole: Granted, byCommand: ReadonlySet<GrantedItem>): Granted {
  const items = whole.items.map((item) => (byCommand.has(item) ? asProfile(item) : item));
  if (items.some((item) => item.kind === "Profile"))
    return byCommand.size === 0 ? whole : { ...whole, items };
  // Of its declarations a device tells by itself: nothing is left that a list of profiles would show.
  const inventory = whole.inventory.map((schedule) =>
    schedule.name === driftCheck
      ? { ...schedule, collect: schedule.collect.filter((section) => section !== "profiles") }
      : schedule,
  );
  return { ...whole, items, inventory };
}

/** The schedule by which drift is looked for; manifests' schedules have no spaces in their names. */
export const driftCheck = "drift check";

function asProfile({ orProfile, parts: _parts, wraps: _wraps, ...item }: GrantedItem): GrantedItem {
  return orProfile === undefined ? item : { ...item, kind: "Profile", ...orProfile };
}
