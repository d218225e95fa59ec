import { traitsOfScope } from "./apple-schema/scope.ts";
import type { AppleForm } from "./compiled.ts";
import type { Platform } from "./facts.ts";
import { judgeNeeds, type Need } from "./needs.ts";
import type { Placement } from "./placement.ts";

/** What a device of a platform must be like to use an item. */
function needsHere({ needs = [], declared }: AppleForm, platform: Platform): readonly Need[] {
  const parts = (declared?.parts ?? []).filter((part) => part.platforms?.includes(platform) !== false);
  return [...needs, ...parts.flatMap((part) => part.needs)];
}

/** True when nothing but the version of its system keeps an item, or a part of it, from a device or its users. */
export function awaitsUpdate(form: AppleForm | undefined, placement: Placement): boolean {
  const { platform, supervised, enrollment, osVersion } = placement;
  if (form === undefined || platform === undefined || osVersion === undefined) return false;
  const needs = needsHere(form, platform);
  const traits = { platform, supervised, enrollment, ...traitsOfScope(form.scope, platform) };
  const isLacking = (given: Parameters<typeof judgeNeeds>[1]): boolean =>
    Object.keys(judgeNeeds(needs, given)).length > 0;
  return isLacking({ ...traits, osVersion }) && !isLacking(traits);
}
