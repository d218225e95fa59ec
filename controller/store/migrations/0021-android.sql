-- Google's record of a device, as far as it is not one of the device's own: one row for each channel of an Android
-- device, whose id is Google's name for it.
create table reeve.android_device (
  channel text primary key references reeve.channel,
  -- The policy that it is to have, by Google's record; null when that is none of this enterprise's.
  policy text,
  applied_policy text,
  applied_version bigint,
  state text not null,
  -- When the device itself reported last, and when this was read.
  reported_at bigint,
  read_at bigint not null,
  -- The list of Google's devices that had it last; one that a whole list lacks has left.
  listed bigint not null default 0
) with (fillfactor = 80);
create index android_device_policy on reeve.android_device (policy);

-- What reeve renders: the content of a policy by its digest, without the values of secrets. `items` and `sources` say
-- which item asked for what, so that a device's complaint finds its manifest.
create table reeve.android_rendering (
  hash text primary key,
  items jsonb not null,
  sources jsonb not null,
  body jsonb not null,
  created_at bigint not null
);

-- Policies at Google that reeve writes. `hash` is what was written last, or, while `writing` is true, is about to be:
-- a write whose answer was lost is repeated with the same content.
create table reeve.android_policy (
  id text primary key,
  hash text not null references reeve.android_rendering,
  writing boolean not null,
  -- Google's number of what was written last.
  version bigint,
  -- Why Google refused it; then nobody is moved to it.
  refusal text,
  retry_at bigint not null default 0,
  attempts integer not null default 0,
  at bigint not null
);

-- Which content a version is: a device may have applied an older one.
create table reeve.android_policy_version (
  policy text not null,
  version bigint not null,
  hash text not null references reeve.android_rendering,
  at bigint not null,
  primary key (policy, version)
);

create or replace function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'DeleteUser', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'DELETE_DEVICE'
  ) then true
  when intent->>'type' in ('query', 'install', 'remove') then false
  when intent->>'type' = 'enrollment'
    then request_type not in ('InstallProfile', 'DeviceConfigured', 'UserConfigured')
  when intent->>'type' = 'declare' then request_type <> 'DeclarativeManagement'
  -- Another policy takes away what the device had and lacks here; that was admitted with what is granted.
  when intent->>'type' = 'assign' then request_type <> 'devices.patch'
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;

create or replace function reeve.is_gated(intent jsonb) returns boolean
language sql immutable parallel safe
return coalesce(intent->>'type' not in ('query', 'install', 'remove', 'enrollment', 'declare', 'assign'), true);
