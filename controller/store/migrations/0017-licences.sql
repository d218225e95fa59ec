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

-- What that comes to for one device, read with it: by the number of the app, '' when it holds a licence.
alter table reeve.device add column licences jsonb;
