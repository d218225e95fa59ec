import { judgeAndroidNeeds } from "./android-needs.ts";
import { kioskNeed } from "./compile-android-app.ts";
import type { AndroidForm } from "./compiled.ts";
import type { Conflict, Desired, DesiredItem } from "./desired.ts";
import { schedulesOf } from "./desired-inventory.ts";
import type { Granted, Unsupported } from "./granted.ts";
import { disputeIn, type Layer, layersOf, untrustedReason } from "./layers.ts";
import type { Placement } from "./placement.ts";

/** The parts of a desired state that follow from what policies say of items. */
export type Layered = Pick<
  Desired,
  "items" | "conflicts" | "lifted" | "unsupported" | "watched" | "notApplicable" | "perUser" | "inventory"
>;

/** An item that a device is to have, before it is compared with the others. */
interface Wanted extends Layer {
  readonly form: AndroidForm;
}

/**
 * What an Android device is given: the same layering as everywhere, and after it what only shows in the one policy that
 * all items become: two of them that decide the same value differently at one priority, and a second kiosk app.
 * Nothing is asked for by command, so no schedule is added for drift.
 */
export function layeredOnAndroid(placement: Placement, lifted: Granted["lifted"]): Layered {
  const draft = new Draft(placement);
  for (const [key, layers] of layersOf(placement.policies)) {
    const exemption = lifted.find((one) => one.key === key);
    if (exemption !== undefined) draft.lifted.push(exemption);
    else draft.add(key, layers);
  }
  const clashing = [...clashesIn(draft.wanted), ...kioskClashes(draft.wanted)];
  const clashed = new Set(clashing.map((one) => one.key));
  const hidden = hiddenKiosks(draft.wanted);
  const gone = new Set([...clashed, ...hidden.map((one) => one.key)]);
  return {
    items: draft.wanted
      .filter(({ use }) => !gone.has(use.key))
      .map(itemOf)
      .sort(byKey),
    conflicts: [...draft.conflicts, ...clashing],
    lifted: draft.lifted,
    unsupported: [
      ...draft.unsupported.filter(({ key, given }) => given !== true || !gone.has(key)),
      ...hidden.filter(({ key }) => !clashed.has(key)),
    ],
    watched: [],
    notApplicable: draft.notApplicable,
    perUser: [],
    inventory: schedulesOf(placement.policies, placement),
  };
}

/** Sorts each item to what becomes of it by itself. */
class Draft {
  readonly wanted: Wanted[] = [];
  readonly conflicts: Conflict[] = [];
  readonly lifted: Granted["lifted"][number][] = [];
  readonly unsupported: Unsupported[] = [];
  readonly notApplicable: string[] = [];
  readonly #placement: Placement;

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  add(key: string, layers: readonly Layer[]): void {
    const dispute = disputeIn(layers);
    if (dispute.length > 0) this.conflicts.push({ key, policies: dispute.map(({ policy }) => policy.name) });
    else if (layers[0] !== undefined) this.#place(key, layers[0]);
  }

