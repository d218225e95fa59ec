import type { PushGateway } from "./apns.ts";
import { openInstaller } from "./apps.ts";
import { updateToken } from "./check-in.ts";
import { openConversation } from "./conversation.ts";
import { type DeclarationClient, openDeclarationClient } from "./declaration-client.ts";
import type { LedgerEvent } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import { heldDeclarations, type Snapshot } from "./snapshot.ts";
import type { DeviceState, Enrollment, InstalledProfile } from "./state.ts";

/** A user of a Mac or a Shared iPad, who has a channel of his own. */
export type UserAccount = {
  /** UserID; on a Shared iPad it is the same for all, and the short name tells them apart. */
  readonly id: string;
  readonly shortName: string;
  readonly longName?: string;
  /** He stands in Setup Assistant until the server lets him go. */
  readonly awaiting?: boolean;
};

export type UserChannel = {
  /** The profiles of this user, by identifier. */
  profiles(): Readonly<Record<string, InstalledProfile>>;
  /** The declarations of this user, by identifier, and what the device makes of them. */
  declarations(): Snapshot["declarations"];
  connect(): Promise<void>;
  isAwaiting(): boolean;
  /** The user deletes a profile of his, which management installed. */
  lose(identifier: string): boolean;
};

/**
 * The channel of a user: it has profiles, a push token and a conversation of its own, and the identity of the device.
 * It ends with the enrollment and with the state of the device.
 */
export async function openUserChannel(
  device: Machine,
  who: UserAccount,
  around: {
    readonly push: PushGateway | undefined;
    readonly isOnline: () => boolean;
    /** Those who are told when the device changes, by user: who signs in again takes his own place. */
    readonly clients: Map<string, DeclarationClient>;
  },
): Promise<UserChannel> {
  const { enrollment } = device.state;
  if (enrollment === undefined) throw new Error("the device is not enrolled");
  const base = device.state;
  const profiles = new Map<string, InstalledProfile>();
  const own: Enrollment = Object.create(enrollment, {
    pushMagic: { value: device.random.uuid() },
    token: { value: device.random.bytes(32), writable: true },
  });
  const state: DeviceState = Object.create(base, {
    profiles: { value: profiles },
    awaiting: { value: who.awaiting === true, writable: true },
    declarations: { value: undefined, writable: true },
    enrollment: { get: () => (isOver() ? undefined : own) },
  });
  const machine: Machine = Object.create(device, {
    ids: {
      value: {
        ...device.ids,
        ...(device.ids.EnrollmentID === undefined ? { UserID: who.id } : { EnrollmentUserID: who.id }),
        UserShortName: who.shortName,
        UserLongName: who.longName ?? who.shortName,
      },
    },
    isUser: { value: true },
    log: { value: (event: LedgerEvent) => device.log({ ...event, whose: who.shortName }) },
    state: { get: () => state },
  });

  function isOver(): boolean {
    return device.state !== base || base.enrollment !== enrollment;
  }
  const declarations = openDeclarationClient(machine, around.isOnline);
  around.clients.get(who.shortName)?.forget();
  around.clients.set(who.shortName, declarations);
  const conversation = openConversation({
    machine,
    declarations,
    installer: openInstaller(machine),
    body: { erase: () => {}, powerOff: () => {}, comeBack: () => {} },
    leave: async () => {},
    canTalk: around.isOnline,
    dropped: () => {
      profiles.clear();
      declarations.forget();
      state.declarations = undefined;
    },
  });
  await device.world.run(() => updateToken(machine, own));
  around.push?.register(own.token, own.mdm.topic, {
    isOnline: () => around.isOnline() && !isOver(),
    deliver: (magic) => {
      if (magic === own.pushMagic) void conversation.connect();
    },
  });
  await conversation.connect();
  return {
    profiles: () => Object.fromEntries(isOver() ? [] : profiles),
    declarations: () => (isOver() ? {} : heldDeclarations(machine)),
    connect: conversation.connect,
    isAwaiting: () => state.awaiting,
    lose: (identifier) => profiles.delete(identifier),
  };
}
