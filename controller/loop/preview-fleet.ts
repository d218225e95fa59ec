import type { Compiled } from "../core/compiled.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { wavesOf } from "../core/seen-policies.ts";
import { previewDeclared } from "../store/declared.ts";
import { devicesOfGroup, type GroupedDevice, groupedDevices } from "../store/group-devices.ts";
import type { Store } from "../store/open.ts";
import { declarationsOf } from "./admit.ts";

type Devices = readonly Pick<GroupedDevice, "device" | "epoch">[];

/** The fleet as a revision would find it: what its manifests assert of devices is taken in already. */
export interface PreviewedFleet {
  /** All channels, those of users among them. */
  readonly channels: readonly AdmissionGroup[];
  /** Those of devices. */
  readonly groups: readonly AdmissionGroup[];
  readonly devicesOf: (group: AdmissionGroup) => Promise<Devices>;
  /** The same devices as they are before the revision; several sets may become one. */
  readonly before: (group: AdmissionGroup) => readonly AdmissionGroup[];
}

/**
 * Moves the devices of which a revision asserts something else, or which it names for the first time, to groups of
 * their own, and their users with them. `groups` are as `listGroups` gives them. Writes nothing.
 */
export async function previewFleet(
  store: Store,
  compiled: Compiled,
  groups: readonly AdmissionGroup[],
): Promise<PreviewedFleet> {
  const updates = await previewDeclared(store, declarationsOf(compiled.devices), compiled.references);
  const updated = new Map(updates.map((update) => [update.id, update]));
  const moved = new Map<string, Moved>();
  const left = new Map<AdmissionGroup, number>();
  const find = finder(groups);
  for (const found of await groupedDevices(store, [...updated.keys()])) {
    const device = { ...found, waves: wavesOf(compiled, found.device) ?? null };
    const from = find(device);
    const update = updated.get(device.device);
    if (from === undefined || update === undefined) continue;
    left.set(from, (left.get(from) ?? from.count) - 1);
    const to = keyOf({ ...device, factsId: update.facts.id, named: update.named }, true);
    const known = moved.get(to);
    if (known === undefined)
      moved.set(to, {
        group: { ...from, facts: update.facts, named: update.named },
        devices: [device],
        from: new Set([from]),
      });
    else {
      known.devices.push(device);
      known.from.add(from);
    }
  }
  const stayed = groups.map((group) => ({ ...group, count: left.get(group) ?? group.count }));
  const fresh = [...moved.values()].map(({ group, devices, from }) => ({
    group: {
      ...group,
      count: devices.length,
      devices: new Set(devices.map(({ device }) => device)).size,
      counted: undefined,
    },
    devices,
    from: [...from],
  }));
  const earlier = new Map<AdmissionGroup, readonly AdmissionGroup[]>(
    fresh.map(({ group, from }) => [group, from]),
  );
  const devicesOf = new Map<AdmissionGroup, Devices>(fresh.map(({ group, devices }) => [group, devices]));
  const channels = [...stayed.filter((group) => group.count > 0), ...fresh.map(({ group }) => group)];
  return {
    channels,
    groups: channels.filter(({ kind }) => kind !== "user"),
    before: (group) => earlier.get(group) ?? [group],
    devicesOf: async (group) =>
      devicesOf.get(group) ??
      (await devicesOfGroup(store, group)).filter(
        ({ device }) => !updated.has(device) && wavesOf(compiled, device) === group.waves,
      ),
  };
}

interface Moved {
  readonly group: AdmissionGroup;
  readonly devices: SeeingDevice[];
  readonly from: Set<AdmissionGroup>;
}

/** Groups of admission do not tell apart what devices report; the others do. */
function finder(groups: readonly AdmissionGroup[]): (device: SeeingDevice) => AdmissionGroup | undefined {
  const exact = new Map(groups.map((group) => [keyOf(deviceLike(group), true), group]));
  const rough = new Map(groups.map((group) => [keyOf(deviceLike(group), false), group]));
  return (device) => exact.get(keyOf(device, true)) ?? rough.get(keyOf(device, false));
}

/** With what it sees of the rollouts under way. */
type SeeingDevice = GroupedDevice & { readonly waves: string | null };

type Key = Omit<SeeingDevice, "device" | "epoch">;

function deviceLike(group: AdmissionGroup): Key {
  return {
    kind: group.kind ?? "device",
    user: group.user ?? null,
    factsId: group.facts.id,
    named: group.named,
    grantedId: group.granted?.id ?? null,
    observedId: group.observed?.id ?? null,
    suspended: group.suspended ?? null,
    unseen: group.unseen ?? null,
    waves: group.waves ?? null,
  };
}

function keyOf({ observedId, ...key }: Key, whole: boolean): string {
  const { kind, user, factsId, named, grantedId, suspended, unseen, waves } = key;
  return JSON.stringify([
    kind,
    user,
    factsId,
    named,
    grantedId,
    suspended,
    unseen,
    waves,
    whole ? observedId : "",
  ]);
}
