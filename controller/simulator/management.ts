import type { PushGateway } from "./apns.ts";
import { checkOut, updateToken } from "./check-in.ts";
import type { Conversation } from "./conversation.ts";
import { declaredProfiles } from "./declaration-state.ts";
import { type EnrollResult, enrollWith } from "./enroll.ts";
import { obtainIdentity } from "./identity.ts";
import type { Machine } from "./machine.ts";
import type { Power } from "./power.ts";
import { copyState, type DeviceState, type Enrollment, freshState, type MdmPayload } from "./state.ts";

/** What `backup` gives and `restore` takes; opaque. */
export type Backup = { readonly state: DeviceState };

/** `awaiting`: in Setup Assistant, which waits until the server lets it go on. */
export type EnrollHow = {
  readonly connect?: boolean;
  readonly awaiting?: boolean;
  /** What its user signed in for with an account; undefined for a profile that he opened. */
  readonly mode?: MdmPayload["mode"];
};

export type Management = {
  enroll(profile: Buffer | string, how?: EnrollHow): Promise<EnrollResult>;
  wake(magic: string): Promise<void>;
  /** After the device could not be reached: the push that was kept, and what it still owes. */
  back(): void;
  leave(by: "user" | "command" | "server"): Promise<void>;
  leaveSilently(by: "user" | "server"): void;
  erase(): void;
  backup(): Backup;
  restore(backup: Backup): Promise<void>;
  renew(): Promise<EnrollResult>;
  renewToken(): Promise<void>;
};

type Around = {
  readonly push: PushGateway | undefined;
  readonly power: () => Power;
  readonly conversation: () => Conversation;
};

/** The ways into management and out of it, and what keeps it alive. */
export function openManagement(machine: Machine, around: Around): Management {
  const { world, log, random } = machine;
  const { push, power, conversation } = around;

  async function enroll(profile: Buffer | string, how: EnrollHow = {}): Promise<EnrollResult> {
    if (!power().isOnline()) return { ok: false, reason: "offline" };
    const before = machine.state.enrollment;
    machine.state.awaiting = how.awaiting === true;
    const result = await world.run(() => enrollWith(machine, profile, register, how.mode));
    if (!result.ok) return result;
    if (before !== undefined) push?.unregister(before.token);
    // Of an earlier enrollment; what it brought goes with it.
    for (const identifier of declaredProfiles(machine.state)) machine.state.profiles.delete(identifier);
    machine.state.declarations = undefined;
    conversation().forget();
    if (how.connect !== false) await conversation().connect();
    return result;
  }
  function register(enrollment: Enrollment): void {
    push?.register(enrollment.token, enrollment.mdm.topic, {
      isOnline: () => power().isOnline(),
      deliver: (magic) => void wake(magic),
    });
  }
  async function wake(magic: string): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment === undefined || !power().isOnline()) return;
    log({ type: "woken" });
    if (magic === enrollment.pushMagic) return conversation().connect();
    log({ type: "violation", rule: "push-magic", detail: "a push with another PushMagic" });
  }
  function back(): void {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    push?.cameOnline(enrollment.token);
    if (conversation().isOwing()) void conversation().connect();
  }
  async function leave(by: "user" | "command" | "server"): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment?.mdm.checkOutWhenRemoved && power().isOnline()) {
      await checkOut(machine, enrollment);
      log({ type: "checked-out" });
    }
    leaveSilently(by);
  }
  function leaveSilently(by: "user" | "command" | "server"): void {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    push?.unregister(enrollment.token);
    dropManaged(machine.state);
    conversation().forget();
    log({ type: "unenrolled", by });
  }
  function erase(): void {
    const { enrollment, osVersion, build } = machine.state;
    if (enrollment !== undefined) push?.unregister(enrollment.token);
    machine.state = freshState({ name: machine.hardware.modelName, osVersion, build, ownApps: 0 }, random);
    conversation().forget();
    log({ type: "erased" });
    if (enrollment !== undefined) log({ type: "unenrolled", by: "erase" });
  }
  async function restore(backup: Backup): Promise<void> {
    const before = machine.state.enrollment;
    if (before !== undefined) push?.unregister(before.token);
    machine.state = copyState(backup.state);
    conversation().forget();
    log({ type: "restored" });
    await renewToken();
    await conversation().connect();
  }
  async function renewToken(): Promise<void> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return;
    push?.unregister(enrollment.token);
    enrollment.token = random.bytes(32);
    register(enrollment);
    await world.run(() => updateToken(machine, enrollment));
  }
  async function renew(): Promise<EnrollResult> {
    const { enrollment } = machine.state;
    if (enrollment === undefined) return { ok: false, reason: "not enrolled" };
    const result = await world.run(() => obtainIdentity(machine, enrollment.scep, enrollment.identity));
    if (!result.ok) return result;
    enrollment.identity = result.identity;
    log({ type: "identity", renewal: true });
    return { ok: true };
  }
  return {
    enroll,
    wake,
    back,
    leave,
    leaveSilently,
    erase,
    backup: () => ({ state: copyState(machine.state) }),
    restore,
    renew,
    renewToken,
  };
}

/** What leaves a device together with its management: managed profiles, and managed apps whose flags say so. */
function dropManaged(state: DeviceState): void {
  for (const [identifier, profile] of state.profiles)
    if (profile.isManaged) state.profiles.delete(identifier);
  for (const [bundleId, app] of state.managed) if ((app.flags & 1) !== 0) state.apps.delete(bundleId);
  state.managed.clear();
  state.books.clear();
  state.declarations = undefined;
  state.enrollment = undefined;
}
