-- What an attacker found: history that could be let go before its time, records that were ended without the gate, words
-- of others that went with an erased device, and claims that shut out everybody who could lift the breaker.

-- Events are let go by prune_events alone, which keeps what lasts and what is not sealed yet.
create or replace function reeve.prune_slice(p_class text, p_limit integer, p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint := reeve.now_ms(p_now);
  v_day constant bigint := 86400000;
  v_limit integer := least(greatest(p_limit, 1), 10000);
  v_ids text[];
  v_rows bigint;
begin
  case p_class
  when 'detail' then
    delete from reeve.detail where ctid = any(array(
      select x.ctid from reeve.detail x where x.collected_at < v_now - 30 * v_day
      order by x.collected_at limit v_limit));
  when 'command' then
    delete from reeve.command where ctid = any(array(
      select x.ctid from reeve.command x
      where x.sent_at < v_now - 400 * v_day and not x.destructive and x.status <> 'sent'
      order by x.sent_at limit v_limit for update skip locked))
      and not destructive and status <> 'sent';
  when 'quarantine' then
    delete from reeve.quarantine where ctid = any(array(
      select x.ctid from reeve.quarantine x where x.at < v_now - 30 * v_day order by x.at limit v_limit));
  when 'challenge' then
    delete from reeve.challenge where ctid = any(array(
      select x.ctid from reeve.challenge x where x.expires_at < v_now - 7 * v_day
      order by x.expires_at limit v_limit));
  when 'link' then
    delete from reeve.link where ctid = any(array(
      select x.ctid from reeve.link x where x.expires_at < v_now - 30 * v_day
      order by x.expires_at limit v_limit));
  when 'budget' then
    delete from reeve.budget_use where ctid = any(array(
      select x.ctid from reeve.budget_use x where x.at < v_now - 7 * v_day order by x.at limit v_limit));
  when 'interned' then
    v_ids := array(
      select n.id from reeve.interned n where n.created_at < v_now - 30 * v_day
        and not exists (select from reeve.device d where d.facts_id = n.id)
        and not exists (select from reeve.channel c where c.granted_id = n.id)
        and not exists (select from reeve.channel c where c.observed_id = n.id)
        and not exists (select from reeve.channel c where c.declared_id = n.id)
      order by n.created_at limit v_limit);
    if cardinality(v_ids) = 0 then return 0; end if;
    -- Writers that intern one of these again wait for this lock, and then insert it anew.
    lock table reeve.interned in share row exclusive mode;
    delete from reeve.interned n where n.id = any(v_ids)
      and not exists (select from reeve.device d where d.facts_id = n.id)
      and not exists (select from reeve.channel c where c.granted_id = n.id)
      and not exists (select from reeve.channel c where c.observed_id = n.id)
      and not exists (select from reeve.channel c where c.declared_id = n.id);
  end case;
  get diagnostics v_rows = row_count;
  return v_rows;
end $$;

-- A device's part of an act is over in earnest when the gate let it through, or, where nothing is sent to a device that
-- is away, when it would now. Whoever only says so ends no record, and an act of his own engages the breaker.
create function reeve.is_carried_out(p_act text, p_device text, p_epoch integer, p_now bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from reeve.release r where r.act = p_act and r.device = p_device and r.epoch = p_epoch) then
    return true;
  end if;
  if reeve.check_act(p_act, p_now) then return false; end if;
  return coalesce(reeve.ready_in(p_act, p_now) = 0, false);
end $$;

create or replace function reeve.note_lifecycle() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_after constant jsonb := new.parameters::jsonb->'afterwards';
  v_now constant bigint := reeve.now_ms(new.updated_at);
  v_device reeve.device;
begin
  select * into v_device from reeve.device d where d.id = new.device and d.epoch = new.epoch;
  if v_after is null or v_device.id is null then return null; end if;
  if not reeve.is_carried_out(new.act, new.device, new.epoch, new.updated_at) then return null; end if;
  insert into reeve.lifecycle as l
    (device, epoch, state, ownership, platform, since, act, may_enroll, reenroll_group, erase_at)
  values (
    new.device, new.epoch, v_after->>'record', v_after->>'ownership', v_after->>'platform', new.updated_at, new.act,
    (v_after->>'mayEnroll')::boolean, v_after->>'reenrollGroup',
    case when (v_after->>'erased')::boolean then v_now + 90 * 86400000::bigint end)
  on conflict (device) do update set
    epoch = excluded.epoch, state = excluded.state, ownership = excluded.ownership, platform = excluded.platform,
    since = excluded.since, act = excluded.act, may_enroll = excluded.may_enroll,
    reenroll_group = excluded.reenroll_group, erase_at = excluded.erase_at, erased_at = null, marks = '{}',
    refused_at = null, ended_at = null;
  delete from reeve.portal_release where device = new.device;
  insert into reeve.portal_release (device, portal, since)
  select new.device, p.portal, new.updated_at from (
    select jsonb_array_elements_text(v_after->'releases')
    union select 'apple-business' where not (v_after->>'mayEnroll')::boolean and exists (
      select from reeve.enrollment_device e where e.serial = v_device.serial and e.present)) p(portal);
  insert into reeve.event (at, type, device, subject, message)
  values (new.updated_at, 'lifecycle.' || (v_after->>'record'), new.device, new.act, concat_ws('; ',
    'the device has carried out its part',
    case when not (v_after->>'mayEnroll')::boolean then 'it may not enroll again' end,
    'it returns to the group ' || (v_after->>'reenrollGroup'),
    'its personal records are erased after ' || case when (v_after->>'erased')::boolean then '90 days' end,
    'to be released from ' || (select string_agg(r.portal, ', ' order by r.portal) from reeve.portal_release r
      where r.device = new.device)));
  return null;
end $$;

-- Erases everything personal that is kept of a device that was retired 90 days ago: of the device, of its owner, of its
-- users. What stays is that there was one, that it was retired, when and by which act, and keyed words (p_marks) by which
-- it is refused. False when its time has not come, by the database's clock, a person has taken the retirement back, or the
-- device is managed all the same.
create or replace function reeve.erase_device(p_device text, p_marks text[], p_now bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant bigint := reeve.now_ms(p_now);
  v_device reeve.device;
  v_channels text[];
  v_interned text[];
  v_words text[];
  v_ids text[];
  v_word text;
begin
  perform from reeve.lifecycle l
  where l.device = p_device and l.ended_at is null and l.erased_at is null and not l.may_enroll and l.erase_at <= v_now
  for update;
  if not found then return false; end if;
  if exists (select from reeve.channel c where c.device = p_device and c.status in ('enrolled', 'quarantined')) then
    return false;
  end if;
  select * into v_device from reeve.device d where d.id = p_device for update;
  select array_agg(c.id), array_agg(i.id) filter (where i.id is not null) into v_channels, v_interned
  from reeve.channel c
  left join lateral (values (c.granted_id), (c.observed_id), (c.declared_id)) i(id) on true
  where c.device = p_device;
  v_interned := v_interned || v_device.facts_id;
  v_words := array(
    select distinct w from unnest(
      v_channels || v_device.named || array[v_device.serial, v_device.udid, v_device.alias,
        v_device.declared->'owner'->>'value', v_device.enrolled_as->'owner'->>'value',
        v_device.reported->'owner'->>'value']
      || array(select c.user_name from reeve.channel c where c.device = p_device)) w
    where length(w) > 1 and w <> p_device);

  delete from reeve.channel_secret where channel = any(v_channels);
  delete from reeve.detail where channel = any(v_channels);
  delete from reeve.kept where channel = any(v_channels);
  delete from reeve.quarantine where channel = any(v_channels);
  delete from reeve.android_device where channel = any(v_channels);
  delete from reeve.android_hint where name = any(v_channels);
  delete from reeve.certificate where device = p_device or channel = any(v_channels) or bound_to = v_device.serial;
  delete from reeve.challenge where bound_to = v_device.serial or channel = any(v_channels)
    or created_by = any(array(select 'renewal of ' || c from unnest(v_channels) c));
  delete from reeve.link where bound_to = v_device.serial;
  delete from reeve.licence where serial = v_device.serial;
  delete from reeve.enrollment_device where serial = v_device.serial and not present;
  delete from reeve.overdue where device = p_device;
  delete from reeve.budget_use where device = p_device;
  update reeve.portal_release set trouble = null where device = p_device;

  -- The ledger keeps that something was destroyed, and neither where nor what the device said of it.
  delete from reeve.command where device = p_device and not destructive;
  update reeve.command set channel = 'erased', errors = '[]', note = null where device = p_device;
  update reeve.act_target set note = null where device = p_device;
  update reeve.act_target t set parameters = '{}'
  where t.device = p_device and not t.parameters::jsonb ? 'afterwards'
    -- What may still leave to others must be what was approved.
    and not exists (
      select from reeve.act_target o where o.act = t.act and o.status in ('held', 'ready', 'sent'));
  foreach v_word in array v_words loop
    update reeve.act a set content = replace(a.content, to_json(v_word)::text, '"erased"')
    where a.id in (select t.act from reeve.act_target t where t.device = p_device)
      and position(v_word in a.content) > 0
      -- What may still leave must be what was approved.
      and not exists (
        select from reeve.act_target t where t.act = a.id and t.status in ('held', 'ready', 'sent'));
  end loop;
  -- What an act called its devices, and set on them, is needed no more when it was for none that is left.
  update reeve.act a set content = '{}'
  where exists (select from reeve.act_target t where t.act = a.id and t.device = p_device)
    and not exists (select from reeve.act_target t
      where t.act = a.id and t.device <> p_device and not exists (
        select from reeve.lifecycle l where l.device = t.device and l.erased_at is not null));
  -- What was set apart may be a whole sentence that names the device among others: the sentence stays. What a device and
  -- its users call themselves may be any word, and takes nothing out of what was said of other devices; what it was made
  -- with does.
  delete from reeve.event_word w where w.device = p_device or (w.device is null and w.word = any(v_words));
  v_ids := v_channels || array[v_device.serial, v_device.udid];
  foreach v_word in array v_words loop
    update reeve.event_word w set word = replace(w.word, v_word, '(erased)')
    where position(v_word in w.word) > 0
      and ((w.device is null and length(v_word) > 3) or (v_word = any(v_ids) and length(v_word) >= 8));
  end loop;

  delete from reeve.channel c where c.device = p_device and not (c.kind = 'device' and c.epoch = v_device.epoch);
  update reeve.channel c set id = 'erased:' || p_device, certificate = '', topic = '', version = c.version + 1,
    state = '{"aside": [], "progress": {}, "collected": {}}', phases = '', granted_id = null, observed_id = null,
    due_at = null, status = 'left', token_dead = true, user_name = null
  where c.device = p_device;
  update reeve.device set serial = null, udid = null, reported = '{}', enrolled_as = '{}', declared = '{}',
    facts_id = null, named = '{}', alias = null, suspended = null, licences = null, awaiting = false
  where id = p_device;
  -- Records that no other device shares; writers that intern one of these again wait, and then insert it anew.
  lock table reeve.interned in share row exclusive mode;
  delete from reeve.interned n where n.id = any(v_interned)
    and not exists (select from reeve.device d where d.facts_id = n.id)
    and not exists (select from reeve.channel c where n.id in (c.granted_id, c.observed_id, c.declared_id));
  update reeve.lifecycle set marks = p_marks, erased_at = v_now where device = p_device;
  insert into reeve.event (at, type, device, message)
  values (v_now, 'lifecycle.erased', p_device, 'its personal records were erased, 90 days after it was retired');
  return true;
end $$;

-- Notes that time has passed, and engages the breaker for what has happened since it was lifted last: too many refused
-- approvals, too many acts that one person approves in a row, more asked for than ten days may destroy.
create or replace function reeve.gate_watch(p_now bigint) returns void
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
      -- A claim keeps its bearer from approving, and is no proof against him: one who can push a commit could name
      -- everybody who lifts the breaker.
      (select case when bool_and(a.verified) then array_agg(distinct lower(btrim(a.author))) end from reeve.act a
        where a.created_at > v_lifted and exists (
          select from reeve.act_target t where t.act = a.id and t.status in ('held', 'ready') and t.destructive)),
      p_now);
    return;
  end if;
end $$;

revoke all on function reeve.is_carried_out from public;
