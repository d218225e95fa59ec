/** A policy at Google that reeve wrote, and the digest of what it wrote last. */
export interface KnownPolicy {
  readonly id: string;
  readonly hash: string;
}

/** Devices that are alike for Google: the same content is granted to them, and the same policy is theirs now. */
export interface AlikeDevices {
  /** What the policies of such devices are called, readable. */
  readonly set: string;
  readonly hash: string;
  /** The policy that Google's record names; undefined when that is none of reeve's. */
  readonly on: string | undefined;
  readonly devices: number;
  /** Nothing may change for them, suspended or only watched as they are: their policy stays as it is. */
  readonly fixed?: true;
}

export interface PolicyPlacement {
  /** Policies to write, with the digest of what they shall hold. */
  readonly patches: readonly { readonly id: string; readonly hash: string }[];
  /** Which devices go where, once it is written. */
  readonly moves: readonly { readonly from: AlikeDevices; readonly to: string }[];
}

/**
 * The fewest calls after which every device has a policy that holds what is granted to it. A policy is written in place
 * only when all devices that have it are granted the new content; else another one is written, and devices are moved.
 * Pure, and the same for any order of what is given.
 */
export function placePolicies(
  known: readonly KnownPolicy[],
  groups: readonly AlikeDevices[],
): PolicyPlacement {
  const holds = new Map(known.map((one) => [one.id, one.hash]));
  const free = groups.filter((one) => one.fixed !== true);
  const isSettled = ({ on, hash }: AlikeDevices): boolean => on !== undefined && holds.get(on) === hash;
  const open = [...byHash(free.filter((one) => !isSettled(one)))].sort(mostFirst);
  const having = Map.groupBy(groups, ({ on }) => on);
  const holding = Map.groupBy(known, (one) => one.hash);
  const taken = new Set(groups.flatMap(({ on }) => on ?? []));
  /** Policies that are decided on: no second content finds a place in them. */
  const homes = new Set<string>();
  const patches: { id: string; hash: string }[] = [];
  const moves: { from: AlikeDevices; to: string }[] = [];
  for (const [hash, those] of open) {
    const ready = (holding.get(hash) ?? []).map(({ id }) => id).filter((id) => !homes.has(id));
    const inPlace = [...new Set(those.flatMap(({ on }) => on ?? []))].filter(
      (id) => holds.has(id) && !homes.has(id) && (having.get(id) ?? []).every((one) => mayHold(one, hash)),
    );
    const home = cheapest(those, ready, inPlace) ?? {
      id: idle(those, holds, taken),
      isWritten: false,
    };
    taken.add(home.id);
    homes.add(home.id);
    if (!home.isWritten) patches.push({ id: home.id, hash });
    for (const from of those) if (from.on !== home.id) moves.push({ from, to: home.id });
  }
  return { patches, moves };
}

function mayHold({ fixed, hash }: AlikeDevices, wanted: string): boolean {
  return fixed !== true && hash === wanted;
}

function byHash(groups: readonly AlikeDevices[]): ReadonlyMap<string, readonly AlikeDevices[]> {
  return Map.groupBy(groups, (one) => one.hash);
}

function mostFirst(
  [hashA, a]: readonly [string, readonly AlikeDevices[]],
  [hashB, b]: readonly [string, readonly AlikeDevices[]],
): number {
  return count(b) - count(a) || (hashA < hashB ? -1 : 1);
}

function count(groups: readonly AlikeDevices[]): number {
  return groups.reduce((sum, one) => sum + one.devices, 0);
}

/** One call for each device that is moved, and one to write what does not hold it yet. */
function cheapest(
  those: readonly AlikeDevices[],
  ready: readonly string[],
  inPlace: readonly string[],
): { readonly id: string; readonly isWritten: boolean } | undefined {
  const options = [
    ...ready.map((id) => ({ id, isWritten: true, calls: count(those) })),
    ...inPlace.map((id) => ({
      id,
      isWritten: false,
      calls: 1 + count(those.filter((one) => one.on !== id)),
    })),
  ];
  return options.sort((a, b) => a.calls - b.calls || (a.id < b.id ? -1 : 1))[0];
}

/** A policy of the set that no device has: one of reeve's that stands idle, or a new one. */
function idle(
  those: readonly AlikeDevices[],
  known: ReadonlyMap<string, string>,
  taken: ReadonlySet<string>,
): string {
  const set = those.map((one) => one.set).sort()[0] ?? "";
  for (const wantsKnown of [true, false])
    for (const slot of slots) {
      const id = `${set}-${slot}`;
      if (!taken.has(id) && known.has(id) === wantsKnown) return id;
    }
  throw new Error(`no policy is left for ${set}`);
}

/** Two would do for one content after another; several contents of one set, as waves and exemptions make them, take more. */
const slots: readonly string[] = Array.from({ length: 676 }, (_, index) => {
  const letter = (n: number): string => String.fromCharCode(97 + n);
  return index < 26 ? letter(index) : `${letter(Math.floor(index / 26) - 1)}${letter(index % 26)}`;
});
