/** Which mutant is in force in this process, which are left, and which the test of now has come by. */
export interface Switches {
  on: number | undefined;
  left: Set<number>;
  /** How many there were. */
  count: number;
  readonly reached: Set<number>;
}

const indices = Array.from({ length: Number(process.env.REEVE_MUTANTS ?? 0) }, (_, index) => index);

/** Kept where code that is not loaded by this file finds it: mutated files ask `reeveIsOn`. */
const kept = globalThis as { reeveSwitches?: Switches; reeveIsOn?: (index: number) => boolean };

kept.reeveSwitches ??= { on: undefined, left: new Set(indices), count: indices.length, reached: new Set() };

export const switches: Switches = kept.reeveSwitches;

kept.reeveIsOn = (index) => {
  switches.reached.add(index);
  return switches.on === index;
};
