-- A challenge may renew the identity of one enrollment: only while that identity is in use, and for nothing else.
alter table reeve.challenge add column channel text, add column epoch integer, add column renews text;

-- How the enrollment profile was written by which a device enrolled (addresses, topic, rights): it can be replaced only
-- by one that says the same.
alter table reeve.challenge add column form jsonb;
alter table reeve.certificate add column form jsonb;

-- Steps of the management itself: its profile is installed anew. Whatever else calls itself so is destructive.
create or replace function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'DELETE_DEVICE'
  ) then true
  when intent->>'type' in ('query', 'install', 'remove') then false
  when intent->>'type' = 'enrollment' then request_type <> 'InstallProfile'
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;

create or replace function reeve.is_gated(intent jsonb) returns boolean
language sql immutable parallel safe
return coalesce(intent->>'type' not in ('query', 'install', 'remove', 'enrollment'), true);
