-- Apple Business and School Manager: servers, the devices that are assigned to them, and licences.

-- A server of Apple Business or School Manager: how far its list of devices was read, and what stands in the way.
-- Its key and its token are material, sealed.
create table reeve.enrollment_server (
  name text primary key,
  created_at bigint not null,
  token_expires_at bigint,
  server_uuid text,
  server_name text,
  organization text,
  -- Where the service goes on; the data that came with it is written in the same transaction.
  cursor text,
  phase text not null default 'fetch' check (phase in ('fetch', 'sync')),
  -- Counts full readings: a device that the last one did not list is gone.
  reading integer not null default 1,
  synced_at bigint,
  -- When the whole list was last read: changes alone do not tell what others have assigned.
  read_at bigint,
  next_at bigint not null default 0,
  failures integer not null default 0,
  trouble_code text,
  trouble text,
  trouble_since bigint
);

create table reeve.enrollment_device (
  server text not null references reeve.enrollment_server (name) on delete cascade,
  serial text not null,
  model text,
  platform text,
  present boolean not null,
  reading integer not null,
  -- When it was last said to be added, modified or deleted; an older word does not count.
  changed_at bigint not null default 0,
  profile_uuid text,
  profile_status text,
  -- Of the last assignment that was not taken.
  outcome text,
  attempts integer not null default 0,
  retry_at bigint,
  primary key (server, serial)
);
create index enrollment_device_serial on reeve.enrollment_device (serial);

-- Profiles that were defined at Apple, by what they hold.
create table reeve.enrollment_profile (
  server text not null references reeve.enrollment_server (name) on delete cascade,
  digest text not null,
  uuid text not null,
  manifest text not null,
  defined_at bigint not null,
  primary key (server, digest)
);

-- What was asked of Apple Business or School Manager and goes on there: devices assigned to a server or taken from it.
create table reeve.portal_activity (
  id text primary key,
  type text not null check (type in ('assign', 'unassign')),
  server text not null,
  devices integer not null,
  by_person text not null,
  started_at bigint not null,
  status text not null,
  sub_status text,
  finished_at bigint
);
create index portal_activity_open on reeve.portal_activity (started_at) where finished_at is null;

-- Licences of Apps and Books by serial number: what is wanted, under way, held or being given back. Only what reeve
-- associated itself (ours) is ever given back.
create table reeve.licence (
  serial text not null,
  adam_id text not null,
  bundle text not null,
  status text not null check (status in ('wanted', 'associating', 'assigned', 'disassociating')),
  ours boolean not null default false,
  -- The call that it is part of.
  call text,
  -- Why there is none; with retry_at 0 it holds for all of them, and goes when the service works again.
  reason text,
  retry_at bigint not null default 0,
  at bigint not null,
  primary key (serial, adam_id)
);
create index licence_open on reeve.licence (adam_id, at, serial) where status = 'wanted';
create index licence_of_call on reeve.licence (call) where call is not null;

-- Written before a call is made: one whose answer was lost is looked into, and not made again blindly.
create table reeve.licence_call (
  id text primary key,
  kind text not null check (kind in ('associate', 'disassociate')),
  adam_id text not null,
  status text not null check (status in ('intended', 'accepted', 'unknown')),
  event text,
  at bigint not null,
  look_at bigint not null,
  looks integer not null default 0
);
