import type { Explained } from "./explained.ts";

/** The same of what guards in the database. */
export const sqlSurvivors: Readonly<Record<string, readonly Explained[]>> = {
  "reeve.gate_watch": [
    {
      because: "who stands twice among those behind it is the same person",
      mutants: [
        "-1); select array_agg([distinct → ] i.one) as persons into",
        "then array_agg([distinct → ] lower(btrim(a.author))) end",
      ],
    },
    {
      because: "nothing has happened before 1970",
      mutants: [":= coalesce(v_lifted, -[1 → 2]); select"],
    },
    {
      because: "into a variable goes the first row of two",
      mutants: ["v_row order by 2 desc limit [1 → 2]; if found then perform"],
    },
    {
      because: "a breaker that is engaged stays as it is, whatever would engage it: `trip` sees to that",
      mutants: [
        "l.name = 'breaker'; if [exists (select from reeve.latch l where l.name = 'breaker' and l.engaged) → false] then return; end if;",
      ],
    },
  ],
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
