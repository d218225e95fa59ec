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
