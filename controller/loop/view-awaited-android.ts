import { androidCommand, androidKind } from "../core/android-acts.ts";
import { actsWaiting, isBusy, putOffUntil } from "../core/android-operations.ts";
import { commandIdOf } from "../core/next.ts";
import type { DeviceRow } from "../store/devices.ts";
import { type Looking, situationOfDevice } from "./view-devices.ts";
import type { OperationView } from "./views.ts";

/**
 * The acts of an Android device that are to be given to Google and were not yet, the next one first. Nothing is pushed:
 * Google tells its devices by itself.
 */
export function viewAwaitedAndroid(looking: Looking, row: DeviceRow): readonly OperationView[] {
  const now = looking.clock();
  const situation = situationOfDevice(looking, row);
  return actsWaiting(situation, now).map((act) => {
    const kind = androidKind(row.facts);
    const type = kind && androidCommand(act.verb, kind);
    const isHeldUp = type !== undefined && isBusy(row.state, type);
    const information = isHeldUp
      ? "another command of its type is with the device"
      : putOffUntil(row.state, act.act, now) > now
        ? "Google took nothing for now: it goes later"
        : "it is given to Google with the next round";
    return {
      id: commandIdOf(act, situation),
      at: now,
      device: row.id,
      name: row.alias ?? row.serial ?? row.id,
      type: type ?? act.verb,
      subject: `act/${act.act}`,
      direction: "->" as const,
      status: "waiting",
      attempt: 1,
      information,
    };
  });
}
