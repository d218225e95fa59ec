import { digestOf } from "../core/canonical.ts";
import { freshChannel } from "../core/channel.ts";
import type { Fact } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Intent } from "../core/intent.ts";
import type { LedgerChange } from "../core/ledger.ts";
import type { ChannelChange, ChannelRow, Interned, NewEpoch } from "../core/ports.ts";
import { type Begun, beginEpoch, updateToken } from "./enrollment.ts";
import type { Store } from "./open.ts";

/** Devices and changes as the tests of the store need them. */
export const start = 1_800_000_000_000;

export function reported(value: string): Fact {
  return { value, source: "reported" };
}

export function asserted(value: string): Fact {
  return { value, source: "asserted" };
}

/** An Authenticate of device `n`. */
export function authentication(n: number, change: Partial<NewEpoch> = {}): NewEpoch {
  return {
    channel: `UDID-${n}`,
    kind: "device",
    certificate: `cert-${n}`,
    topic: "com.apple.mgmt.test",
    serial: `SERIAL${n}`,
    udid: `UDID-${n}`,
    facts: { platform: reported("ios"), model: reported("iPhone15,2") },
    asserted: {},
    at: start,
    ...change,
  };
}

/** Enrolls device `n` as far as its first TokenUpdate. */
export async function enroll(store: Store, n: number, change: Partial<NewEpoch> = {}): Promise<Begun> {
  const enrollment = authentication(n, change);
  const begun = await beginEpoch(store, enrollment);
  const push = { token: `token-${n}`, magic: `magic-${n}`, topic: enrollment.topic };
  const { channel, at } = enrollment;
  await updateToken(store, { channel, epoch: begun.epoch, push, at });
  return begun;
}

/** A channel that must exist. */
export async function channelOf(store: Store, id: string): Promise<ChannelRow> {
  const row = await store.channels.read(id);
  if (row === undefined) throw new Error(`no channel ${id}`);
  return row;
}

/** A change of a channel that changes nothing but what is given. */
export function changeOf(row: ChannelRow, change: Partial<ChannelChange> = {}): ChannelChange {
  return {
    id: row.id,
    version: row.version,
    state: row.state ?? freshChannel,
    ledger: [],
    acts: [],
    events: [],
    dueAt: row.dueAt,
    seenAt: row.lastSeenAt,
    ...change,
  };
}

export function sent(
  id: string,
  intent: Intent,
  change: Partial<Extract<LedgerChange, { type: "sent" }>> = {},
) {
  const requestType = intent.type === "act" ? "EraseDevice" : "DeviceInformation";
  const kind = intent.type === "act" ? "once" : "query";
  return { type: "sent", id, intent, requestType, class: kind, attempt: 1, at: start, ...change } as const;
}

/** A granted state that differs with its groups. */
export function grantedOf(...groups: string[]): Interned<Granted> {
  const body: Granted = {
    items: [],
    inventory: [],
    groups,
    sends: "all",
    conflicts: [],
    lifted: [],
    unsupported: [],
    notApplicable: [],
  };
  return { id: digestOf(body), body };
}
