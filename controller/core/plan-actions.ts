import type { Admission } from "./admission.ts";
import { freshChannel } from "./channel.ts";
import { deliveredTo } from "./delivery.ts";
import type { Desired } from "./desired.ts";
import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { isFound, isSettled, itemState } from "./item-state.ts";
import { contentOf, isDeclared, keptIds } from "./kept.ts";
import { otherApps } from "./losses.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import type { Line } from "./plan.ts";
import type { AdmissionGroup } from "./ports.ts";
import { isInstalled, isThere } from "./presence.ts";

/** What people are shown of an admission: from what a set of devices reports, to what it is granted. */
export function actionsOf(desired: Desired, admission: Admission, group: AdmissionGroup): readonly Line[] {
  const observed = group.observed?.body ?? nothingObserved;
  const previous = new Map((group.granted?.body.items ?? []).map((item) => [item.key, item]));
  const granted = deliveredTo(admission.granted, observed);
  const policyOf = (key: string): string => previous.get(key)?.policy ?? "";
  const cutting = new Set(admission.isolating);
  const leaving = [...leavingKeys(granted, observed), ...leavingDeclarations(granted, previous, observed)];
  const lines: readonly Line[] = [
    ...itemActions(granted, previous, observed),
    ...observedOnly(desired, observed),
    ...leaving.map((key): Line => ({ action: "remove", key, policy: policyOf(key) })),
    ...lossLines(admission, leaving),
    ...waitingLines(admission, observed),
    ...admission.retained.map(
      ({ key, reason }): Line => ({ action: "hold", key, policy: policyOf(key), reason }),
    ),
    ...desired.conflicts.map(({ key, policies, about }): Line => {
      const reason = about === undefined ? "equal priority" : `equal priority: ${about}`;
      return { action: "conflict", key, policy: policies.join(", "), reason };
    }),
    ...desired.watched
      .filter((one) => group.granted?.body.watched?.some(({ key }) => key === one.key) !== true)
      .map(
        ({ key, policy }): Line => ({
          action: "watch",
          key,
          policy,
          reason: "cannot be blocked, is reported",
        }),
      ),
    ...desired.unsupported.map(
      ({ key, reason }): Line => ({ action: "unsupported", key, policy: "", reason }),
    ),
  ];
  return cutting.size === 0 ? lines : lines.map((line) => withRisk(line, cutting));
}

function withRisk(line: Line, cutting: ReadonlySet<string>): Line {
  const touches = ["install", "update", "remove"].includes(line.action) && cutting.has(line.key);
  return touches ? { ...line, risk: "isolating" } : line;
}

/** What comes later is shown as what it will be, with what it waits for. */
function waitingLines({ waiting = [] }: Admission, observed: Observed): readonly Line[] {
  return waiting.flatMap(({ key, reason, to, from }): readonly Line[] => {
    if (to === undefined) return [{ action: "remove", key, policy: from?.policy ?? "", reason }];
    const before = observed.owned[key]?.digest ?? (from && contentOf(from));
    const base = { key, policy: to.policy, to: contentOf(to), reason };
    return [
      before === undefined ? { action: "install", ...base } : { action: "update", from: before, ...base },
    ];
  });
}

/** Apps that go although reeve did not put them there (Android). */
function lossLines({ losses, granted }: Admission, told: readonly string[]): readonly Line[] {
  const policyOf = (key: string) => granted.items.find((item) => item.key === key)?.policy ?? "";
  const blocking = (losses?.blocking ?? []).filter((key) => !told.includes(key));
  const others = losses?.others;
  return [
    ...blocking.map((key): Line => {
      return { action: "remove", key, policy: policyOf(key), reason: "blocks an app that may be there" };
    }),
    ...(others === undefined ? [] : [othersLine(others, policyOf(others[0] ?? ""))]),
  ];
}

