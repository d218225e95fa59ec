import type { Machine } from "./machine.ts";

export type Power = {
  isOnline(): boolean;
  goOffline(until?: number): void;
  goOnline(): void;
  /** Off, and on again after `forMs` when that is given. */
  off(forMs?: number): void;
  on(): void;
};

/** The power and the network of a device. `back` is called each time it can be reached again. */
export function openPower(machine: Machine, back: () => void): Power {
  const { world, log } = machine;
  let isOn = true;
  let offlineUntil = 0;

  function isOnline(): boolean {
    return isOn && world.now() >= offlineUntil;
  }
  function greet(): void {
    if (isOnline()) back();
  }
  function on(): void {
    if (isOn) return;
    isOn = true;
    log({ type: "power", on: true });
    greet();
  }
  return {
    isOnline,
    goOffline(until) {
      offlineUntil = until ?? Infinity;
      if (until !== undefined) world.after(until - world.now(), greet);
    },
    goOnline() {
      offlineUntil = 0;
      greet();
    },
    off(forMs) {
      isOn = false;
      log({ type: "power", on: false });
      if (forMs !== undefined) world.after(forMs, on);
    },
    on,
  };
}
