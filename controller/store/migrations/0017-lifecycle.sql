-- What became of devices whose management was to end.

-- What became of a device that was deprovisioned: one row for each, the last one. What came before is in the events.
-- Written by the trigger below and by nobody else: in the statement that ends the device's part of the act, whoever
-- ends it.
create table reeve.lifecycle (
  device text primary key references reeve.device,
  -- The enrollment that ended with it.
  epoch integer not null,
  state text not null check (state in ('in-repair', 'in-stock', 'retired', 'lost')),
  ownership text not null,
  platform text,
  since bigint not null,
  act text references reeve.act,
  may_enroll boolean not null,
  reenroll_group text,
  -- When its personal records are to be erased, and when they were.
  erase_at bigint,
  erased_at bigint,
  -- When that was tried last and could not be done.
  erase_failed_at bigint,
  -- Keyed words for what it calls itself, once the records that say it are erased.
  marks text[] not null default '{}',
  -- When it last asked to enroll and was refused.
  refused_at bigint,
  -- It enrolled again, or a person has readmitted it.
  ended_at bigint
);
create index lifecycle_marks on reeve.lifecycle using gin (marks) where ended_at is null;
create index lifecycle_erase on reeve.lifecycle (erase_at) where erased_at is null and ended_at is null;

-- Portals that would bring a retired device back by itself.
create table reeve.portal_release (
  device text not null references reeve.device,
  portal text not null check (portal in ('apple-business', 'zero-touch', 'knox')),
  since bigint not null,
  -- When reeve last asked the portal for it, and what stands in the way.
  asked_at bigint,
  trouble text,
  -- The portal, or a person, has said that it is released.
  ended_at bigint,
  primary key (device, portal)
);
create index portal_release_open on reeve.portal_release (device) where ended_at is null;

-- Records that go as soon as their devices are not managed any more: an act that says so was carried out. Written by
-- the trigger below alone.
create table reeve.deletion (
  device text primary key references reeve.device,
  -- The enrollment that ended with it: another one keeps the record.
  epoch integer not null,
  act text not null,
  by_person text not null,
  reason text not null,
  at bigint not null,
  -- When that was tried last and could not be done.
  failed_at bigint
);

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
  -- What stops the gate stops this: nobody retires by a word what reeve itself would not send to.
  if exists (select from reeve.latch l where l.engaged and l.name <> 'armed')
    or exists (select from reeve.device d where d.id = p_device and d.suspended is not null)
    or exists (select from reeve.act a where a.id = p_act and a.expires_at <= reeve.now_ms(p_now))
  then
    return false;
  end if;
  return coalesce(reeve.ready_in(p_act, p_now) = 0, false);
end $$;

-- What was approved to become of a device becomes of it when it has carried out its part, in the enrollment that the
-- act was for. What is refused, expires, or is not heard of changes nothing.
create function reeve.note_lifecycle() returns trigger
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
    reenroll_group = excluded.reenroll_group, erase_at = excluded.erase_at, erased_at = null,
    erase_failed_at = null, marks = '{}', refused_at = null, ended_at = null;
  delete from reeve.portal_release where device = new.device;
  insert into reeve.portal_release (device, portal, since)
  select new.device, p.portal, new.updated_at from (
    select jsonb_array_elements_text(v_after->'releases')
    union select 'apple-business' where not (v_after->>'mayEnroll')::boolean and exists (
      select from reeve.enrollment_device e where e.serial = v_device.serial and e.present)) p(portal);
  insert into reeve.event (at, type, device, subject, message)
  values (new.updated_at, 'lifecycle.' || (v_after->>'record'), new.device,
    (select a.name from reeve.act a where a.id = new.act), concat_ws('; ', 'the device has carried out its part',
    case when not (v_after->>'mayEnroll')::boolean then 'it may not enroll again' end,
    'it returns to the group ' || (v_after->>'reenrollGroup'),
    'its personal records are erased after ' || case when (v_after->>'erased')::boolean then '90 days' end,
    'to be released from ' || (select string_agg(r.portal, ', ' order by r.portal) from reeve.portal_release r
      where r.device = new.device)));
  return null;
end $$;

create trigger act_target_lifecycle after update of status on reeve.act_target
for each row
when (new.status = 'executed' and old.status <> 'executed' and position('"afterwards"' in new.parameters) > 0)
execute function reeve.note_lifecycle();

-- An act that says so was carried out: the record goes with the management.
create function reeve.note_deletion() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if not reeve.is_carried_out(new.act, new.device, new.epoch, new.updated_at) then return null; end if;
  insert into reeve.deletion (device, epoch, act, by_person, reason, at)
  select d.id, d.epoch, a.name, a.author, a.reason, new.updated_at
  from reeve.act a, reeve.device d where a.id = new.act and d.id = new.device and d.epoch = new.epoch
  on conflict (device) do nothing;
  return null;
end $$;

create trigger act_target_deletion after update of status on reeve.act_target
for each row
when (new.status = 'executed' and old.status <> 'executed' and new.parameters::jsonb->'forget' = 'true'::jsonb)
execute function reeve.note_deletion();

revoke all on all functions in schema reeve from public;
