-- What the gate decides with: who vouches for an act, since when an approval waits, what the owner allows, and what
-- engages the breaker. The functions that use it follow in the next migration.

-- How long an act waits after its last approval, as the daemon is configured; the owner's floor counts if it is more.
alter table reeve.act add column cool_off_ms bigint not null default 0 check (cool_off_ms between 0 and 604800000);
-- Made with the store's key, which is not in the database, over everything that an approver decides on.
alter table reeve.act add column mac text;
-- Acts that were filed before had no such mark: they count as long as they are what they were then.
alter table reeve.act add column known_digest text;
update reeve.act a set known_digest = reeve.act_digest(a.id)
where exists (select from reeve.act_target t where t.act = a.id and t.status in ('held', 'ready', 'sent'));

-- `own`: by somebody who asked for it himself, where `solo` allows it. `break-glass`: alone, one device in 24 hours.
alter table reeve.approval add column kind text not null default 'person'
  check (kind in ('person', 'own', 'break-glass'));
-- When by the gate's own time, which approvals and releases from before did not have: for them it is long ago.
alter table reeve.approval add column elapsed bigint not null default -9000000000000000;
create index approval_expiry on reeve.approval (expires_at);
alter table reeve.release add column elapsed bigint not null default -9000000000000000;
-- `persons`, `solo` or `break-glass`; absent where no approval was needed.
alter table reeve.release add column path text;

-- Who is behind it, folded: none of them lifts the breaker.
alter table reeve.latch add column persons text[] not null default '{}';

-- Approvers who want the breaker lifted, where one is not enough.
create table reeve.latch_lift (
  id bigint generated always as identity primary key,
  latch text not null,
  engaged_at bigint not null,
  by_person text not null,
  reason text not null,
  at bigint not null
);

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

-- Time that has passed under the eyes of the gate: it never goes back, and a clock that jumps ahead moves it by one
-- step. What opens with time (a cool-off, a budget of minutes) is measured by it.
create table reeve.gate_clock (
  one boolean primary key default true check (one),
  seen bigint not null,
  elapsed bigint not null
);
insert into reeve.gate_clock values (true, 0, 0);

alter table reeve.ceiling drop constraint ceiling_name_check;
alter table reeve.ceiling add constraint ceiling_name_check
  check (name in ('enforced', 'advisory', 'disruptive', 'daily'));
-- Destroyed within a day; the greater of devices and percent.
insert into reeve.ceiling values ('daily', 10, 2, 86400000);

insert into reeve.setting values
  -- Between the last approval and the first command, on more than one device.
  ('cool-off-ms', '900000'),
  -- An act on more devices than this waits for what becomes of its first one.
  ('canary', '10'),
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

-- The store's word for acts: both halves of the key of an HMAC-SHA-256. The first one that comes stays; the owner alone
-- takes it away. True when it is the one that is known.
create function reeve.vouch_with(p_inner text, p_outer text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if p_inner !~ '^[0-9a-f]{128}$' or p_outer !~ '^[0-9a-f]{128}$' then return false; end if;
  insert into reeve.setting (name, value) values ('vouch', p_inner || p_outer) on conflict (name) do nothing;
  return reeve.setting_of('vouch') = p_inner || p_outer;
end $$;

-- True while an act with its targets, authors and needs is what the holder of the store's key has filed.
create function reeve.is_vouched(p_act text) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select coalesce((
    select case when a.known_digest is not null then a.known_digest = g.digest
    else a.mac = encode(sha256(
      decode(substr(k.vouch, 129), 'hex') || sha256(decode(substr(k.vouch, 1, 128), 'hex') || convert_to(
        'reeve vouches 1' || chr(10)
        || reeve.digest_field(a.id) || reeve.digest_field(a.name) || reeve.digest_field(g.digest)
        || reeve.digest_field(coalesce((
          select string_agg(reeve.digest_field(u.person), '' order by u.n)
          from unnest(a.persons) with ordinality u(person, n)), ''))
        || reeve.digest_field(coalesce(a.revision, '')) || reeve.digest_field(a.reason)
        || reeve.digest_field(a.created_at::text) || reeve.digest_field(a.cool_off_ms::text), 'UTF8'))), 'hex') end
    from reeve.act a, lateral (select reeve.act_digest(a.id) as digest) g,
      lateral (select reeve.setting_of('vouch') as vouch) k
    where a.id = p_act), false);
end;

-- What was withdrawn, has run out or was refused stays so, whoever says otherwise.
create function reeve.keep_ended() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  if old.status in ('cancelled', 'expired', 'refused') and new.status in ('held', 'ready', 'sent') then
    return null;
  end if;
  return new;
end $$;
create trigger keep_ended before update of status on reeve.act_target for each row execute function reeve.keep_ended();

revoke all on all functions in schema reeve from public;
