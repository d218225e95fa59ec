/** What persons have stopped for one device. */
export interface Stops {
  /** The kill switch: nothing at all is sent. */
  readonly halted: boolean;
  /**
   * Observe mode, a restored database, settings that erase devices sooner, or a suspension of everything or of a group:
   * nothing is changed, given or taken. Questions are sent; acts only where it is those settings alone, for acts have
   * approvals of their own.
   */
  readonly changes: boolean;
  readonly removals: boolean;
  /** The breaker: nothing that destroys leaves, and nothing of that kind goes again. */
  readonly destruction: boolean;
}

/**
 * Reads the names of latches and controls as they apply to a device of these groups. Stops act where a command is
 * decided and not only where states are granted, so that they hold for what was granted before.
 */
export function stopsFor(names: readonly string[], groups: readonly string[]): Stops {
  if (names.length === 0) return nothingStopped;
  const is = (name: string): boolean => names.includes(name);
  return {
    halted: is("kill-switch"),
    changes:
      ["observe", "restored", "armed", "suspended"].some(is) ||
      groups.some((group) => is(`suspended/${group}`)),
    removals: is("frozen"),
    destruction: is("breaker"),
  };
}

const nothingStopped: Stops = { halted: false, changes: false, removals: false, destruction: false };
