import { type Explained, sign } from "./explained.ts";

/** Survivors in what says which device gets what, and when: waves, windows, membership. */
export const survivorsOfReach: Readonly<Record<string, readonly Explained[]>> = {
  "controller/core/rollout-layers.ts": [
    {
      because: "without any layer there is none under the first: this tells the compiler",
      mutants: [
        "beginWave: top === undefined || under.length === 0 → under.length === 0",
        "abort: top === undefined || under.length === 0 → under.length === 0",
      ],
    },
  ],
  "controller/core/seen-policies.ts": [
    {
      because: sign,
      mutants: [
        "withRollouts: a.policy < b.policy → a.policy <= b.policy",
        "withRollouts: 1 → 2 (2)",
        "withRollouts: 1 → 2 (3)",
        "byPriority: a.name < b.name → a.name <= b.name",
        "byPriority: 1 → 2",
        "byPriority: 1 → 2 (2)",
      ],
    },
  ],
};