/** Which apps these are only the reports of devices say. */
function othersLine(by: readonly string[], policy: string): Line {
  const cause = by.length === 0 ? "the policy of somebody else ends" : `by ${by.join(", ")}`;
  return { action: "remove", key: otherApps, policy, reason: `${cause}: all that the policy does not name` };
}

function itemActions(
  granted: Granted,
  previous: ReadonlyMap<string, GrantedItem>,
  observed: Observed,
): readonly Line[] {
  return granted.items
    .filter((item) => item.retained === undefined)
    .flatMap((item) => itemAction(item, previous.get(item.key), observed) ?? []);
}

function observedOnly(desired: Desired, observed: Observed): readonly Line[] {
  return desired.items
    .filter((item) => item.observe && !isSettled(itemState(item, observed, freshChannel)))
    .map(({ key, policy }) => ({ action: "hold", key, policy, reason: "its policy is in observe mode" }));
}

function itemAction(
  item: GrantedItem,
  previous: GrantedItem | undefined,
  observed: Observed,
): Line | undefined {
  const judged = itemState(item, observed, freshChannel);
  if (isSettled(judged)) return isFound(item, observed, freshChannel) ? adoption(item) : undefined;
  if (judged.type === "unsupported")
    return { action: "unsupported", key: item.key, policy: "", reason: judged.reason };
  const before = observed.owned[item.key]?.digest ?? (previous && contentOf(previous));
  const to = contentOf(item);
  const reason = changeOfWay(item, observed);
  if ((reason === undefined && !isInstalled(item, observed)) || before === undefined)
    return { action: "install", key: item.key, policy: item.policy, to };
  const way = reason === undefined ? {} : { reason };
  return { action: "update", key: item.key, policy: item.policy, from: before, to, ...way };
}

function adoption({ key, policy }: GrantedItem): Line {
  return { action: "adopt", key, policy, reason: "is there as declared: nothing is sent" };
}

/** What an update does beside its content, when a device that has the item gets it in another way from now on. */
function changeOfWay(item: GrantedItem, observed: Observed): string | undefined {
  if (isTakenOver(item, observed)) return "goes by declaration, in place";
  if (item.kind !== "Profile" || !isDeclared(item.id, observed)) return undefined;
  return "goes by InstallProfile again, and is not there in between";
}

/** True when a device has as a profile what it is to have by declaration. */
function isTakenOver(item: GrantedItem, observed: Observed): boolean {
  const isProfile = item.orProfile !== undefined || item.wraps === true;
  if (item.kind !== "Declarations" || !isProfile || isInstalled(item, observed)) return false;
  return observed.profiles?.[item.id] !== undefined;
}

function leavingKeys(granted: Granted, observed: Observed): readonly string[] {
  const kept = keptIds(granted);
  // What a declaration takes the place of goes when that is verified: for people it is one thing.
  const replaced = new Set(
    granted.items.flatMap(({ id, orProfile }) => (orProfile === undefined ? [] : [`Profile/${id}`])),
  );
  return Object.entries(observed.owned)
    .filter(([key, one]) => one.onLeave === "remove" && !isLeftAlone(granted, key))
    .filter(([, one]) => !replaced.has(`${one.kind}/${one.id}`))
    .filter(([, one]) => !kept.has(`${one.kind}/${one.id}`) && isThere(one, observed) !== false)
    .map(([key]) => key);
}

/** What is not asked for any more, and goes when the device comes for its declarations. */
function leavingDeclarations(
  granted: Granted,
  previous: ReadonlyMap<string, GrantedItem>,
  observed: Observed,
): readonly string[] {
  const ids = new Set(granted.items.filter((item) => item.key.startsWith("Profile/")).map((item) => item.id));
  return [...previous.values()]
    .filter((item) => item.kind === "Declarations" && !ids.has(item.id) && isInstalled(item, observed))
    .filter((item) => !isLeftAlone(granted, item.key))
    .map((item) => item.key);
}
