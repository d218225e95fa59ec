import type { Cloud } from "../cloud.ts";
import type { Policy } from "../kept.ts";
import { complianceDetails, isOnItsWay } from "./compliance.ts";
import { leave } from "./leave.ts";
import { type Machine, type Management, note } from "./machine.ts";

const DAY = 86_400_000;
/** Without rules of its own a policy blocks for these at once and wipes after ten days. */
const BY_DEFAULT = [
  "passwordPolicies",
  "encryptionPolicy",
  "keyguardDisabled",
  "permittedInputMethods",
  "permittedAccessibilityServices",
  "minimumApiLevel",
];

type Rule = { readonly blockMs: number; readonly wipeMs: number };

/** Blocks or wipes a device that does not do what its policy enforces, and unblocks one that does. */
export function enforce(cloud: Cloud, machine: Machine): void {
  const { management } = machine;
  if (management?.applied === undefined) return;
  const rules = rulesOf(management.applied.body);
  const failing = failingSettings(cloud, machine).filter((setting) => rules.has(setting));
  const now = cloud.now();
  management.failing = new Map(failing.map((setting) => [setting, management.failing.get(setting) ?? now]));
  const dated = [...management.failing].map(([setting, since]) => ({
    setting,
    blockAt: since + (rules.get(setting)?.blockMs ?? 0),
    wipeAt: since + (rules.get(setting)?.wipeMs ?? 0),
  }));
  if (dated.some(({ wipeAt }) => wipeAt <= now)) {
    leave(cloud, machine, { by: "enforcement" });
    return;
  }
  block(
    cloud,
    machine,
    management,
    dated.filter(({ blockAt }) => blockAt <= now).map(({ setting }) => setting),
  );
  const next = dated.flatMap(({ blockAt, wipeAt }) => [blockAt, wipeAt]).filter((at) => at > now);
  if (next.length > 0) cloud.timers.at("enforce", machine.serial, Math.min(...next));
  else cloud.timers.cancel("enforce", machine.serial);
}

function block(cloud: Cloud, machine: Machine, management: Management, settings: readonly string[]): void {
  if (settings.length > 0 === management.blocked) return;
  management.blocked = settings.length > 0;
  note(cloud, machine, management.blocked ? { type: "blocked", settings } : { type: "unblocked" });
}

/** What is on its way is not held against a device. */
function failingSettings({ knobs }: Cloud, machine: Machine): readonly string[] {
  const details = complianceDetails(machine, knobs).filter((one) => !isOnItsWay(one));
  return [...new Set(details.map(({ settingName }) => String(settingName)))];
}

/** By setting. Rules in the policy replace all of the default ones. */
function rulesOf({ policyEnforcementRules: own }: Policy): ReadonlyMap<string, Rule> {
  if (own === undefined || own === null || own.length === 0)
    return new Map(BY_DEFAULT.map((setting) => [setting, { blockMs: 0, wipeMs: 10 * DAY }]));
  return new Map(
    own.map(({ settingName, blockAction, wipeAction }) => [
      String(settingName),
      {
        blockMs: Number(blockAction?.blockAfterDays ?? 0) * DAY,
        wipeMs: Number(wipeAction?.wipeAfterDays ?? 0) * DAY,
      },
    ]),
  );
}
