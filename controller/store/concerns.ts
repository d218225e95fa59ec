import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** Something that stands in the way now, and stood there or not when it was looked at before. */
export interface Concern {
  readonly key: string;
  /** `concern.began`, or `concern.stalled` for a reason why devices make no progress. */
  readonly type: string;
  readonly message: string;
}

/**
 * Notes what stands in the way now. What is new has an event of its type; what has not been there for `restMs` has an
 * event `concern.ended`. However many replicas look, and however often they start, each is said once.
 */
export async function noteConcerns(
  store: Store,
  concerns: readonly Concern[],
  at: number,
  restMs: number,
): Promise<void> {
  await store.query(
    {
      name: "concerns-note",
      text: `
    with given as (select * from jsonb_to_recordset($1) as g(key text, type text, message text)),
    seen as (
      update reeve.concern c set seen_at = $2, message = g.message from given g where c.key = g.key returning c.key
    ), begun as (
      insert into reeve.concern (key, type, message, since, seen_at)
      select g.key, g.type, g.message, $2, $2 from given g where not exists (select from seen s where s.key = g.key)
      on conflict (key) do nothing returning key, type, message
    ), over as (
      delete from reeve.concern c where c.seen_at < $2 - $3
        and not exists (select from given g where g.key = c.key) returning c.key, c.message
    ), said as materialized (
      select b.*, left(replace(gen_random_uuid()::text, '-', ''), 16) as token from (
        select type, message from begun union all select 'concern.ended', message from over) b
    ), words as (
      -- They may name devices and persons, and the history never does itself.
      insert into reeve.event_word (token, word) select token, message from said
    )
    insert into reeve.event (at, type, subject, message)
    select $2, type, null, '{word ' || token || '}' from said`,
    },
    [toJson(concerns), at, restMs],
  );
}
