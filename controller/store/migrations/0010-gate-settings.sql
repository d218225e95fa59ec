-- What is decided with: the owner's settings and ceilings, time as the gate sees it, and as windows and exemptions do.

-- How many commands may leave in a sliding window. Owner only.
create table reeve.ceiling (
  name text primary key check (name in ('enforced', 'advisory', 'disruptive', 'daily')),
  devices integer not null check (devices >= 0),
  percent numeric not null check (percent >= 0),
  window_ms bigint not null check (window_ms > 0),
  touched_at bigint not null default 0
);
insert into reeve.ceiling (name, devices, percent, window_ms) values
  -- Destroyed; at least 1, and the lesser of devices and percent.
  ('enforced', 10, 1, 20 * 60000),
  ('advisory', 1, 100, 24 * 3600000),
  -- Destroyed within a day; the greater of devices and percent.
  ('daily', 10, 2, 86400000),
  -- Disrupted without an approval, also by one act; the greater of devices and percent.
  ('disruptive', 10, 0, 60 * 60000);

-- Owner only. `clock` is `database`, or `caller` in tests, which have a clock of their own.
create table reeve.setting (name text primary key, value text not null);
insert into reeve.setting (name, value) values
  ('clock', 'database'),
  -- Between the last approval and the first command, on more than one device.
  ('cool-off-ms', '900000'),
  -- An act on more devices than this waits for what becomes of its first one.
  ('canary', '10'),
  -- One person who approves more acts that destroy within 20 minutes engages the breaker.
  ('approvals-in-a-row', '5'),
  -- A company with one administrator: its author approves alone, and it leaves late and slowly.
  ('solo', 'off'),
  ('solo-delay-ms', '3600000'),
  ('break-glass', 'on');

-- Owner's settings by name; the application reads none of them.
create function reeve.setting_of(p_name text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
begin atomic
  select s.value from reeve.setting s where s.name = p_name;
end;

-- Milliseconds of the database's clock; the caller's own only where the owner said so (tests).
create function reeve.now_ms(p_now bigint) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select case
    when p_now is not null and (select s.value from reeve.setting s where s.name = 'clock') = 'caller' then p_now
    else floor(extract(epoch from clock_timestamp()) * 1000)::bigint
  end;
end;

-- What a budget was used for counts from now, whatever the writer says: a use that lies ahead would never end.
create function reeve.use_now() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  new.at := reeve.now_ms(new.at);
  return new;
end $$;

create trigger budget_use_now before insert on reeve.budget_use
for each row execute function reeve.use_now();

-- Time that has passed under the eyes of the gate: it never goes back, and a clock that jumps ahead moves it by one
-- step. What opens with time (a cool-off, a budget of minutes) is measured by it.
create table reeve.gate_clock (
  one boolean primary key default true check (one),
  seen bigint not null,
  elapsed bigint not null
);
insert into reeve.gate_clock values (true, 0, 0);

-- The gate's own time now, without noting it.
create function reeve.gate_elapsed(p_now bigint) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select c.elapsed + case when c.seen = 0 then 0 else least(
    greatest(reeve.now_ms(p_now) - c.seen, 0),
    -- A test's own clock goes in steps of its own.
    case when reeve.setting_of('clock') = 'caller'
      then coalesce(reeve.setting_of('clock-step-ms')::bigint, 9000000000000000) else 300000 end) end
  from reeve.gate_clock c;
end;

-- Notes that time has passed, and returns the gate's own.
create function reeve.gate_tick(p_now bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint;
  v_elapsed bigint;
begin
  perform from reeve.gate_clock c for update;
  v_now := reeve.now_ms(p_now);
  v_elapsed := reeve.gate_elapsed(p_now);
  update reeve.gate_clock c set elapsed = v_elapsed, seen = v_now;
  return v_elapsed;
end $$;

-- The latest time that the clock has shown and that is believed: maintenance windows and exemptions go by it. `leapt` is
-- when it first showed one that is not believed yet. The application reads it; `window_tick` alone moves it.
create table reeve.window_clock (
  one boolean primary key default true check (one),
  latest bigint,
  leapt bigint
);
insert into reeve.window_clock values (true, null, null);

-- The time, and the latest that is believed. That only grows: by ten minutes at most, or to what the clock shows ten
-- minutes after it leapt ahead. `p_moves`: it is noted `always`, `seldom` (each five minutes) or `never`. It waits for
-- nobody: while another session moves it, it is only read.
create function reeve.window_tick(p_now bigint, p_moves text) returns table (clock bigint, latest bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_now bigint;
  v_was reeve.window_clock;
  v_leapt bigint;
  v_latest bigint;
  v_mine boolean;
begin
  perform from reeve.window_clock c where p_moves <> 'never' for update skip locked;
  v_mine := found;
  select * into v_was from reeve.window_clock c;
  v_now := reeve.now_ms(p_now);
  if v_now - v_was.latest > 600000 then
    v_leapt := least(v_was.leapt, v_now);
  end if;
  if v_now - v_leapt < 600000 then
    v_latest := v_was.latest;
  else
    v_latest := greatest(v_was.latest, v_now);
    v_leapt := null;
  end if;
  if v_mine and (p_moves = 'seldom' and v_latest - v_was.latest < 300000 and v_leapt is not distinct from v_was.leapt)
    is not true
  then
    update reeve.window_clock c set latest = v_latest, leapt = v_leapt;
  end if;
  return query select v_now, v_latest;
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

-- How many devices may be disrupted in a window without an approval.
create function reeve.disruptive_limit() returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
  v_ceiling reeve.ceiling;
  v_enrolled bigint := 0;
begin
  select * into v_ceiling from reeve.ceiling c where c.name = 'disruptive';
  if v_ceiling.percent > 0 then
    select count(*) into v_enrolled from (
      select from reeve.channel c where c.kind = 'device' and c.status in ('enrolled', 'quarantined') limit 1000000
    ) enrolled;
  end if;
  return greatest(v_ceiling.devices, floor(v_enrolled * v_ceiling.percent / 100));
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

revoke all on all functions in schema reeve from public;
