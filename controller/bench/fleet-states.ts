import { digestOf } from "../core/canonical.ts";
import type { Compiled } from "../core/compiled.ts";
import { type DesiredStates, desiredStates } from "../core/desired-states.ts";
import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { DeclarationStatus, Observed } from "../core/observed.ts";
import { planFleet } from "../core/plan.ts";
import type { AdmissionGroup, Interned } from "../core/ports.ts";
import { platforms, siteName, sites } from "./policies.ts";

/** A device as far as planning is concerned: what a row of the store points to. */
export interface DeviceState {
  readonly facts: Interned<Facts>;
  readonly granted: Interned<Granted>;
  readonly observed: Interned<Observed>;
}

export const openGates = () => ({ observe: false, suspended: undefined, removalsFrozen: undefined });

/**
 * `count` distinct states of devices that are as `compiled` declares: each site has devices of each platform.
 * `personal` gives each an owner of its own, so that no two share anything.
 */
export function settledStates(compiled: Compiled, count: number, personal = false): DeviceState[] {
  const states = desiredStates(compiled);
  return Array.from({ length: count }, (_, index) =>
    settled(compiled, states, factsOf(index, personal), index),
  );
}

/** Facts number `index`: 100 sites, 4 platforms, then OS versions. */
export function factsOf(index: number, personal: boolean): Facts {
  const platform = platforms[Math.floor(index / sites) % platforms.length] ?? "ios";
  const version = Math.floor(index / (sites * platforms.length)) % 5;
  const reported = (value: string) => ({ value, source: "reported" as const });
  const asserted = (value: string) => ({ value, source: "asserted" as const });
  return {
    platform: reported(platform),
    model: reported("Model1,2"),
    osVersion: reported(`26.${version}`),
    mode: reported("supervised"),
    ownership: asserted("company"),
    "tag.site": asserted(siteName(index % sites)),
    ...(personal ? { owner: asserted(`person-${index}@acme.example`) } : {}),
  };
}

function settled(compiled: Compiled, states: DesiredStates, body: Facts, index: number): DeviceState {
  const facts = { id: digestOf(body), body };
  const fresh: AdmissionGroup = {
    facts,
    named: [],
    granted: undefined,
    observed: undefined,
    suspended: undefined,
    count: 1,
  };
  const granted = planFleet(compiled, [fresh], openGates, 0, 0, states).groups[0]?.admission.granted;
  if (granted === undefined) throw new Error("a device was granted nothing");
  const observed = observedOf(granted, index);
  return {
    facts,
    granted: { id: grantedId(granted), body: granted },
    observed: { id: digestOf(observed), body: observed },
  };
}

const ids = new WeakMap<Granted, string>();

function grantedId(granted: Granted): string {
  const id = ids.get(granted) ?? digestOf(granted);
  ids.set(granted, id);
  return id;
}

/** Everything that is granted is there; versions of apps differ. */
function observedOf(granted: Granted, index: number): Observed {
  const profiles: Record<string, string> = {};
  const apps: Record<string, { status: string; version: string }> = {};
  const owned: Record<string, Observed["owned"][string]> = {};
  const declarations: Record<string, DeclarationStatus> = {};
  for (const { key, kind, id, uuid, digest, onLeave, parts = [] } of granted.items) {
    for (const { identifier, token } of parts)
      declarations[identifier] = { token, active: true, valid: "valid" };
    if (kind === "Declarations") continue;
    if (kind === "Profile") profiles[id] = uuid ?? "";
    else apps[id] = { status: "Managed", version: `1.${index}` };
    owned[key] = { kind, id, digest, onLeave };
  }
  return { profiles, apps, owned, ...(Object.keys(declarations).length === 0 ? {} : { declarations }) };
}

/** Rows of devices as a set for each distinct state, in one pass over the rows. */
export function groupRows(rows: Iterable<DeviceState>): AdmissionGroup[] {
  const groups = new Map<string, DeviceState & { count: number }>();
  for (const row of rows) {
    const key = row.facts.id + row.granted.id + row.observed.id;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...row, count: 1 });
    else group.count += 1;
  }
  return [...groups.values()].map((group) => ({ ...group, named: [], suspended: undefined }));
}
