-- The functions that run with the owner's rights. Each pins its search_path, puts pg_temp last and names the
-- schema of everything it touches, so that nothing the caller creates can stand in for it.

-- Milliseconds of the database's clock; the caller's own only where the owner said so (tests).
create function reeve.now_ms(p_now bigint) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select case
    when p_now is not null and (select s.value from reeve.setting s where s.name = 'clock') = 'caller' then p_now
    else floor(extract(epoch from clock_timestamp()) * 1000)::bigint
  end;
end;

-- Begins the next epoch of the device that authenticates on this channel, new or known: by channel, then by serial.
-- What is open in earlier epochs ends; the record and its history stay.
create function reeve.begin_epoch(
  p_channel text, p_new_device text, p_certificate text, p_topic text, p_serial text, p_udid text,
  p_reported jsonb, p_enrolled_as jsonb, p_facts_id text, p_at bigint,
  out device text, out epoch integer, out created boolean
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  select c.device into device from reeve.channel c where c.id = p_channel;
  if device is null and p_serial is not null then
    select d.id into device from reeve.device d where d.serial = p_serial order by d.enrolled_at desc limit 1;
  end if;
  created := device is null;
  if created then
    device := p_new_device;
    insert into reeve.device (id, serial, udid, epoch, enrolled_at, reported, enrolled_as, facts_id)
    values (device, p_serial, p_udid, 1, p_at, p_reported, p_enrolled_as, p_facts_id);
    epoch := 1;
  else
    update reeve.device d
    set epoch = d.epoch + 1, enrolled_at = p_at, reported = p_reported, enrolled_as = p_enrolled_as,
      facts_id = p_facts_id, awaiting = true, serial = coalesce(p_serial, d.serial), udid = coalesce(p_udid, d.udid)
    where d.id = begin_epoch.device
    returning d.epoch into epoch;
    update reeve.channel c set status = 'left', due_at = null, version = c.version + 1
    where c.device = begin_epoch.device and c.id <> p_channel and c.status <> 'left';
    update reeve.act_target t
    set status = case when t.status = 'sent' then 'unknown' else 'cancelled' end,
      note = 'the enrollment ended', updated_at = p_at
    where t.device = begin_epoch.device and t.status in ('held', 'ready', 'sent');
    update reeve.command o
    set status = case when o.class in ('query', 'converge') then 'abandoned' else 'unknown' end,
      closed_at = p_at, note = 'the enrollment ended'
    where o.device = begin_epoch.device and o.status in ('sent', 'notNow');
    delete from reeve.channel_secret s
    using reeve.channel c where c.id = s.channel and c.device = begin_epoch.device;
  end if;
  insert into reeve.channel as c (id, device, epoch, kind, status, certificate, topic, last_seen_at)
  values (p_channel, device, epoch, 'device', 'authenticated', p_certificate, p_topic, p_at)
  on conflict (id) do update set
    device = excluded.device, epoch = excluded.epoch, kind = 'device', status = 'authenticated',
    certificate = excluded.certificate, topic = excluded.topic, version = c.version + 1,
    state = excluded.state, phases = '', granted_id = null, observed_id = null, due_at = null,
    last_seen_at = excluded.last_seen_at, pushes = 0, token_dead = false;
end $$;

-- A user channel joins the current epoch of the device that it names.
create function reeve.open_user_channel(
  p_channel text, p_device_channel text, p_certificate text, p_topic text, p_at bigint
) returns table (device text, epoch integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
  insert into reeve.channel as c (id, device, epoch, kind, status, certificate, topic, last_seen_at)
  select p_channel, p.device, p.epoch, 'user', 'authenticated', p_certificate, p_topic, p_at
  from reeve.channel p
  where p.id = p_device_channel and p.kind = 'device' and p.status <> 'left'
  on conflict (id) do update set
    device = excluded.device, epoch = excluded.epoch, status = 'authenticated',
    certificate = excluded.certificate, topic = excluded.topic, version = c.version + 1,
    state = excluded.state, phases = '', granted_id = null, observed_id = null, due_at = null,
    last_seen_at = excluded.last_seen_at, pushes = 0, token_dead = false
  where c.kind = 'user'
  returning c.device, c.epoch;
end $$;

-- Length-prefixed, so that no two different lists of fields give the same text.
create function reeve.digest_field(value text) returns text
language sql immutable parallel safe
return octet_length(convert_to(value, 'UTF8'))::text || ':' || value || ',';

-- The digest that approvals bind to; core/act-digest.ts computes the same.
create function reeve.act_digest(p_act text) returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select encode(sha256(convert_to(
    'reeve act 1' || chr(10)
    || reeve.digest_field(a.name) || reeve.digest_field(a.content) || reeve.digest_field(a.author)
    || reeve.digest_field(a.approvals::text) || reeve.digest_field(a.expires_at::text)
    || coalesce((
      select string_agg(
        reeve.digest_field(t.device) || reeve.digest_field(t.epoch::text)
        || reeve.digest_field(t.verb) || reeve.digest_field(t.parameters),
        '' order by t.device collate "C", t.epoch)
      from reeve.act_target t where t.act = a.id), ''),
    'UTF8')), 'hex')
  from reeve.act a where a.id = p_act;
end;

-- Records an approval of exactly this digest. For the approver role alone.
create function reeve.approve(p_act text, p_digest text, p_by text, p_note text, p_ttl_ms bigint, p_now bigint)
returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_act reeve.act;
begin
  select * into v_act from reeve.act a where a.id = p_act;
  if v_act.id is null then return 'unknown-act'; end if;
  if v_act.expires_at <= v_now then return 'expired'; end if;
  if reeve.act_digest(p_act) is distinct from p_digest then return 'changed'; end if;
  if coalesce(btrim(p_by), '') = '' or lower(btrim(p_by)) = lower(btrim(v_act.author)) then
    return 'own-act';
  end if;
  insert into reeve.approval (act, digest, by_person, note, at, expires_at)
  values (p_act, p_digest, btrim(p_by), p_note, v_now, v_now + least(greatest(p_ttl_ms, 1), 86400000));
  return 'approved';
end $$;

-- Which ceiling holds for this session: whoever could write releases by himself is not held by the gate.
create function reeve.gate_kind() returns text
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select case
    when has_table_privilege(session_user, 'reeve.release', 'insert')
      or has_table_privilege(session_user, 'reeve.approval', 'insert') then 'advisory'
    else 'enforced'
  end;
end;

-- The last gate: inserts the destructive command if a genuine approval, the latches, the epoch and the budget allow
-- it, at most once per approval and epoch. Returns 'released', or why not.
create function reeve.release_destructive(
  p_act text, p_channel text, p_device text, p_epoch integer, p_command jsonb, p_now bigint
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_act reeve.act;
  v_target reeve.act_target;
  v_digest text;
  v_last bigint;
  v_again boolean;
  v_approval bigint;
  v_persons integer;
  v_ceiling reeve.ceiling;
  v_enrolled bigint;
begin
  -- A caller with an older snapshot would not see what others have released.
  if current_setting('transaction_isolation') <> 'read committed' then return 'isolation'; end if;
  -- Taken first: releases happen one after the other, and each sees the ones before.
  update reeve.ceiling c set touched_at = v_now where c.name = reeve.gate_kind() returning c.* into v_ceiling;
  if v_ceiling.name is null then return 'no-ceiling'; end if;
  if exists (select from reeve.latch l where l.engaged) then
    return 'stopped: ' || (select string_agg(l.name, ', ' order by l.name) from reeve.latch l where l.engaged);
  end if;

  select * into v_act from reeve.act a where a.id = p_act;
  if v_act.id is null then return 'unknown-act'; end if;
  if v_act.expires_at <= v_now then return 'expired'; end if;
  select * into v_target from reeve.act_target t
  where t.act = p_act and t.device = p_device and t.epoch = p_epoch for update;
  if v_target.act is null then return 'not-a-target'; end if;
  -- A command that the device answered NotNow was not executed: the same id may be handed out again.
  v_again := exists (
    select from reeve.release r join reeve.command o on o.id = r.command
    where r.act = p_act and r.device = p_device and r.epoch = p_epoch
      and r.command = p_command->>'id' and o.status = 'notNow');
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
  then return 'not-this-command'; end if;

  v_digest := reeve.act_digest(p_act);
  -- An approval is spent by the release that follows it: another attempt needs another approval.
  select max(r.at) into v_last from reeve.release r
  where r.act = p_act and r.device = p_device and r.epoch = p_epoch
    and not (v_again and r.command = p_command->>'id');
  select count(distinct lower(a.by_person)), max(a.id) into v_persons, v_approval
  from reeve.approval a
  where a.act = p_act and a.digest = v_digest and a.expires_at > v_now and a.at > coalesce(v_last, -1)
    and lower(a.by_person) <> lower(btrim(v_act.author));
  if v_persons < v_act.approvals then return 'not-approved'; end if;
  if v_again then
    update reeve.command o set status = 'sent', closed_at = null where o.id = p_command->>'id';
    update reeve.act_target t set status = 'sent', updated_at = v_now
    where t.act = p_act and t.device = p_device and t.epoch = p_epoch;
    return 'released';
  end if;

  select count(*) into v_enrolled from (
    select from reeve.channel c where c.kind = 'device' and c.status in ('enrolled', 'quarantined') limit 1000000
  ) enrolled;
  if (select count(*) from reeve.release r where r.at > v_now - v_ceiling.window_ms)
    >= greatest(least(1, v_ceiling.devices), least(v_ceiling.devices, floor(v_enrolled * v_ceiling.percent / 100)))
  then return 'budget'; end if;

  insert into reeve.release (approval, act, device, epoch, command, digest, at)
  values (v_approval, p_act, p_device, p_epoch, p_command->>'id', v_digest, v_now);
  insert into reeve.command
    (id, channel, device, epoch, intent, request_type, subject, class, attempt, status, sent_at)
  values (
    p_command->>'id', p_channel, p_device, p_epoch, p_command->'intent', p_command->>'requestType',
    'act/' || p_act, 'once', (p_command->>'attempt')::integer, 'sent', (p_command->>'at')::bigint);
  update reeve.act_target t set status = 'sent', updated_at = v_now
  where t.act = p_act and t.device = p_device and t.epoch = p_epoch;
  return 'released';
end $$;

-- Deletes what its retention class lets go (docs/postgres.md). Returns the number of rows.
-- Destructive commands, their acts, approvals, releases and events stay for ever.
create function reeve.prune(p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_day constant bigint := 86400000;
  v_total bigint := 0;
  v_rows bigint;
begin
  delete from reeve.detail where collected_at < v_now - 30 * v_day;
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  delete from reeve.command where sent_at < v_now - 400 * v_day and not destructive and status <> 'sent';
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  delete from reeve.event where at < v_now - 400 * v_day
    and type not like 'destructive%' and type not like 'approv%' and type not like 'gate%';
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  delete from reeve.quarantine where at < v_now - 30 * v_day;
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  delete from reeve.challenge where expires_at < v_now - 7 * v_day;
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  delete from reeve.link where expires_at < v_now - 30 * v_day;
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  delete from reeve.budget_use where at < v_now - 7 * v_day;
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  -- Writers that intern the same record again wait for this lock, and then insert it anew.
  lock table reeve.interned in share row exclusive mode;
  delete from reeve.interned n where n.created_at < v_now - 30 * v_day
    and not exists (select from reeve.device d where d.facts_id = n.id)
    and n.id not in (select c.granted_id from reeve.channel c where c.granted_id is not null)
    and n.id not in (select c.observed_id from reeve.channel c where c.observed_id is not null);
  get diagnostics v_rows = row_count; v_total := v_total + v_rows;
  return v_total;
end $$;

revoke all on all functions in schema reeve from public;
