import { lookingForUpdates } from "./app-updates.ts";
import { traitsOfScope } from "./apple-schema/scope.ts";
import { awaitsUpdate } from "./awaited-update.ts";
import type { AppleForm, Compiled, CompiledPolicy, ItemUse } from "./compiled.ts";
import { awaitsSystem, preferredForm } from "./delivery.ts";
import { type Layered, layeredOnAndroid } from "./desired-android.ts";
import { inventoryOf, reports } from "./desired-inventory.ts";
import { declaredItem, itemOf, preferredItem } from "./desired-item.ts";
import type { Platform } from "./facts.ts";
import type { Granted, GrantedItem, GrantedSchedule, WatchedApp } from "./granted.ts";
import { disputeIn, type Layer, layersOf, untrustedReason } from "./layers.ts";
import { isTargeted, type Membership, membershipOf, type Subject } from "./membership.ts";
import { judgeNeeds } from "./needs.ts";
import type { Origin } from "./origin.ts";
import { type Placement, placementOf } from "./placement.ts";
import { isWatched, watching } from "./watched.ts";

/** What one device should be like under a policy set, before any guard. */
export interface Desired {
  readonly items: readonly DesiredItem[];
  readonly inventory: readonly GrantedSchedule[];
  readonly groups: readonly string[];
  readonly conflicts: readonly Conflict[];
  readonly lifted: Granted["lifted"];
  readonly unsupported: Granted["unsupported"];
  readonly watched: NonNullable<Granted["watched"]>;
  readonly notApplicable: readonly string[];
  /** Items for the channels of its users. */
  readonly perUser: readonly string[];
  readonly undecided?: NonNullable<Granted["undecided"]>;
  /** Policies that only watch this device: nothing of theirs comes, changes or goes. */
  readonly watching: readonly string[];
}

export interface DesiredItem extends GrantedItem {
  /** The line of the policy that asks for it. */
  readonly origin: Origin;
  /** Its policy only watches: planned and reported, never sent. */
  readonly observe: boolean;
}

export interface Conflict {
  readonly key: string;
  readonly policies: readonly string[];
  /** What they disagree about, where it is a value of two items, and which other item says otherwise. */
  readonly about?: string;
}

/** What a device should be like: its place in the policy set, and what that place is given. */
export function desiredOf(
  compiled: Compiled,
  subject: Subject,
  previous: readonly string[] | undefined,
  now: number,
): Desired {
  const membership = membershipOf(compiled, subject, previous);
  const lifted = liftedBy(compiled, subject, membership, now);
  return desiredAt(placementOf(compiled, subject, membership), lifted, compiled.driftCheckMs);
}

/** Layers all policies of a place: lists join, the higher priority wins, equals conflict. */
export function desiredAt(placement: Placement, lifted: Granted["lifted"], driftCheckMs: number): Desired {
  const { policies, membership, platform } = placement;
  return {
    ...(platform === "android"
      ? layeredOnAndroid(placement, lifted)
      : layeredOnApple(placement, lifted, driftCheckMs)),
    groups: membership.groups,
    ...(placement.undecided === undefined ? {} : { undecided: placement.undecided }),
    watching: policies.filter((policy) => policy.mode === "observe").map((policy) => policy.name),
  };
}

function layeredOnApple(placement: Placement, lifted: Granted["lifted"], driftCheckMs: number): Layered {
  const draft = new Draft(placement);
  for (const [key, layers] of layersOf(placement.policies)) {
    // Nothing of the device goes to its users, and what is for them goes to none of its own.
    const scope = layers[0]?.use.forms.apple?.scope ?? "device";
    if (scope !== placement.channel) {
      if (scope === "user") draft.addForUsers(key, layers[0]?.use.forms.apple);
      continue;
    }
    const exemption = lifted.find((one) => one.key === key);
    if (exemption !== undefined) draft.lifted.push(exemption);
    else draft.add(key, layers);
  }
  const looked = reports(placement, "applications") ? draft.watched : [];
  return {
    items: draft.items.sort((a, b) => (a.key < b.key ? -1 : 1)),
    inventory: [
      ...inventoryOf(placement, draft, driftCheckMs),
      ...watching(looked, driftCheckMs),
      ...(reports(placement, "applications") ? lookingForUpdates(draft.items, driftCheckMs) : []),
    ],
    conflicts: draft.conflicts,
    lifted: draft.lifted,
    unsupported: draft.unsupported,
    watched: draft.watched,
    notApplicable: draft.notApplicable,
    perUser: draft.perUser,
  };
}

