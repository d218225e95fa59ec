import type { Explained } from "./explained.ts";

/** The same of what guards in the database. */
export const sqlSurvivors: Readonly<Record<string, readonly Explained[]>> = {
  "reeve.lift": [
    {
      because:
        "whoever engages a latch anew takes away who wanted it lifted before: `void_lifts` sees to that",
      mutants: ["where l.latch = p_latch [and l.engaged_at = v_latch.at → ] and l.at > v_now - 86400000)"],
    },
  ],
  "reeve.gate_elapsed": [
    {
      because: "before the gate has looked for the first time nothing waits",
      mutants: [
        "+ case when c.seen = [0 → 1] then 0 else least(",
        "+ case when c.seen = 0 then [0 → 1] else least(",
      ],
    },
    {
      because: "no test turns its clock by so much",
      mutants: ["[9000000000000000 → 18000000000000000]) else 300000 end) end from"],
    },
  ],
  "reeve.gate_tick": [
    {
      because:
        "where one connection has the database nobody looks meanwhile; on PostgreSQL gate.test.ts sees it, in 'looks at the clock one after the other'",
      mutants: ["v_elapsed bigint; begin [perform from reeve.gate_clock c for update; → null;] v_now :="],
    },
  ],
  "reeve.begin_epoch": [
    {
      because: "into a variable goes the first row of two",
      mutants: ["by d.enrolled_at desc limit [1 → 2]; end if; created :="],
    },
    {
      because: "of a new device nothing is open: that it is asked saves four statements",
      mutants: ["v_ended from taken t; if [v_ended is not null → true] then update"],
    },
    {
      because:
        "where one connection has the database nobody writes meanwhile; on PostgreSQL gate.test.ts sees it, in 'begins an epoch after the report'",
      mutants: [
        "c where c.device [= → <>] begin_epoch.device order by",
        "from reeve.channel c where[c.device = begin_epoch.device → true] order by c.id for no key",
        "and releases take them so. [perform from reeve.channel c where c.device = begi …  by c.id for no key update; → null;] if created then device",
      ],
    },
  ],
  "reeve.know_act": [
    {
      because: "into a variable goes the first row of two",
      mutants: ["a.name = new.subject limit [1 → 2]; new.by_person :="],
    },
  ],
  event_of_act: [
    {
      because: "the function finds nothing to add: that the trigger asks saves calling it",
      mutants: ["for each row when ([new.subject is not null and → ] (starts_with(new.type,"],
    },
  ],
  "reeve.daily_limit": [
    {
      because: "of a larger fleet no more is counted, so that asking costs little",
      mutants: ["'quarantined') limit [1000000 → 2000000] ) enrolled; return"],
    },
  ],
  "reeve.disruptive_limit": [
    {
      because: "none in a hundred are none, however many are counted",
      mutants: [
        "if v_ceiling.percent [> → >=] 0 then select count(*)",
        "v_enrolled bigint := [0 → 1]; begin select * into",
        "c.name = 'disruptive'; if [v_ceiling.percent > 0 → true] then select count(*)",
      ],
    },
    {
      because: "of a larger fleet no more is counted, so that asking costs little",
      mutants: ["'quarantined') limit [1000000 → 2000000] ) enrolled; end if;"],
    },
  ],
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
  "reeve.approvals_of": [
    {
      because: "one row has that number, and into a variable goes the first row of two",
      mutants: [
        "select count(*), max(r.id), [max → min](r.elapsed) filter (where r.n",
        "desc, a.id limit [1 → 2]; end",
      ],
    },
    {
      because: "no two acts have one digest: it covers the name, and there is one act of a name",
      mutants: [
        "reeve.approval a where[a.act = p_act and → ] a.digest = p_digest and",
        "from reeve.approval a where[a.act = p_act and → ] a.digest = p_digest and",
      ],
    },
  ],
  "reeve.ready_in": [
    {
      because: "nothing has happened before 1970",
      mutants: ["reeve.act_digest(p_act), -[1 → 2], p_now); if v_stand.path"],
    },
  ],
  "reeve.seal_events": [
    {
      because:
        "the embedded store has one connection, and so nobody who seals meanwhile; on PostgreSQL the tests of verifying have some",
      mutants: [
        "pg_try_advisory_xact_lock([7391274002 → 14782548004]) then return 0; end if;",
        "then return [0 → 1]; end if; select * into",
        "then return 0; end if; if [not pg_try_advisory_xact_lock(7391274002) → false] then return 0; end if;",
      ],
    },
    {
      because: "into a variable goes the first row of two",
      mutants: ["s order by s.n desc limit [1 → 2]; with taken as ("],
    },
  ],
  "reeve.prune_slice": [
    {
      because:
        "the embedded store has one connection, and so nobody who begins to use it meanwhile; on PostgreSQL the tests of the server have some",
      mutants: [
        "n.id = any(v_ids) [and not exists (select from reeve.device d where d.facts_id = n.id) → ] and not exists (select from",
        "d.facts_id = n.id) [and not exists (select from reeve.channel c where c.granted_id = n.id) → ] and not exists (select from (2)",
        "c.granted_id = n.id) [and not exists (select from reeve.channel c where c.observed_id = n.id) → ] and not exists (select from (2)",
        "c.observed_id = n.id) [and not exists (select from reeve.channel c where c.declared_id = n.id) → ]; end case; get",
      ],
    },
  ],
  act_target_lifecycle: [
    {
      because: "the function asks for it as well: that the trigger does saves calling it",
      mutants: [
        "in new.parameters) [> → >=] 0) execute function",
        "in new.parameters) > [0 → 1]) execute function",
        "and old.status <> 'executed' [and position('\"afterwards\"' in new.parameters) > 0 → ]) execute function",
      ],
    },
  ],
  "reeve.erase_records": [
    {
      because:
        "a sentence without the word is written as it was: that it is found beforehand, once for all words, saves looking at each again and writing it",
      mutants: [
        "position(v.one in w.word) [> → >=] 0)); foreach v_word in",
        "position(v_word in w.word) [> → >=] 0 and ((w.device is",
        "where w.token [= → <>] any(v_tokens) and",
        "w.token = any(v_tokens) [and position(v_word in w.word) > 0 → ] and ((w.device is null and",
        "v_word, '(erased)') where[w.token = any(v_tokens) and → ] position(v_word in w.word) >",
        "reeve.event_word w where[exists (select from unnest(v_words) v(one) where position(v.one in w.word) > 0) → true]); foreach v_word in array",
        "unnest(v_words) v(one) where[position(v.one in w.word) > 0 → true])); foreach v_word in array",
      ],
    },
    {
      because: "what an act contains is an object: no word is the first of it",
      mutants: ["in a.content) > [0 → 1]) from reeve.act a where"],
    },
  ],
  "reeve.forget_device": [
    {
      because: "who has a channel is a device that there is",
      mutants: ["v_answer := case when[v_epoch is null or → ] not exists (select from"],
    },
  ],
  "reeve.release_act": [
    {
      because: "nothing has happened before 1970",
      mutants: ["v_digest, coalesce(v_last, -[1 → 2]), p_now); if v_stand.path"],
    },
    {
      because: "into a variable goes the first row of two",
      mutants: ["order by r.id desc limit [1 → 2]; v_again := exists ("],
    },
    {
      because: "of a larger fleet no more is counted, so that asking costs little",
      mutants: ["'quarantined') limit [1000000 → 2000000] ) enrolled; --"],
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
