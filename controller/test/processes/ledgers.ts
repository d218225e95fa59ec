import { expect } from "vitest";
import type { OperationView } from "../../loop/views.ts";
import type { AppleDevice } from "../../simulator/apple-device.ts";
import { executed } from "./house.ts";
import type { Life } from "./lives.ts";

/** One run of a life on its device, and what reeve has written down of it. */
export interface Trial {
  readonly life: Life;
  readonly device: AppleDevice;
  /** Which run it is, from 1. */
  readonly number: number;
  /** How long the device's ledger was when it began. */
  readonly mark: number;
  /** The commands that reeve has sent since then. */
  readonly rows: () => Promise<readonly OperationView[]>;
}

/** What will be sent once the device asks: no command yet. */
export function isAwaited(row: OperationView): boolean {
  return row.status === "waiting" || row.status === "notified" || row.status === "not-notified";
}

/** Commands that are neither answered nor given up, and what will become one. */
export function isOpen(row: OperationView): boolean {
  return row.status === "sent" || row.status === "notNow" || isAwaited(row);
}

/** What the device did and what reeve believes it did, command by command. Throws where they differ. */
export function agree({ life, device, mark }: Trial, rows: readonly OperationView[]): void {
  const since = device.ledger.entries.slice(mark);
  const status = new Map(rows.map((row) => [row.id, row.status]));
  const handed = new Set(since.flatMap((entry) => (entry.type === "command" ? [entry.uuid] : [])));
  for (const uuid of handed) expect(status.has(uuid), `reeve knows ${uuid}`).toBe(true);
  for (const entry of since)
    if (entry.type === "answered")
      expect(status.get(entry.uuid), entry.requestType).toBe(
        entry.status === "Acknowledged" ? "executed" : "failed",
      );
  for (const row of rows)
    if (row.status === "executed") expect(handed.has(row.id), `${row.type} reached the device`).toBe(true);
  if (life.once) isOnce(life, executed(device, life.requestType, mark), rows);
}

/** One row, at most one execution; without an execution nobody claims that there was one. */
function isOnce(life: Life, times: number, rows: readonly OperationView[]): void {
  const own = rows.filter((row) => row.type === life.requestType);
  expect(own.map((row) => row.type)).toEqual([life.requestType]);
  expect(times).toBeLessThanOrEqual(1);
  expect(["executed", "unknown"]).toContain(own[0]?.status);
  if (times === 0) expect(own[0]?.status).toBe("unknown");
}

/** A device that comes again and again is not given once more what is done once, known or unknown. */
export async function staysSo({ life, device, rows }: Trial): Promise<void> {
  if (!life.once) return;
  const times = executed(device, life.requestType);
  const before = await sayings(life, rows);
  await device.connect();
  await device.connect();
  expect(await sayings(life, rows)).toEqual(before);
  expect(executed(device, life.requestType)).toBe(times);
}

async function sayings(life: Life, rows: Trial["rows"]): Promise<string[]> {
  const own = (await rows()).filter((row) => row.type === life.requestType);
  return own.map((row) => `${row.id} ${row.status}`);
}
