-- Who stands for an act beside its author, and since when.

create table reeve.approval (
  id bigint generated always as identity primary key,
  act text not null references reeve.act,
  digest text not null,
  by_person text not null,
  -- `own`: by somebody who asked for it himself, where `solo` allows it. `break-glass`: alone, one device in 24 hours.
  kind text not null default 'person' check (kind in ('person', 'own', 'break-glass')),
  note text,
  at bigint not null,
  -- When, by the gate's own time; long ago where nobody says.
  elapsed bigint not null default -9000000000000000,
  expires_at bigint not null,
  check (expires_at > at and expires_at <= at + 86400000)
);
create index approval_act on reeve.approval (act, digest);
create index approval_expiry on reeve.approval (expires_at);

-- The approvals of exactly this digest that still count and are younger than `p_after`: how many other persons gave
-- them, by which path they are enough (null: by none), and since when by the gate's own time.
create function reeve.approvals_of(
  p_act text, p_digest text, p_after bigint, p_now bigint,
  out persons integer, out path text, out approval bigint, out elapsed bigint
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_act reeve.act;
  v_now bigint := reeve.now_ms(p_now);
begin
  select * into v_act from reeve.act a where a.id = p_act;
  with firsts as (
    select lower(a.by_person) as person, min(a.elapsed) as elapsed, max(a.id) as id
    from reeve.approval a
    where a.act = p_act and a.digest = p_digest and a.kind = 'person' and a.expires_at > v_now and a.at > p_after
      and lower(a.by_person) <> lower(btrim(v_act.author)) and lower(a.by_person) <> all(v_act.persons)
    group by 1
  ), ranked as (
    select *, row_number() over (order by f.elapsed, f.person) as n from firsts f
  )
  select count(*), max(r.id), max(r.elapsed) filter (where r.n = v_act.approvals)
  into persons, approval, elapsed from ranked r;
  if persons >= v_act.approvals then
    path := 'persons';
    return;
  end if;
  select case when a.kind = 'break-glass' then 'break-glass' else 'solo' end, a.id, a.elapsed
  into path, approval, elapsed
  from reeve.approval a
  where a.act = p_act and a.digest = p_digest and a.expires_at > v_now and a.at > p_after
    and (a.kind = 'break-glass' or reeve.setting_of('solo') = 'on')
  order by a.kind = 'break-glass' desc, a.id limit 1;
end $$;

-- How long approvals of this path wait before the first command of an act leaves. What destroys on one device, with
-- nothing else destroyed within the hour, need not wait.
create function reeve.cool_off_of(p_act text, p_path text, p_elapsed bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_own bigint;
  v_severe integer;
  v_first boolean;
begin
  select a.cool_off_ms into v_own from reeve.act a where a.id = p_act;
  select count(*) filter (where reeve.needs_approval(t.verb, t.parameters::jsonb)) into v_severe
  from reeve.act_target t where t.act = p_act;
  if v_severe = 0 or p_path = 'break-glass' then return 0; end if;
  v_own := greatest(v_own, reeve.setting_of('cool-off-ms')::bigint);
  if p_path = 'solo' then return greatest(v_own, reeve.setting_of('solo-delay-ms')::bigint); end if;
  v_first := v_severe = 1 and not exists (
    select from reeve.release r where r.destructive and r.act <> p_act and r.elapsed > p_elapsed - 3600000);
  return case when v_first then 0 else v_own end;
end $$;

-- How many ms it is until a held act may leave; null while approvals are missing.
create function reeve.ready_in(p_act text, p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_elapsed bigint := reeve.gate_elapsed(p_now);
  v_stand record;
begin
  select * into v_stand from reeve.approvals_of(p_act, reeve.act_digest(p_act), -1, p_now);
  if v_stand.path is null then return null; end if;
  return greatest(0, reeve.cool_off_of(p_act, v_stand.path, v_elapsed) - (v_elapsed - v_stand.elapsed));
end $$;

-- Records an approval of exactly this digest. For the approver role alone. `p_identities` are the folded names and
-- addresses that the approver is known by; `p_kind` is `person` or `break-glass`. Whoever calls it, the event that tells
-- of it is of the same transaction.
create function reeve.approve(
  p_act text, p_digest text, p_by text, p_note text, p_ttl_ms bigint, p_now bigint, p_identities text[] default '{}',
  p_kind text default 'person'
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_elapsed bigint := reeve.gate_tick(p_now);
  v_now bigint := reeve.now_ms(p_now);
  v_by constant text := lower(btrim(coalesce(p_by, '')));
  v_identities constant text[] := coalesce(p_identities, '{}');
  v_act reeve.act;
  v_own boolean;
  v_refusal text;
  v_left bigint;
begin
  select * into v_act from reeve.act a where a.id = p_act;
  if v_act.id is null then return 'unknown-act'; end if;
  if v_act.expires_at <= v_now then return 'expired'; end if;
  if not reeve.is_vouched(p_act) then
    perform reeve.check_act(p_act, p_now);
    return 'unvouched';
  end if;
  if not exists (
    select from reeve.act_target t where t.act = p_act and t.status in ('held', 'ready', 'sent', 'unknown'))
  then
    return 'over';
  end if;
  v_own := v_by = '' or v_by = lower(btrim(v_act.author)) or v_by = any(v_act.persons)
    or v_identities && v_act.persons or lower(btrim(v_act.author)) = any(v_identities);
  v_refusal := case
    when reeve.act_digest(p_act) is distinct from p_digest then 'changed'
    when p_kind = 'break-glass' then case
      when v_by = '' then 'own-act'
      when reeve.setting_of('break-glass') <> 'on' then 'break-glass-off'
      when (select count(*) from reeve.act_target t where t.act = p_act) <> 1 then 'break-glass-one'
      when exists (
        select from reeve.approval a where a.kind = 'break-glass' and a.act <> p_act and a.at > v_now - 86400000
      ) then 'break-glass-used' end
    when btrim(v_act.author) = '' and cardinality(v_act.persons) = 0 then 'author-unknown'
    when v_own and (v_by = '' or reeve.setting_of('solo') is distinct from 'on') then 'own-act' end;
  if v_refusal is not null then
    delete from reeve.gate_refusal r where r.at < v_now - 2592000000;
    insert into reeve.gate_refusal (act, reason, by_person, identities, at, elapsed)
    values (p_act, v_refusal, v_by, v_identities, v_now, v_elapsed);
    perform reeve.gate_watch(p_now);
    return v_refusal;
  end if;
  insert into reeve.approval (act, digest, by_person, note, at, expires_at, kind, elapsed)
  values (p_act, p_digest, btrim(p_by), p_note, v_now, v_now + least(greatest(p_ttl_ms, 1), 86400000),
    case when p_kind = 'break-glass' then 'break-glass' when v_own then 'own' else 'person' end, v_elapsed);
  if p_kind = 'break-glass' then
    insert into reeve.event (at, type, subject, message, by_person)
    values (v_now, 'gate.break-glass', v_act.name, coalesce(p_note, ''), btrim(p_by));
  end if;
  v_left := reeve.ready_in(p_act, p_now);
  insert into reeve.event (at, type, subject, message, by_person)
  values (v_now, 'act.approved', v_act.name,
    'digest ' || substr(p_digest, 1, 4) || '-' || substr(p_digest, 5, 4) || '-' || substr(p_digest, 9, 4) || case
      when v_left is null then '; more approvals are needed'
      when v_left <> 0 then '; it is approved, cools off and then leaves: reeve holds says when, and how to stop it'
      else '' end,
    btrim(p_by));
  perform reeve.gate_watch(p_now);
  return 'approved';
end $$;

revoke all on all functions in schema reeve from public;
