import { expect, it } from "vitest";
import type { Verb } from "../core/intent.ts";
import { isDestructive } from "../core/intent.ts";
import type { TestStores } from "./test-stores.ts";

/** What every store holds to be destructive, gated or in need of an approval: all that it does not know to be none. */
export function dangerContract(stores: TestStores): void {
  it("calls the same verbs destructive as the core does, and every unknown one", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const verbs: Record<Verb, true> = {
      audit: true,
      lock: true,
      clearPasscode: true,
      lostMode: true,
      endLostMode: true,
      locate: true,
      playSound: true,
      reboot: true,
      shutdown: true,
      clearAppData: true,
      relinquishOwnership: true,
      addEsim: true,
      removeEsim: true,
      readEid: true,
      wipe: true,
      unenroll: true,
      removeProfile: true,
      settings: true,
      clearRestrictionsPassword: true,
      clearBypassCode: true,
      setRecoveryLock: true,
      verifyRecoveryLock: true,
      setFirmwarePassword: true,
      verifyFirmwarePassword: true,
      setAdminPassword: true,
      rotateFileVaultKey: true,
      unlockUser: true,
      logOutUser: true,
      deleteUser: true,
      startRemoteDesktop: true,
      stopRemoteDesktop: true,
      refreshCellularPlans: true,
      startMirroring: true,
      stopMirroring: true,
    };
    const names = Object.keys(verbs) as Verb[];

    const rows = await store.query<{ verb: Verb; destructive: boolean }>(
      "select v as verb, reeve.is_destructive_verb(v) as destructive from unnest($1::text[]) v",
      [[...names, "explode", null]],
    );

    expect(rows).toEqual([
      ...names.map((verb) => ({ verb, destructive: isDestructive({ type: "act", act: "", verb }) })),
      { verb: "explode", destructive: true },
      { verb: null, destructive: true },
    ]);
  });

  it("calls every command destructive, gated or in need of an approval that it does not know to be none", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const harmless = [
      ["query", "DeviceInformation"],
      ["install", "InstallProfile"],
      ["remove", "RemoveProfile"],
      ...["InstallProfile", "DeviceConfigured", "UserConfigured"].map((request) => ["enrollment", request]),
      ["declare", "DeclarativeManagement"],
      ["assign", "devices.patch"],
    ];
    const wipes = [
      "EraseDevice",
      "DeleteUser",
      "WIPE",
      "RELINQUISH_OWNERSHIP",
      "CLEAR_APP_DATA",
      "REMOVE_ESIM",
    ];
    const destructive = [
      ...[...wipes, "DELETE_DEVICE"].map((request) => ["query", request]),
      ...["enrollment", "declare", "assign", "anything", null].map((type) => [type, "RemoveProfile"]),
    ];
    const judge = (type: string | null | undefined, request: string | null | undefined) =>
      store.query("select reeve.is_destructive($1, $2) as destroys, reeve.is_gated($1) as gated", [
        JSON.stringify({ type, verb: "lock" }),
        request,
      ]);
    for (const [type, request] of harmless)
      expect([type, request, await judge(type, request)]).toEqual([
        type,
        request,
        [{ destroys: false, gated: false }],
      ]);
    for (const [type, request] of destructive)
      expect([type, request, await judge(type, request)]).toMatchObject([
        type,
        request,
        [{ destroys: true }],
      ]);
    expect(await judge("act", "DeviceLock")).toEqual([{ destroys: false, gated: true }]);
    expect(await judge(null, "DeviceLock")).toEqual([{ destroys: true, gated: true }]);
    const needing = await store.query<{ needs: boolean }>(
      `select reeve.needs_approval(v, p::jsonb) as needs from (values
        ('lock', '{}'), ('reboot', '{"pin": "1"}'), ('lock', '{"pin": "1"}'), ('lock', null), ('wipe', '{}'),
        ('setFirmwarePassword', '{}')) x(v, p)`,
    );
    expect(needing.map(({ needs }) => needs)).toEqual([false, false, true, true, true, true]);
  });
}
