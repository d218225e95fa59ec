-- Erases what is personal, and keeps the history. A person may delete the record of a device that is not managed any
-- more: what is personal goes as it does 90 days after a retirement, and at once; nothing stays by which the device
-- could be known again, and it may enroll anew.

-- What acts still call a device whose records were erased: what may yet leave to others must be what was approved.
create table reeve.erasure_owed (
  act text not null references reeve.act,
  device text not null,
  -- What the act's content calls it.
  words text[] not null,
  primary key (act, device)
);

-- Erases out of acts that are over what they called devices whose records were erased, and set on them.
create function reeve.erase_owed() returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_owed record;
  v_word text;
begin
  for v_owed in
    delete from reeve.erasure_owed o
    where not exists (
      select from reeve.act_target t where t.act = o.act and t.status in ('held', 'ready', 'sent'))
    returning o.*
  loop
    update reeve.act_target t set parameters = '{}'
    where t.act = v_owed.act and t.device = v_owed.device and not t.parameters::jsonb ? 'afterwards';
    foreach v_word in array v_owed.words loop
      update reeve.act a set content = replace(a.content, to_json(v_word)::text, '"erased"') where a.id = v_owed.act;
    end loop;
    -- The whole of it is needed no more when it was for none that is left.
    update reeve.act a set content = '{}'
    where a.id = v_owed.act and not exists (
      select from reeve.act_target t
      where t.act = a.id and t.device <> v_owed.device
        and exists (select from reeve.channel c where c.device = t.device)
        and not exists (select from reeve.lifecycle l where l.device = t.device and l.erased_at is not null));
  end loop;
end $$;

-- Erases everything personal that is kept of a device: of it, of its owner, of its users. For the functions below.
create function reeve.erase_records(p_device text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_device reeve.device;
  v_channels text[];
  v_interned text[];
  v_words text[];
  v_ids text[];
  v_tokens text[];
  v_word text;
begin
  select * into v_device from reeve.device d where d.id = p_device for update;
  select array_agg(c.id), array_agg(i.id) into v_channels, v_interned
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
  insert into reeve.erasure_owed (act, device, words)
  select a.id, p_device, array(select w from unnest(v_words) w where position(to_json(w)::text in a.content) > 0)
  from reeve.act a where a.id in (select t.act from reeve.act_target t where t.device = p_device)
  on conflict (act, device) do nothing;
  perform reeve.erase_owed();
  -- What was set apart may be a whole sentence that names the device among others: the sentence stays. What a device and
  -- its users call themselves may be any word, and takes nothing out of what was said of other devices; what it was made
  -- with does.
  delete from reeve.event_word w where w.device = p_device or (w.device is null and w.word = any(v_words));
  v_ids := v_channels || array[v_device.serial, v_device.udid];
  -- A word may stand anywhere in a sentence, also within another word: all that was said is looked at, once for all.
  v_tokens := array(
    select w.token from reeve.event_word w
    where exists (select from unnest(v_words) v(one) where position(v.one in w.word) > 0));
  foreach v_word in array v_words loop
    update reeve.event_word w set word = replace(w.word, v_word, '(erased)')
    where w.token = any(v_tokens) and position(v_word in w.word) > 0
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
end $$;

-- Erases what is personal of a device 90 days after it was retired. What stays is that there was one, that it was
-- retired, when and by which act, and keyed words (p_marks) by which it is refused all the same. False when its time has
-- not come, by the database's clock, a person has taken the retirement back, or the device is managed all the same.
create function reeve.erase_device(p_device text, p_marks text[], p_now bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant bigint := reeve.now_ms(p_now);
begin
  perform from reeve.lifecycle l
  where l.device = p_device and l.ended_at is null and l.erased_at is null and not l.may_enroll and l.erase_at <= v_now
  for update;
  if not found then return false; end if;
  if exists (select from reeve.channel c where c.device = p_device and c.status in ('enrolled', 'quarantined')) then
    return false;
  end if;
  perform reeve.erase_records(p_device);
  update reeve.lifecycle set marks = p_marks, erased_at = v_now where device = p_device;
  insert into reeve.event (at, type, device, message)
  values (v_now, 'lifecycle.erased', p_device, 'its personal records were erased, 90 days after it was retired');
  return true;
end $$;

-- Deletes the record of a device, in the enrollment that is meant and after it has ended. A retired one only if
-- `p_retired` says so: it is not refused any more. What stays is its id, for the history. Returns `deleted`, or why not.
-- That it is not managed any more is the application's word, so the wish carries a mark by the store's key (`p_mac`).
create function reeve.forget_device(
  p_device text, p_epoch integer, p_retired boolean, p_by text, p_reason text, p_mac text, p_now bigint
) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant bigint := reeve.now_ms(p_now);
  v_epoch integer;
  v_answer text;
begin
  if p_mac is distinct from reeve.mark_of(
    'reeve deletes 1' || chr(10) || reeve.digest_field(p_device) || reeve.digest_field(p_epoch::text)
    || reeve.digest_field(p_retired::text) || reeve.digest_field(p_by) || reeve.digest_field(p_reason))
    or p_mac is null
  then
    perform reeve.trip('somebody else than reeve wants the record of a device deleted', '{}', p_now);
    return 'unvouched';
  end if;
  select d.epoch into v_epoch from reeve.device d where d.id = p_device for update;
  v_answer := case
    when v_epoch is null or not exists (select from reeve.channel c where c.device = p_device) then 'unknown'
    when v_epoch <> p_epoch then 'enrolled-again'
    when exists (select from reeve.channel c where c.device = p_device and c.epoch = v_epoch and c.status <> 'left')
      then 'managed'
    when p_retired is not true and exists (
      select from reeve.lifecycle l where l.device = p_device and l.ended_at is null and not l.may_enroll) then 'retired'
    else 'deleted' end;
  if v_answer <> 'managed' then delete from reeve.deletion where device = p_device; end if;
  if v_answer <> 'deleted' then return v_answer; end if;
  update reeve.act_target set status = 'cancelled', note = 'the record of the device was deleted', updated_at = v_now
  where device = p_device and status in ('held', 'ready');
  perform reeve.erase_records(p_device);
  delete from reeve.channel where device = p_device;
  delete from reeve.portal_release where device = p_device;
  delete from reeve.lifecycle where device = p_device;
  delete from reeve.silent where device = p_device;
  insert into reeve.event (at, type, device, message, by_person)
  values (v_now, 'device.deleted', p_device, 'its record was deleted: ' || p_reason, p_by);
  return 'deleted';
end $$;

revoke all on all functions in schema reeve from public;