  #place(key: string, layer: Layer): void {
    const form = layer.use.forms.android;
    if (form === undefined || form.digests[layer.use.install] === undefined) {
      this.notApplicable.push(key);
      return;
    }
    // Where an app is to be away its configuration is no matter, nor are the secrets in it.
    const isBlocked = layer.use.install === "blocked";
    const secrets = isBlocked ? [] : form.secrets;
    const reason = form.refused ?? untrustedReason(this.#placement, layer.policy, secrets);
    if (reason !== undefined) {
      this.unsupported.push({ key, reason });
      return;
    }
    const kiosk = layer.use.install === "kiosk" ? [kioskNeed] : [];
    const needs = isBlocked ? [] : [...(form.needs ?? []), ...kiosk];
    const { refused, ignored } = judgeAndroidNeeds(needs, this.#placement.android ?? {});
    if (refused !== undefined) {
      this.unsupported.push({ key, reason: refused, stays: true });
      return;
    }
    this.wanted.push({ ...layer, form });
    const lacking = [...(form.ignored ?? []), ...(ignored === undefined ? [] : [ignored])];
    if (lacking.length > 0)
      this.unsupported.push({ key, reason: `the device cannot have ${shortList(lacking)}`, given: true });
  }
}

const mostShown = 4;

function shortList(texts: readonly string[]): string {
  const more = texts.length > mostShown ? ` and ${texts.length - mostShown} more` : "";
  return texts.slice(0, mostShown).join(", ") + more;
}

function itemOf({ policy, use, form }: Wanted): DesiredItem {
  const isBlocked = use.install === "blocked";
  return {
    key: use.key,
    kind: form.kind,
    // A blocked app is another item than one that is there: it takes that away, which is counted as a removal.
    id: isBlocked ? `blocked:${form.id}` : form.id,
    digest: form.digests[use.install] ?? "",
    drift: use.drift,
    install: use.install === "installed" || use.install === "available" ? "installed" : "required",
    onLeave: use.onLeave,
    policy: policy.name,
    priority: policy.priority,
    after: [],
    ...(form.kind === "AndroidApp" ? { wish: use.install } : {}),
    ...(form.perDevice === true && !isBlocked ? { perDevice: true as const } : {}),
    ...(form.formerly === undefined ? {} : { formerly: form.formerly }),
    ...(form.unnamed === undefined ? {} : { unnamed: form.unnamed }),
    ...(form.effects === undefined || isBlocked ? {} : { effects: form.effects }),
    origin: use.origin,
    observe: policy.mode === "observe",
  };
}

function byKey(a: DesiredItem, b: DesiredItem): number {
  return a.key < b.key ? -1 : 1;
}

/** Items that decide the same value differently, at a priority above which nobody decides it. */
function clashesIn(wanted: readonly Wanted[]): readonly Conflict[] {
  const byPath = new Map<string, Wanted[]>();
  for (const one of wanted)
    for (const path of Object.keys(one.form.values)) {
      const known = byPath.get(path) ?? [];
      known.push(one);
      byPath.set(path, known);
    }
  const found = [...byPath].flatMap(([path, all]) => {
    const rivals = highest(all);
    return new Set(rivals.map(({ form }) => form.values[path])).size > 1 ? [{ rivals, about: path }] : [];
  });
  return conflictsOf(found);
}

function kioskClashes(wanted: readonly Wanted[]): readonly Conflict[] {
  const rivals = highest(wanted.filter(({ use }) => use.install === "kiosk"));
  return rivals.length > 1 ? conflictsOf([{ rivals, about: "the app that is shown alone" }]) : [];
}

/** A device shows one app alone: that of the highest priority. */
function hiddenKiosks(wanted: readonly Wanted[]): readonly Unsupported[] {
  const kiosks = wanted.filter(({ use }) => use.install === "kiosk");
  const [shown] = highest(kiosks);
  return kiosks
    .filter(({ policy }) => policy.priority !== shown?.policy.priority)
    .map(({ use }) => ({
      key: use.key,
      reason: `Policy/${shown?.policy.name} shows ${shown?.use.key} alone`,
    }));
}

function highest(wanted: readonly Wanted[]): readonly Wanted[] {
  const top = Math.max(...wanted.map(({ policy }) => policy.priority));
  return wanted.filter(({ policy }) => policy.priority === top);
}

interface Dispute {
  readonly rivals: readonly Wanted[];
  readonly about: string;
}

function conflictsOf(disputes: readonly Dispute[]): readonly Conflict[] {
  const byItem = new Map<string, { readonly policies: Set<string>; readonly about: string }>();
  for (const { rivals, about } of disputes)
    for (const { use } of rivals) {
      const others = rivals.filter((one) => one.use.key !== use.key).map((one) => one.use.key);
      const known = byItem.get(use.key) ?? {
        policies: new Set<string>(),
        about: `${about} is another one in ${[...new Set(others)].sort().join(", ")}`,
      };
      for (const { policy } of rivals) known.policies.add(policy.name);
      byItem.set(use.key, known);
    }
  return [...byItem].map(([key, { policies, about }]) => ({ key, policies: [...policies].sort(), about }));
}
