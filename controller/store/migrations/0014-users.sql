-- The short name of the user of a channel, as the device says it: on a Shared iPad his Managed Apple Account.
alter table reeve.channel add column user_name text;

-- Every sort of command that there is; a step of the management itself is one of these requests or destructive.
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
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;
