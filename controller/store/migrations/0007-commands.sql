-- The ledger of commands, and which of them the gate alone lets through.

-- True for what destroys data or ends management: an account goes with its data, and an eSIM that is removed is gone,
-- since its activation code is good for one download. It fails closed: a verb it does not know is destructive.
create function reeve.is_destructive_verb(verb text) returns boolean
language sql immutable parallel safe
return coalesce(verb not in (
  'audit', 'lock', 'clearPasscode', 'lostMode', 'endLostMode', 'locate', 'playSound', 'reboot', 'shutdown', 'removeProfile',
  'settings', 'clearRestrictionsPassword', 'clearBypassCode', 'setRecoveryLock', 'verifyRecoveryLock',
  'setFirmwarePassword', 'verifyFirmwarePassword', 'setAdminPassword', 'rotateFileVaultKey', 'unlockUser', 'logOutUser',
  'startRemoteDesktop', 'stopRemoteDesktop', 'refreshCellularPlans', 'startMirroring', 'stopMirroring', 'addEsim', 'readEid'
), true);

-- Every sort of command that there is; a step of the management itself is one of these requests or destructive.
create function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'DeleteUser', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'REMOVE_ESIM', 'DELETE_DEVICE'
  ) then true
  when intent->>'type' in ('query', 'install', 'remove') then false
  when intent->>'type' = 'enrollment'
    then request_type not in ('InstallProfile', 'DeviceConfigured', 'UserConfigured')
  when intent->>'type' = 'declare' then request_type <> 'DeclarativeManagement'
  -- Another policy takes away what the device had and lacks here: that was admitted with what is granted.
  when intent->>'type' = 'assign' then request_type <> 'devices.patch'
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;

-- True for commands that the gate alone inserts. It fails closed: what it does not know is one of them.
create function reeve.is_gated(intent jsonb) returns boolean
language sql immutable parallel safe
return coalesce(intent->>'type' not in ('query', 'install', 'remove', 'enrollment', 'declare', 'assign'), true);

-- What needs an approval on a single device already: a Mac that is locked with a PIN, or has a firmware password, is lost
-- to whoever does not know it.
create function reeve.needs_approval(verb text, parameters jsonb) returns boolean
language sql immutable parallel safe
return reeve.is_destructive_verb(verb) or verb = 'setFirmwarePassword'
  or coalesce(verb = 'lock' and parameters ? 'pin', true);

-- The ledger: one row per command that was sent, written before its bytes left.
create table reeve.command (
  id text primary key,
  channel text not null,
  device text not null,
  epoch integer not null,
  intent jsonb not null,
  request_type text not null,
  -- Query section, item key or act id.
  subject text not null,
  class text not null,
  attempt integer not null,
  status text not null,
  sent_at bigint not null,
  closed_at bigint,
  errors jsonb not null default '[]',
  note text,
  -- The word that proves that the device answered NotNow (release.proof).
  put_off text,
  destructive boolean not null generated always as (reeve.is_destructive(intent, request_type)) stored
) with (fillfactor = 85);
create index command_device on reeve.command (device, sent_at desc);
create index command_open on reeve.command (sent_at) where status in ('sent', 'notNow');
create index command_subject on reeve.command (subject, sent_at desc);
-- Counting what was sent of late must not read what was sent in a year.
create index command_sent on reeve.command (sent_at);

revoke all on all functions in schema reeve from public;
