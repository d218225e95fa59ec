/** Mutants that no test kills, and why that is no hole. */
export interface Explained {
  readonly because: string;
  /** By their names. */
  readonly mutants: readonly string[];
}

export const sign = "only the sign of a comparison counts, and no two that are compared are the same";
