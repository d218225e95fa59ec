-- A revision under which devices erase themselves sooner is a wipe that nobody approved yet: while the latch `armed` is
-- engaged everything only watches. Two approvers lift it, as with the breaker where nobody can tell who is behind it; in
-- a company with one administrator, he does.
create or replace function reeve.lift(p_latch text, p_reason text, p_by text, p_identities text[], p_now bigint) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_by constant text := lower(btrim(coalesce(p_by, '')));
  v_latch reeve.latch;
begin
  select * into v_latch from reeve.latch l where l.name = p_latch for update;
  if v_latch.name is null or not v_latch.engaged then return 'not-engaged'; end if;
  if v_by = '' then return 'own'; end if;
  if p_latch in ('breaker', 'armed') and reeve.setting_of('solo') is distinct from 'on' then
    if v_by = any(v_latch.persons) or coalesce(p_identities, '{}') && v_latch.persons then return 'own'; end if;
    if cardinality(v_latch.persons) = 0 then
      insert into reeve.latch_lift (latch, engaged_at, by_person, reason, at)
      values (p_latch, v_latch.at, v_by, p_reason, v_now);
      if (select count(distinct l.by_person) from reeve.latch_lift l
          where l.latch = p_latch and l.engaged_at = v_latch.at and l.at > v_now - 86400000) < 2
      then return 'another'; end if;
    end if;
  end if;
  update reeve.latch l set engaged = false, reason = p_reason, by_person = btrim(p_by), at = v_now, persons = '{}'
  where l.name = p_latch;
  insert into reeve.event (at, type, message, by_person)
  values (v_now, 'gate.lifted', p_latch || ': ' || p_reason, btrim(p_by));
  return 'lifted';
end $$;
