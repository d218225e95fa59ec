-- The gate once more: what it lets through is vouched for, has cooled off, and stays within a day's ceiling; the
-- breaker engages by itself, and only persons who are not behind it lift it.

-- The approvals of exactly this digest that still count and are younger than `p_after`: how many other persons gave
-- them, by which path they are enough (null: by none), and since when by the gate's own time.
create function reeve.approvals_of(
  p_act text, p_digest text, p_after bigint, p_now bigint,
  out persons integer, out path text, out approval bigint, out since bigint, out elapsed bigint
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_act reeve.act;
  v_now bigint := reeve.now_ms(p_now);
begin
  select * into v_act from reeve.act a where a.id = p_act;
  with firsts as (
    select lower(a.by_person) as person, min(a.at) as at, min(a.elapsed) as elapsed, max(a.id) as id
    from reeve.approval a
    where a.act = p_act and a.digest = p_digest and a.kind = 'person' and a.expires_at > v_now and a.at > p_after
      and lower(a.by_person) <> lower(btrim(v_act.author)) and lower(a.by_person) <> all(v_act.persons)
    group by 1
  ), ranked as (
    select *, row_number() over (order by f.elapsed, f.at, f.person) as n from firsts f
  )
  select count(*), max(r.id), max(r.at) filter (where r.n = v_act.approvals),
    max(r.elapsed) filter (where r.n = v_act.approvals)
  into persons, approval, since, elapsed from ranked r;
  if persons >= v_act.approvals then
    path := 'persons';
    return;
  end if;
  select case when a.kind = 'break-glass' then 'break-glass' else 'solo' end, a.id, a.at, a.elapsed
  into path, approval, since, elapsed
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
  select count(*) filter (where t.destructive or reeve.needs_approval(t.verb, t.parameters::jsonb)) into v_severe
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
  v_most bigint;
  v_found record;
begin
  v_now := reeve.now_ms(p_now);
  select l.at into v_lifted from reeve.latch l where l.name = 'breaker';
  if exists (select from reeve.latch l where l.name = 'breaker' and l.engaged) then return; end if;
  v_lifted := coalesce(v_lifted, -1);

  select count(distinct r.id) as number, array_agg(distinct i.one) as persons into v_found
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
  group by 1 having count(distinct a.act) > 5 order by 2 desc limit 1;
  if found then
    perform reeve.trip(
      v_found.person || ' approved ' || v_found.number || ' acts that destroy within 20 minutes',
      array[v_found.person], p_now);
    return;
  end if;

  v_most := 10 * reeve.daily_limit();
  select count(*) as number into v_found
  from reeve.act_target t join reeve.act a on a.id = t.act
  where t.status in ('held', 'ready') and t.destructive and a.created_at > v_lifted;
  if v_found.number > v_most then
    perform reeve.trip(
      v_found.number || ' devices are to be destroyed, and ' || v_most || ' is what may be in ten days',
      (select array_agg(distinct p.one) from reeve.act a
        join reeve.act_target t on t.act = a.id and t.status in ('held', 'ready') and t.destructive,
        lateral unnest(array_append(a.persons, lower(btrim(a.author)))) p(one)
        where a.created_at > v_lifted), p_now);
    return;
  end if;
end $$;

-- How many devices may be destroyed within a day.
create function reeve.daily_limit() returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_ceiling reeve.ceiling;
  v_enrolled bigint;
begin
  select * into v_ceiling from reeve.ceiling c where c.name = 'daily';
  select count(*) into v_enrolled from (
    select from reeve.channel c where c.kind = 'device' and c.status in ('enrolled', 'quarantined') limit 1000000
  ) enrolled;
  return greatest(v_ceiling.devices, floor(v_enrolled * v_ceiling.percent / 100));
end $$;

-- Records an approval of exactly this digest. For the approver role alone. `p_identities` are the folded names and
-- addresses that the approver is known by; `p_kind` is `person` or `break-glass`.
drop function reeve.approve(text, text, text, text, bigint, bigint, text[]);
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
begin
  select * into v_act from reeve.act a where a.id = p_act;
  if v_act.id is null then return 'unknown-act'; end if;
  if v_act.expires_at <= v_now then return 'expired'; end if;
  if not reeve.is_vouched(p_act) then
    perform reeve.check_act(p_act, p_now);
    return 'unvouched';
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
  perform reeve.gate_watch(p_now);
  return 'approved';
end $$;

-- Lifts a latch. For the approver role alone. The breaker is lifted by somebody who is not behind it, or by two where
-- nobody can tell who is; in a company with one administrator, by him.
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
  if p_latch = 'breaker' and reeve.setting_of('solo') is distinct from 'on' then
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

-- The last gate: inserts the command of an act if the latches, the epoch, approvals and budgets allow it, at most
-- once per approval and epoch. What destroys always needs approvals; what disrupts needs them where it is more than
-- the ceiling. Returns 'released', or why not.
create or replace function reeve.release_act(
  p_act text, p_channel text, p_device text, p_epoch integer, p_command jsonb, p_now bigint
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_elapsed bigint;
  v_act reeve.act;
  v_target reeve.act_target;
  v_digest text;
  v_last bigint;
  v_again boolean;
  v_known boolean;
  v_stand record;
  v_severe boolean;
  v_ceiling reeve.ceiling;
  v_enrolled bigint;
begin
  -- A caller with an older snapshot would not see what others have released.
  if current_setting('transaction_isolation') <> 'read committed' then return 'isolation'; end if;
  -- Taken first: releases happen one after the other, and each sees the ones before.
  update reeve.ceiling c set touched_at = v_now
  where c.name = case
    when (select t.destructive from reeve.act_target t where t.act = p_act and t.device = p_device and t.epoch = p_epoch)
    then reeve.gate_kind() else 'disruptive' end
  returning c.* into v_ceiling;
  if v_ceiling.name is null then return 'no-ceiling'; end if;
  perform reeve.gate_watch(p_now);
  v_elapsed := reeve.gate_elapsed(p_now);
  if reeve.check_act(p_act, p_now) then return 'unvouched'; end if;
  if exists (select from reeve.latch l where l.engaged) then
    return 'stopped: ' || (select string_agg(l.name, ', ' order by l.name) from reeve.latch l where l.engaged);
  end if;

  select * into v_act from reeve.act a where a.id = p_act;
  if v_act.id is null then return 'unknown-act'; end if;
  if v_act.expires_at <= v_now then return 'expired'; end if;
  select * into v_target from reeve.act_target t
  where t.act = p_act and t.device = p_device and t.epoch = p_epoch for update;
  if v_target.act is null then return 'not-a-target'; end if;
  -- A command that the device answered NotNow was not executed: the same id may be handed out again, once for each
  -- word that proves such an answer.
  v_again := exists (
    select from reeve.release r join reeve.command o on o.id = r.command
    where r.act = p_act and r.device = p_device and r.epoch = p_epoch
      and r.command = p_command->>'id' and o.status = 'notNow'
      and r.proof = encode(sha256(convert_to(o.put_off, 'UTF8')), 'hex'));
  if v_target.status not in ('held', 'ready') and not (v_again and v_target.status = 'sent') then
    return 'over: ' || v_target.status;
  end if;
  -- Shared, so that no new epoch begins between this check and the commit.
  perform from reeve.device d where d.id = p_device and d.epoch = p_epoch for share;
  if not found then return 'epoch'; end if;
  if exists (select from reeve.device d where d.id = p_device and d.suspended is not null) then return 'suspended'; end if;
  if not exists (
    select from reeve.channel c
    where c.id = p_channel and c.device = p_device and c.epoch = p_epoch and c.kind = 'device' and c.status = 'enrolled'
  ) then return 'channel'; end if;
  if p_command->'intent'->>'type' is distinct from 'act' or p_command->'intent'->>'act' is distinct from p_act
    or p_command->'intent'->>'verb' is distinct from v_target.verb or p_command->>'class' is distinct from 'once'
    or reeve.is_destructive(p_command->'intent', p_command->>'requestType') is distinct from v_target.destructive
  then return 'not-this-command'; end if;

  v_digest := reeve.act_digest(p_act);
  v_severe := reeve.needs_approval(v_target.verb, v_target.parameters::jsonb);
  -- An approval is spent by the release that follows it: another attempt needs another approval.
  select max(r.at) into v_last from reeve.release r
  where r.act = p_act and r.device = p_device and r.epoch = p_epoch
    and not (v_again and r.command = p_command->>'id');
  select * into v_stand from reeve.approvals_of(p_act, v_digest, coalesce(v_last, -1), p_now);
  if v_stand.path is null and (
    v_last is not null or v_severe
    or (select count(*) from reeve.act_target t where t.act = p_act) > reeve.disruptive_limit())
  then return 'not-approved'; end if;
  if v_again then
    update reeve.command o set status = 'sent', closed_at = null, put_off = null where o.id = p_command->>'id';
    update reeve.release r set proof = p_command->>'proof'
    where r.act = p_act and r.device = p_device and r.epoch = p_epoch and r.command = p_command->>'id';
    update reeve.act_target t set status = 'sent', updated_at = v_now
    where t.act = p_act and t.device = p_device and t.epoch = p_epoch;
    return 'released';
  end if;

  if v_severe then
    if v_elapsed - v_stand.elapsed < reeve.cool_off_of(p_act, v_stand.path, v_elapsed) then return 'cool-off'; end if;
    if v_stand.path = 'solo' and exists (
      select from reeve.release r where r.path = 'solo' and r.elapsed > v_elapsed - 3600000) then return 'solo'; end if;
    if v_stand.path = 'break-glass' and exists (
      select from reeve.release r where r.path = 'break-glass' and r.at > v_now - 86400000) then return 'break-glass-used'; end if;
  end if;
  if v_target.destructive then
    select count(*) into v_enrolled from (
      select from reeve.channel c where c.kind = 'device' and c.status in ('enrolled', 'quarantined') limit 1000000
    ) enrolled;
    -- Whoever is nearer counts: the clock on the wall for days, the gate's own for minutes that a jump would skip.
    if (select count(*) from reeve.release r where r.destructive and (
          r.at > v_now - v_ceiling.window_ms
          or (v_ceiling.window_ms <= 3600000 and r.elapsed > v_elapsed - v_ceiling.window_ms)))
      >= greatest(least(1, v_ceiling.devices), least(v_ceiling.devices, floor(v_enrolled * v_ceiling.percent / 100)))
    then return 'budget'; end if;
    if (select count(*) from reeve.release r, reeve.ceiling c
        where c.name = 'daily' and r.destructive and r.at > v_now - c.window_ms) >= reeve.daily_limit()
    then return 'daily'; end if;
    -- The first of many goes ahead, and the others wait an hour at most for what becomes of it.
    if (select count(*) from reeve.act_target t where t.act = p_act) > reeve.setting_of('canary')::bigint
      and not exists (select from reeve.act_target t where t.act = p_act and t.status = 'executed')
      and exists (select from reeve.release r where r.act = p_act)
      and v_elapsed - (select min(r.elapsed) from reeve.release r where r.act = p_act) < 3600000
    then return 'canary'; end if;
  elsif v_stand.path is null then
    if (select count(*) from reeve.release r
        where not r.destructive and r.approval is null and r.at > v_now - v_ceiling.window_ms) >= reeve.disruptive_limit()
    then return 'budget'; end if;
  end if;

  -- With a new approval a command may go out once more under the id that it had; nothing else of its row changes.
  update reeve.command o set status = 'sent', sent_at = (p_command->>'at')::bigint, closed_at = null, put_off = null
  where o.id = p_command->>'id' and o.channel = p_channel and o.device = p_device and o.epoch = p_epoch
    and o.intent = p_command->'intent' and o.request_type = p_command->>'requestType' and v_stand.path is not null;
  v_known := found;
  if not v_known and exists (select from reeve.command o where o.id = p_command->>'id') then
    return 'not-this-command';
  end if;
  insert into reeve.release (approval, act, device, epoch, command, digest, at, destructive, proof, elapsed, path)
  values (
    case when v_stand.path is not null then v_stand.approval end, p_act, p_device, p_epoch, p_command->>'id', v_digest,
    v_now, v_target.destructive, p_command->>'proof', v_elapsed, v_stand.path);
  if not v_known then
    insert into reeve.command
      (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
    values (
      p_command->>'id', p_channel, p_device, p_epoch, p_command->'intent', p_command->>'requestType',
      'act/' || p_act, 'once', (p_command->>'attempt')::integer, 'sent', (p_command->>'at')::bigint);
  end if;
  update reeve.act_target t set status = 'sent', updated_at = v_now
  where t.act = p_act and t.device = p_device and t.epoch = p_epoch;
  return 'released';
end $$;

revoke all on all functions in schema reeve from public;
