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
