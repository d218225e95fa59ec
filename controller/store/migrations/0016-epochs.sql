-- Which device a channel belongs to, and in which enrollment: nobody else writes it.

-- Begins the next epoch of the device that authenticates on this channel, new or known: by channel, then by serial.
-- What is open in earlier epochs ends; the record and its history stay. A serial number means one device: who is given
-- it takes it from any other, whose enrollment ends with it.
create function reeve.begin_epoch(
  p_channel text, p_new_device text, p_certificate text, p_topic text, p_serial text, p_udid text,
  p_reported jsonb, p_enrolled_as jsonb, p_facts_id text, p_at bigint,
  out device text, out epoch integer, out created boolean
)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_ended text[];
begin
  select c.device into device from reeve.channel c where c.id = p_channel;
  if device is null then
    select d.id into device from reeve.device d where d.serial = p_serial order by d.enrolled_at desc limit 1;
  end if;
  created := device is null;
  -- Channels before devices and targets, in one order: reports and releases take them so.
  perform from reeve.channel c where c.device = begin_epoch.device order by c.id for no key update;
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
    v_ended := array[begin_epoch.device];
  end if;
  with taken as (
    update reeve.device d set serial = null where d.serial = p_serial and d.id <> begin_epoch.device returning d.id
  )
  select v_ended || array_agg(t.id) into v_ended from taken t;
  if v_ended is not null then
    update reeve.channel c set status = 'left', due_at = null, version = c.version + 1
    where c.device = any(v_ended) and c.id <> p_channel and c.status <> 'left';
    update reeve.act_target t
    set status = case when t.status = 'sent' then 'unknown' else 'cancelled' end,
      note = 'the enrollment ended', updated_at = p_at
    where t.device = any(v_ended) and t.status in ('held', 'ready', 'sent');
    update reeve.command o
    set status = case when o.class in ('query', 'converge') then 'abandoned' else 'unknown' end,
      closed_at = p_at, note = 'the enrollment ended'
    where o.device = any(v_ended) and o.status in ('sent', 'notNow');
    delete from reeve.channel_secret s
    using reeve.channel c where c.id = s.channel and c.device = any(v_ended);
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

revoke all on all functions in schema reeve from public;
