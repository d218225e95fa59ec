-- An eSIM that is removed is gone: its activation code is good for one download. A verb that is not known destroys.
create or replace function reeve.is_destructive_verb(verb text) returns boolean
language sql immutable parallel safe
return coalesce(verb not in (
  'audit', 'lock', 'clearPasscode', 'lostMode', 'endLostMode', 'locate', 'playSound', 'reboot', 'shutdown', 'removeProfile',
  'settings', 'clearRestrictionsPassword', 'clearBypassCode', 'setRecoveryLock', 'verifyRecoveryLock',
  'setFirmwarePassword', 'verifyFirmwarePassword', 'setAdminPassword', 'rotateFileVaultKey', 'unlockUser', 'logOutUser',
  'startRemoteDesktop', 'stopRemoteDesktop', 'refreshCellularPlans', 'startMirroring', 'stopMirroring', 'addEsim', 'readEid'
), true);

create or replace function reeve.is_destructive(intent jsonb, request_type text) returns boolean
language sql immutable parallel safe
return case
  when request_type in (
    'EraseDevice', 'DeleteUser', 'WIPE', 'RELINQUISH_OWNERSHIP', 'CLEAR_APP_DATA', 'REMOVE_ESIM', 'DELETE_DEVICE'
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
