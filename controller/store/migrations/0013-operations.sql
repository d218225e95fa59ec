-- What reeve has set on devices or was told by them, and must be able to give back: PINs, recovery keys, bypass
-- codes. Sealed, and kept over enrollments: a key of a disk outlives the management that fetched it.
create table reeve.kept (
  channel text not null references reeve.channel,
  kind text not null,
  -- The command that set it, or a name that follows from the value.
  source text not null,
  epoch integer not null,
  -- Empty: it was taken away from the device.
  sealed text not null,
  at bigint not null,
  primary key (channel, kind, source)
);

-- It fails closed as before: a verb it does not know is destructive, and an account that goes takes its data along.
create or replace function reeve.is_destructive_verb(verb text) returns boolean
language sql immutable parallel safe
return coalesce(verb not in (
  'audit', 'lock', 'clearPasscode', 'lostMode', 'endLostMode', 'locate', 'playSound', 'reboot', 'shutdown', 'removeProfile',
  'settings', 'clearRestrictionsPassword', 'clearBypassCode', 'setRecoveryLock', 'verifyRecoveryLock',
  'setFirmwarePassword', 'verifyFirmwarePassword', 'setAdminPassword', 'rotateFileVaultKey', 'unlockUser', 'logOutUser',
  'startRemoteDesktop', 'stopRemoteDesktop', 'refreshCellularPlans', 'startMirroring', 'stopMirroring'
), true);

create or replace function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'DeleteUser', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'DELETE_DEVICE'
  ) then true
  when intent->>'type' in ('query', 'install', 'remove') then false
  when intent->>'type' = 'enrollment' then request_type <> 'InstallProfile'
  when intent->>'type' = 'declare' then request_type <> 'DeclarativeManagement'
  when intent->>'type' = 'act' then reeve.is_destructive_verb(intent->>'verb')
  else true
end;

-- A Mac with a firmware password that nobody knows is lost as well.
create or replace function reeve.needs_approval(verb text, parameters jsonb) returns boolean
language sql immutable parallel safe
return reeve.is_destructive_verb(verb) or verb = 'setFirmwarePassword'
  or coalesce(verb = 'lock' and parameters ? 'pin', true);
