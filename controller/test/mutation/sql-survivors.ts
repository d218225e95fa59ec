import type { Explained } from "./explained.ts";

/** The same of what guards in the database. */
export const sqlSurvivors: Readonly<Record<string, readonly Explained[]>> = {
  "reeve.approve": [
    {
      because: "what was refused a month ago counts no more: that it goes saves room",
      mutants: [
        "r where r.at [< → <=] v_now - 2592000000;",
        "r where r.at < v_now - [2592000000 → 5184000000]; insert into",
        "is not null then [delete from reeve.gate_refusal r where r.at < v_now - 2592000000; → null;] insert into",
      ],
    },
    {
      because: "an approval that is given for no time at all counts for a millisecond",
      mutants: ["+ least(greatest(p_ttl_ms, [1 → 2]), 86400000), case when"],
    },
  ],
};
