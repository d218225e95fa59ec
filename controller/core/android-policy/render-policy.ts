import { type AndroidArm, armsOfAndroid } from "../android-armed.ts";
import { digestOf } from "../canonical.ts";
import { isPerDevice } from "../compiled-content.ts";
import type { Content, Granted, GrantedItem } from "../granted.ts";
import { type Body, buildBody } from "./build-body.ts";
import { enforcementFor } from "./enforcement.ts";
import { faultsOf, type PolicyFault } from "./faults.ts";
import { type Fields, leavesOf } from "./leaves.ts";
import { type Asking, mergeLeaves, type Overruled } from "./merge-leaves.ts";
import { reportingFor } from "./reporting.ts";
import { keepingAskings, own } from "./unnamed-apps.ts";

/** One Android Management policy, for all devices that are granted the same. */
export interface RenderedPolicy extends Body {
  /** The same for equal policies; another one when a value differs, or a secret in it. */
  readonly hash: string;
  /** It holds a variable of the device or its owner: each device has a policy of its own. */
  readonly perDevice: boolean;
  /** What items ask for and others decide otherwise. */
  readonly overruled: readonly Overruled[];
  /** What blocks or erases a device by itself, reeve's own rules among it. */
  readonly arms: readonly AndroidArm[];
  /** Why it must not be sent; empty when it may. */
  readonly faults: readonly PolicyFault[];
}

/** What of a granted state a policy follows from. */
export type PolicyInput = Pick<Granted, "items" | "leftAlone" | "letGo" | "unnamed" | "inventory">;

/**
 * Renders a granted state to one whole policy: what is not in it is not on the device. Strings are templates still.
 * `playStoreMode` and `policyEnforcementRules` are always said, because what Google has in their place removes and
 * wipes. What is left alone is in it as it was; an app that was let go is in it as available, so that it stays; and what
 * a guard keeps of apps that it does not name, it goes on keeping.
 */
export function renderAndroidPolicy(
  granted: PolicyInput,
  contentOf: (digest: string) => Content | undefined,
): RenderedPolicy {
  const items = [
    ...granted.items.map((item) => ({ item, stays: false })),
    ...(granted.leftAlone ?? []).map((item) => ({ item, stays: true })),
  ].filter(({ item }) => item.kind === "AndroidFragment" || item.kind === "AndroidApp");
  const asked = items.map(({ item, stays }) => askingOf(item, stays, contentOf(item.digest)));
  const askings = [...asked.flatMap((one) => one.asking ?? []), ...keepingAskings(granted)];
  const hasApps = askings.some(({ leaves }) => leaves.some((leaf) => leaf.steps[0] === "applications"));
  const merged = mergeLeaves([...askings, ...ownAskings(askings, reportingFor(granted.inventory, hasApps))]);
  const built = buildBody(merged.decided);
  const fingerprints = asked.flatMap((one) => one.fingerprint ?? []).sort();
  return {
    ...built,
    hash: digestOf([built.body, fingerprints]),
    perDevice: isPerDevice(built.body),
    overruled: merged.overruled,
    arms: armsOfAndroid(built.body).filter((arm) => arm.type !== "not-kept" || arm.setting in built.body),
    faults: [...asked.flatMap((one) => one.fault ?? []), ...faultsOf(built)],
  };
}

interface Asked {
  readonly asking?: Asking;
  readonly fingerprint?: string;
  readonly fault?: PolicyFault;
}

function askingOf(item: GrantedItem, stays: boolean, content: Content | undefined): Asked {
  const policy = policyOf(content);
  if (policy === undefined) return { fault: { items: [item.key], reason: "its content is missing" } };
  const asking = { item: item.key, priority: item.priority ?? 0, leaves: leavesOf(policy) };
  const fingerprint = content !== undefined && "fingerprint" in content ? content.fingerprint : undefined;
  return {
    asking: stays ? { ...asking, stays: true } : asking,
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

function policyOf(content: Content | undefined): Fields | undefined {
  if (content?.kind === "AndroidFragment") return content.policy;
  return content?.kind === "AndroidApp" ? { applications: [content.application] } : undefined;
}

/** Least of all: whatever a manifest says comes before it. */
const ownPriority = Number.NEGATIVE_INFINITY;

function ownAskings(askings: readonly Asking[], reporting: Fields): readonly Asking[] {
  const leaves = askings.flatMap((one) => one.leaves);
  const settings = new Set(leaves.map((leaf) => String(leaf.steps[0])));
  const spoken = new Set(
    leaves.flatMap(({ steps: [first, second] }) =>
      first === "policyEnforcementRules" && typeof second === "object" ? [second.value] : [],
    ),
  );
  const policyEnforcementRules = enforcementFor(settings).filter(
    // A rule that a manifest makes for a setting is the rule for it.
    ({ settingName }) => !spoken.has(String(settingName)),
  );
  const rendered = {
    playStoreMode: "WHITELIST",
    ...reporting,
    ...(policyEnforcementRules.length === 0 ? {} : { policyEnforcementRules }),
  };
  return [{ item: own, priority: ownPriority, leaves: leavesOf(rendered) }];
}
