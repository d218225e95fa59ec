import type { World } from "../world.ts";

/** Something that is to happen to a subject: data, so that it survives a restart. */
export type Timer = { readonly kind: string; readonly subject: string; readonly at: number };

export type Timers = {
  /** Lets it happen at that time, instead of any time said before. */
  at(kind: string, subject: string, at: number): void;
  /** Lets it happen at that time or at the earlier one that was said before. */
  by(kind: string, subject: string, at: number): void;
  cancel(kind: string, subject: string): void;
  /** Plans again what was planned before a restart. */
  rearm(): void;
  /** Nothing happens any more; what was planned stays in the state. */
  stop(): void;
};

/** At most one timer of a kind for a subject, on the given world's clock. */
export function openTimers(
  world: World,
  planned: Map<string, Timer>,
  happen: (kind: string, subject: string) => void,
): Timers {
  const armed = new Map<string, () => void>();
  const keyOf = (kind: string, subject: string) => `${kind} ${subject}`;

  function arm(timer: Timer): void {
    const key = keyOf(timer.kind, timer.subject);
    armed.get(key)?.();
    const cancel = world.after(Math.max(0, timer.at - world.now()), () => {
      armed.delete(key);
      planned.delete(key);
      happen(timer.kind, timer.subject);
    });
    armed.set(key, cancel);
  }
  function at(kind: string, subject: string, when: number): void {
    const timer = { kind, subject, at: when };
    planned.set(keyOf(kind, subject), timer);
    arm(timer);
  }
  return {
    at,
    by(kind, subject, when) {
      const before = planned.get(keyOf(kind, subject));
      if (before === undefined || before.at > when) at(kind, subject, when);
    },
    cancel(kind, subject) {
      const key = keyOf(kind, subject);
      planned.delete(key);
      armed.get(key)?.();
      armed.delete(key);
    },
    rearm() {
      for (const timer of planned.values()) arm(timer);
    },
    stop() {
      for (const cancel of armed.values()) cancel();
      armed.clear();
    },
  };
}