/** Sorts each item to what becomes of it on this device. */
class Draft {
  readonly items: DesiredItem[] = [];
  readonly conflicts: Conflict[] = [];
  readonly lifted: Granted["lifted"][number][] = [];
  readonly unsupported: Granted["unsupported"][number][] = [];
  readonly watched: WatchedApp[] = [];
  readonly notApplicable: string[] = [];
  readonly perUser: string[] = [];
  /** Something for it or its users waits for an update of its system. */
  awaitsUpdate = false;
  readonly #placement: Placement;

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  add(key: string, layers: readonly Layer[]): void {
    const dispute = disputeIn(layers);
    if (dispute.length > 0) this.conflicts.push({ key, policies: dispute.map(({ policy }) => policy.name) });
    else if (layers[0] !== undefined) this.#place(layers[0]);
  }

  #place({ policy, use }: Layer): void {
    const form = use.forms.apple;
    const { platform, supervised } = this.#placement;
    if (platform === undefined || form === undefined) {
      this.notApplicable.push(use.key);
      return;
    }
    if (isWatched(use, platform, supervised === true)) {
      this.watched.push({ key: use.key, id: form.id, policy: policy.name });
      return;
    }
    const refusal = refusalOf(use, () => untrustedReason(this.#placement, policy, form.secrets));
    if (refusal === "not-applicable") this.notApplicable.push(use.key);
    else if (refusal !== undefined) this.unsupported.push({ key: use.key, reason: refusal });
    else this.#judge(policy, use, form, platform);
  }

  addForUsers(key: string, form: AppleForm | undefined): void {
    this.perUser.push(key);
    this.awaitsUpdate ||= awaitsUpdate(form, this.#placement);
  }

  /** What a device would refuse is not sent; what it would ignore in part is, and is told. */
  #judge(policy: CompiledPolicy, use: ItemUse, form: AppleForm, platform: Platform): void {
    const { supervised, enrollment, osVersion } = this.#placement;
    const traits = {
      platform,
      supervised,
      enrollment,
      osVersion,
      ...traitsOfScope(form.scope, platform),
    };
    const declared = use.install === "blocked" ? undefined : form.declared;
    const parts = (declared?.parts ?? []).filter((part) => part.platforms?.includes(platform) !== false);
    if (declared !== undefined && parts.length === 0) {
      this.notApplicable.push(use.key);
      return;
    }
    const own = use.install === "blocked" ? [] : (form.needs ?? []);
    const needs = [...own, ...parts.flatMap((part) => part.needs)];
    const { refused, ignored } = judgeNeeds(needs, traits);
    if (refused !== undefined) {
      this.unsupported.push({ key: use.key, reason: refused, stays: true });
      return;
    }
    const item = itemOf(policy, use, form, platform);
    // What is declared a device brings back by itself, and never merely reports.
    const isOpen = use.install !== "blocked" && use.drift === "correct";
    const preferred = isOpen ? preferredForm(form, traits, ignored === undefined) : undefined;
    if (isOpen && preferred === undefined && awaitsSystem(form, traits)) this.awaitsUpdate = true;
    if (declared !== undefined) this.items.push(declaredItem(item, declared, platform));
    else this.items.push(preferred === undefined ? item : preferredItem(item, preferred, platform));
    if (ignored !== undefined) this.unsupported.push({ key: use.key, reason: ignored, given: true });
  }
}

/** Why a device may not be given what a policy asks for, or undefined. */
function refusalOf(use: ItemUse, untrusted: () => string | undefined): string | "not-applicable" | undefined {
  if (use.forms.apple?.refused !== undefined) return use.forms.apple.refused;
  if (use.install === "available") return "not-applicable";
  if (use.install === "kiosk")
    return "Apple devices have no kiosk app: use a profile with com.apple.app.lock";
  return untrusted();
}

/** What exemptions lift for a device now. */
export function liftedBy(
  compiled: Compiled,
  subject: Subject,
  membership: Membership,
  now: number,
): Granted["lifted"] {
  return compiled.exemptions
    .filter((one) => one.from <= now && now < one.until && isTargeted(one.target, subject, membership))
    .flatMap((one) =>
      [...one.lift].map((key) => ({ key, exemption: one.name, until: new Date(one.until).toISOString() })),
    );
}
