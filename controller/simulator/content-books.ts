import type { World } from "./world.ts";

/** What a location owns of one item. */
export type OwnedAsset = {
  readonly adamId: string;
  readonly total: number;
  readonly deviceAssignable?: boolean;
};

/** One change that was asked for. */
export type ContentEvent = {
  readonly id: string;
  readonly type: "ASSOCIATE" | "DISASSOCIATE";
  readonly adamIds: readonly string[];
  readonly serials: readonly string[];
  readonly readyAt: number;
  /** Scripted: it fails with this number for these devices, or for all. */
  readonly script: { readonly number: number; readonly serials?: readonly string[] } | undefined;
  failures: readonly { readonly number: number; readonly serials: readonly string[] }[];
  done: boolean;
};

/** What happened to the licences of a location, in order. */
export type ContentEntry = {
  readonly at: number;
  readonly type: "ASSOCIATE" | "DISASSOCIATE";
  readonly adamId: string;
  readonly serial: string;
  /** False: it was so already. */
  readonly changed: boolean;
};

/** The licences of one location; events come true when their time has come. */
export type ContentBooks = {
  readonly assets: Map<string, OwnedAsset>;
  readonly ledger: readonly ContentEntry[];
  begin(
    type: ContentEvent["type"],
    adamIds: readonly string[],
    serials: readonly string[],
    script?: ContentEvent["script"],
  ): ContentEvent;
  event(id: string): ContentEvent | undefined;
  holders(adamId: string): readonly string[];
  holds(serial: string, adamId: string): boolean;
  /** Somebody else assigns a licence, or takes it away. */
  assign(serial: string, adamId: string): void;
  take(serial: string, adamId: string): void;
};

/** The books of a location that owns these assets. */
export function contentBooks(
  world: World,
  assets: readonly OwnedAsset[],
  eventMs: () => number,
): ContentBooks {
  const owned = new Map(assets.map((asset) => [asset.adamId, asset]));
  const held = new Map<string, Set<string>>();
  const events = new Map<string, ContentEvent>();
  const ledger: ContentEntry[] = [];

  function holdersOf(adamId: string): Set<string> {
    const known = held.get(adamId) ?? new Set<string>();
    held.set(adamId, known);
    return known;
  }
  function comeTrue(): void {
    for (const event of events.values()) if (!event.done && event.readyAt <= world.now()) carryOut(event);
  }
  function carryOut(event: ContentEvent): void {
    event.done = true;
    const refused = new Map<number, string[]>();
    for (const adamId of event.adamIds)
      for (const serial of event.serials) {
        const number = carryOutOne(event, adamId, serial);
        if (number !== undefined) refused.set(number, [...(refused.get(number) ?? []), serial]);
      }
    event.failures = [...refused].map(([number, serials]) => ({ number, serials }));
  }
  /** The number of what stands in its way. */
  function carryOutOne(event: ContentEvent, adamId: string, serial: string): number | undefined {
    const { script } = event;
    if (script !== undefined && script.serials?.includes(serial) !== false) return script.number;
    const holders = holdersOf(adamId);
    const changed = holders.has(serial) !== (event.type === "ASSOCIATE");
    if (event.type === "ASSOCIATE" && changed) {
      if (holders.size >= (owned.get(adamId)?.total ?? 0)) return 9709;
      holders.add(serial);
    } else if (event.type === "DISASSOCIATE") holders.delete(serial);
    ledger.push({ at: world.now(), type: event.type, adamId, serial, changed });
    return undefined;
  }
  return {
    assets: owned,
    ledger,
    begin(type, adamIds, serials, script) {
      const id = `00000000-0000-4000-8000-${String(events.size + 1).padStart(12, "0")}`;
      const readyAt = world.now() + eventMs();
      const event: ContentEvent = { id, type, adamIds, serials, readyAt, script, failures: [], done: false };
      events.set(id, event);
      return event;
    },
    event(id) {
      comeTrue();
      return events.get(id);
    },
    holders(adamId) {
      comeTrue();
      return [...holdersOf(adamId)].sort();
    },
    holds(serial, adamId) {
      comeTrue();
      return holdersOf(adamId).has(serial);
    },
    assign: (serial, adamId) => void holdersOf(adamId).add(serial),
    take: (serial, adamId) => void holdersOf(adamId).delete(serial),
  };
}
