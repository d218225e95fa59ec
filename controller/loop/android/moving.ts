import type { Quota } from "../../android/bucket.ts";
import { getMeta, putMeta } from "../../store/meta.ts";
import type { Store } from "../../store/open.ts";
import type { AndroidPorts } from "./ports.ts";

/** How far devices have been given other policies, for people on any replica to see. */
export interface Moving {
  /** So many devices are still to be moved. What was begun before and cut off is gone on with. */
  readonly begin: (devices: number) => Promise<void>;
  readonly moved: (devices: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

interface Moves {
  readonly moved: number;
  readonly of: number;
  /** How long the rest takes by the quota, ms. */
  readonly leftMs: number;
  readonly at: number;
}

const key = "android-moves";
/** Fewer are moved before anybody looks. */
const fewest = 25;
const everyMs = 5_000;
/** Who was not heard for longer does not move anything. */
const silentMs = 10 * 60_000;

/** Tells in the store how moving goes on, now and then. */
export function createMoving({ store, clock }: Pick<AndroidPorts, "store" | "clock">, quota: Quota): Moving {
  let count = 0;
  let of = 0;
  let toldAt: number | undefined;

  async function tell(): Promise<void> {
    toldAt = clock();
    const leftMs = Math.ceil(((of - count) * quota.perMs) / quota.calls);
    const moves: Moves = { moved: count, of, leftMs, at: toldAt };
    await putMeta(store, key, JSON.stringify(moves));
  }

  return {
    begin: async (devices) => {
      if (devices === 0 || (toldAt === undefined && devices < fewest)) return;
      if (toldAt === undefined) count = (await readMoves(store, clock()))?.moved ?? 0;
      of = count + devices;
      await tell();
    },
    moved: async (devices) => {
      if (toldAt === undefined) return;
      count += devices;
      if (clock() - toldAt >= everyMs) await tell();
    },
    end: async () => {
      if (toldAt === undefined) return;
      toldAt = undefined;
      count = 0;
      await putMeta(store, key, "");
    },
  };
}

async function readMoves(store: Store, now: number): Promise<Moves | undefined> {
  const text = (await getMeta(store, key)) ?? "";
  const moves = text === "" ? undefined : (JSON.parse(text) as Moves);
  return moves !== undefined && now - moves.at <= silentMs ? moves : undefined;
}

/** How far devices have been moved, in words; empty when none are being moved. */
export async function movesUnderWay(store: Store, now: number): Promise<readonly string[]> {
  const moves = await readMoves(store, now);
  if (moves === undefined) return [];
  const number = (value: number): string => value.toLocaleString("en-US");
  const devices = `${number(moves.moved)} of ${number(moves.of)} devices moved to other policies`;
  const minutes = Math.max(1, Math.round(moves.leftMs / 60_000));
  return [`Android: ${devices}; by Google's quota about ${minutes} min left`];
}
