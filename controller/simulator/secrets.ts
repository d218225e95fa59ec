import type { Machine } from "./machine.ts";
import type { PlistDict } from "./plist.ts";

/** What only the device knows, and gives away or compares when it is told to. An erase takes all of it. */
export type DeviceSecrets = {
  /** Activation Lock, of supervised devices: made when it is first asked for, gone once management cleared it. */
  bypassCode: string | undefined;
  bypassCleared: boolean;
  recoveryLock: string | undefined;
  firmwarePassword: string | undefined;
  /** Undefined while FileVault was never on. */
  fileVaultKey: string | undefined;
  restrictionsPassword: string | undefined;
  /** Of the administrator account that enrollment made: what its password is compared with. */
  adminHash: Buffer | undefined;
};

/** An account on a Mac, or on a Shared iPad. */
export type Account = {
  readonly name: string;
  readonly fullName: string;
  readonly uid: number;
  readonly guid: string;
  loggedIn: boolean;
  locked: boolean;
  unsynced: boolean;
};

/** An account with all that is not said of it. */
export function accountOf(known: Pick<Account, "name"> & Partial<Account>, index: number): Account {
  const guid = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
  const usual = { fullName: known.name, uid: 501 + index, guid, loggedIn: false, locked: false };
  return { ...usual, unsynced: false, ...known };
}

/** A device out of the box has these. */
export function freshSecrets(): DeviceSecrets {
  return {
    bypassCode: undefined,
    bypassCleared: false,
    recoveryLock: undefined,
    firmwarePassword: undefined,
    fileVaultKey: undefined,
    restrictionsPassword: undefined,
    adminHash: undefined,
  };
}

/** An Activation Lock bypass code. */
export function newBypassCode(random: Machine["random"]): string {
  return group(random.hex(26).toUpperCase(), 5);
}

/** A new personal recovery key, in Apple's six groups of four. */
export function recoveryKey(random: Machine["random"]): string {
  return group(random.hex(24).toUpperCase(), 4);
}

function group(text: string, size: number): string {
  return (text.match(new RegExp(`.{1,${size}}`, "g")) ?? []).join("-");
}

/** Payloads of a type in all profiles of the device, with the profile that each came in. */
export function payloadsOf(
  machine: Machine,
  type: string,
): readonly { readonly payload: PlistDict; readonly siblings: readonly PlistDict[] }[] {
  return [...machine.state.profiles.values()].flatMap(({ payloads }) =>
    payloads
      .filter((payload) => payload.PayloadType === type)
      .map((payload) => ({ payload, siblings: payloads })),
  );
}
