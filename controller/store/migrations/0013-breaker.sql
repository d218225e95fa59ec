-- Stops: everything that keeps acts from leaving until persons lift it. The breaker engages by itself.

-- The application may engage one; only the approver may lift it.
create table reeve.latch (
  name text primary key,
  engaged boolean not null,
  reason text not null,
  by_person text not null,
  at bigint not null,
  -- Who is behind it, folded: none of them lifts the breaker.
  persons text[] not null default '{}'
);

-- Approvers who want the breaker lifted, where one is not enough.
create table reeve.latch_lift (
  id bigint generated always as identity primary key,
  latch text not null,
  engaged_at bigint not null,
  by_person text not null,
  reason text not null,
  at bigint not null
);

-- Whoever engages a latch again, for another reason say, has everybody asked again: who wanted it lifted did so for what
-- it stood for then.
create function reeve.void_lifts() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  delete from reeve.latch_lift l where l.latch = new.name;
  return null;
end $$;
create trigger void_lifts after insert or update on reeve.latch
for each row when (new.engaged) execute function reeve.void_lifts();

-- Approvals that were refused.
create table reeve.gate_refusal (
  id bigint generated always as identity primary key,
  act text not null,
  reason text not null,
  by_person text not null,
  identities text[] not null,
  at bigint not null,
  elapsed bigint not null
);
create index gate_refusal_at on reeve.gate_refusal (at);

-- Engages the breaker, unless it is engaged, and says so in an event that nobody takes back.
create function reeve.trip(p_reason text, p_persons text[], p_now bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
begin
  insert into reeve.latch as l (name, engaged, reason, by_person, at, persons)
  values ('breaker', true, p_reason, 'reeve', v_now, coalesce(p_persons, '{}'))
  on conflict (name) do update set engaged = true, reason = excluded.reason, by_person = excluded.by_person,
    at = excluded.at, persons = excluded.persons
  where not l.engaged;
  if found then
    insert into reeve.event (at, type, message, by_person) values (v_now, 'gate.breaker', p_reason, 'reeve');
  end if;
end $$;

-- Engages the breaker when the record of an act was tampered with: nobody vouches for it, or it calls itself ready to
-- destroy and nobody ever approved it. True when it was.
create function reeve.check_act(p_act text, p_now bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_name text;
begin
  select a.name into v_name from reeve.act a where a.id = p_act;
  if v_name is null then return false; end if;
  if not reeve.is_vouched(p_act) then
    perform reeve.trip('the record of ' || v_name || ' is not what reeve has filed', '{}', p_now);
    return true;
  end if;
  if exists (select from reeve.act_target t where t.act = p_act and t.status = 'ready' and t.destructive)
    and not exists (select from reeve.approval a where a.act = p_act)
  then
    perform reeve.trip(v_name || ' calls itself ready, and nobody ever approved it', '{}', p_now);
    return true;
  end if;
  return false;
end $$;

-- Notes that time has passed, and engages the breaker for what has happened since it was lifted last: too many refused
-- approvals, too many acts that one person approves in a row, more asked for than ten days may destroy.
create function reeve.gate_watch(p_now bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint;
  v_elapsed bigint := reeve.gate_tick(p_now);
  v_lifted bigint;
  v_row constant integer := reeve.setting_of('approvals-in-a-row')::integer;
  v_most bigint;
  v_found record;
begin
  v_now := reeve.now_ms(p_now);
  select l.at into v_lifted from reeve.latch l where l.name = 'breaker';
  if exists (select from reeve.latch l where l.name = 'breaker' and l.engaged) then return; end if;
  v_lifted := coalesce(v_lifted, -1);

  select array_agg(distinct i.one) as persons into v_found
  from reeve.gate_refusal r left join lateral unnest(array_append(r.identities, lower(btrim(r.by_person)))) i(one) on true
  where r.at > v_lifted and r.elapsed > v_elapsed - 3600000
  having count(distinct r.id) > 5;
  if found then
    perform reeve.trip('more than five approvals were refused within an hour', v_found.persons, p_now);
    return;
  end if;

  select lower(a.by_person) as person, count(distinct a.act) as number into v_found
  from reeve.approval a
  where a.expires_at > v_now and a.at > v_lifted and a.elapsed > v_elapsed - 1200000
    and exists (select from reeve.act_target t where t.act = a.act and t.destructive)
  group by 1 having count(distinct a.act) > v_row order by 2 desc limit 1;
  if found then
    perform reeve.trip(
      v_found.person || ' approved ' || v_found.number || ' acts that destroy within 20 minutes',
      array[v_found.person], p_now);
    return;
  end if;

  v_most := 10 * reeve.daily_limit();
  select count(*) as number into v_found
  from reeve.act_target t join reeve.act a on a.id = t.act
  -- One that lies ahead would engage it again each time that it is lifted.
  where t.status in ('held', 'ready') and t.destructive and a.created_at > v_lifted and a.created_at <= v_now;
  if v_found.number > v_most then
    perform reeve.trip(
      v_found.number || ' devices are to be destroyed, and ' || v_most || ' is what may be in ten days',
      -- A claim keeps its bearer from approving, and is no proof against him: one who can push a commit could name
      -- everybody who lifts the breaker. So could one who writes acts that reeve has not filed.
      (select case when bool_and(a.verified and reeve.is_vouched(a.id)) then array_agg(distinct lower(btrim(a.author))) end from reeve.act a
        where a.created_at > v_lifted and a.created_at <= v_now and exists (
          select from reeve.act_target t where t.act = a.id and t.status in ('held', 'ready') and t.destructive)),
      p_now);
    return;
  end if;
end $$;

-- Lifts a latch. For the approver role alone. The breaker is lifted by somebody who is not behind it, or by two where
-- nobody can tell who is; in a company with one administrator, by him. So is `armed`: a revision under which devices erase
-- themselves sooner is a wipe that nobody approved yet, and while it is engaged nothing is changed on any device.
create function reeve.lift(p_latch text, p_reason text, p_by text, p_identities text[], p_now bigint) returns text
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

revoke all on all functions in schema reeve from public;
