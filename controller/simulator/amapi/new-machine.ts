import { type Cloud, nextNumber } from "./cloud.ts";
import type { Machine, Moods } from "./device/machine.ts";

/** What a new device is like; what is not said is that of an ordinary phone. */
export type NewMachine = {
  readonly serial?: string;
  readonly brand?: string;
  readonly model?: string;
  /** 8 to 16. */
  readonly android?: number;
  readonly moods?: Moods;
  /** The identifier of its eSIM chip; `null` for a device that has none. */
  readonly eid?: string | null;
};

/** A device as it comes out of its box. */
export function newMachine(cloud: Cloud, wished: NewMachine): Machine {
  const number = nextNumber(cloud);
  const digits = String(number).padStart(8, "0");
  const eid = wished.eid === undefined ? `890330${digits.padStart(26, "0")}` : wished.eid;
  return {
    serial: wished.serial ?? `EMU${digits}`,
    brand: wished.brand ?? "Google",
    model: wished.model ?? "Pixel 9",
    imei: `3500000${digits}`,
    android: wished.android ?? 15,
    online: true,
    moods: { ...wished.moods },
    names: [],
    apps: new Map(),
    ...(eid === null ? {} : { eid }),
    esims: [],
    bootedAt: cloud.now(),
    wrongPasswords: 0,
    alsoReports: [],
    outcomes: new Map(),
    ledger: [],
  };
}
