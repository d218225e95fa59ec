import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import type { PlistDict } from "./plist.ts";
import type { Account } from "./secrets.ts";

/** UserList: supervised Macs and Shared iPads. */
export function listUsers(machine: Machine): Answer {
  const refusal = withoutUsers(machine);
  if (refusal !== undefined) return refusal;
  const isMac = machine.hardware.platform === "macos";
  return acknowledged({ Users: machine.state.users.map((user) => (isMac ? onMac(user) : onIpad(user))) });
}

/** DeleteUser: not whoever is logged in, and not what the cloud does not have yet, unless forced. */
export function deleteUser(machine: Machine, command: PlistDict): Answer {
  const refusal = withoutUsers(machine);
  if (refusal !== undefined) return refusal;
  const { users } = machine.state;
  const found =
    command.DeleteAllUsers === true ? users : users.filter(({ name }) => name === command.UserName);
  if (found.length === 0) return refused("MCMDMErrorDomain", 12071, "there is no such user");
  if (found.some((user) => user.loggedIn)) return refused("MCMDMErrorDomain", 12072, "the user is logged in");
  if (found.some((user) => user.unsynced) && command.ForceDeletion !== true)
    return refused("MCMDMErrorDomain", 12074, "the user has data that is not in the cloud");
  machine.state.users = users.filter((user) => !found.includes(user));
  return acknowledged({}, `deleted ${found.map(({ name }) => name).join(", ")}`);
}

/** LogOutUser: Shared iPads only. */
export function logOutUser(machine: Machine): Answer {
  if (!machine.hardware.shared) return refused("MCMDMErrorDomain", 12070, "the device is no Shared iPad");
  const user = machine.state.users.find(({ loggedIn }) => loggedIn);
  if (user === undefined) return refused("MCMDMErrorDomain", 12073, "nobody is logged in");
  user.loggedIn = false;
  return acknowledged({}, `logged out ${user.name}`);
}

/** UnlockUserAccount: a local account of a Mac. */
export function unlockUser({ state }: Machine, command: PlistDict): Answer {
  const user = state.users.find(({ name }) => name === command.UserName);
  if (user === undefined) return refused("MCMDMErrorDomain", 12071, "there is no such user");
  user.locked = false;
  return acknowledged({}, `unlocked ${user.name}`);
}

function withoutUsers({ hardware, supervised }: Machine): Answer | undefined {
  if (hardware.platform === "macos")
    return supervised ? undefined : refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  return hardware.shared ? undefined : refused("MCMDMErrorDomain", 12070, "the device is no Shared iPad");
}

function onMac({ name, fullName, uid, guid, loggedIn }: Account): PlistDict {
  return {
    UserName: name,
    FullName: fullName,
    UID: uid,
    UserGUID: guid,
    IsLoggedIn: loggedIn,
    MobileAccount: false,
    HasSecureToken: true,
  };
}

function onIpad({ name, loggedIn, unsynced }: Account): PlistDict {
  return {
    UserName: name,
    IsLoggedIn: loggedIn,
    HasDataToSync: unsynced,
    DataQuota: 5_000_000,
    DataUsed: 100,
  };
}
