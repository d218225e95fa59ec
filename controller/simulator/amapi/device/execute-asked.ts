import type { Cloud } from "../cloud.ts";
import type { Command } from "../kept.ts";
import { apiLevel, type Machine, note } from "./machine.ts";

/** Apps whose data nobody may clear. */
const PROTECTED = /^(android|com\.android\..*|com\.google\.android\.(gms|apps\.work\.clouddpc))$/;

/** Clears the data of each package that can be cleared, and says of each what became of it. */
export function clearAppData(cloud: Cloud, machine: Machine, command: Command): Command {
  const names = command.clearAppsDataParams?.packageNames ?? [];
  const results = names.map((packageName) => {
    const clearingResult = clearingOf(machine, packageName);
    if (clearingResult === "SUCCESS") note(cloud, machine, { type: "app-data-cleared", packageName });
    return [packageName, { clearingResult }] as const;
  });
  return { clearAppsDataStatus: { results: Object.fromEntries(results) } };
}

function clearingOf({ apps, android }: Machine, packageName: string): string {
  if (apiLevel(android) < 28) return "API_LEVEL";
  if (PROTECTED.test(packageName)) return "APP_PROTECTED";
  return (apps.get(packageName)?.versionCode ?? 0) > 0 ? "SUCCESS" : "APP_NOT_FOUND";
}

export function addEsim(cloud: Cloud, machine: Machine, command: Command): Command {
  if (machine.moods.declines === true) return { esimStatus: { status: "ERROR_USER_DENIED" } };
  const iccId = `8988${machine.imei}${machine.esims.length}`;
  machine.esims.push(iccId);
  note(cloud, machine, { type: "esim", done: "added", subject: command.addEsimParams?.activationCode ?? "" });
  return { esimStatus: { status: "SUCCESS", esimInfo: { iccId } } };
}

export function removeEsim(cloud: Cloud, machine: Machine, command: Command): Command {
  const iccId = command.removeEsimParams?.iccId ?? "";
  if (!machine.esims.includes(iccId)) return { esimStatus: { status: "ERROR_ICC_ID_NOT_FOUND" } };
  machine.esims = machine.esims.filter((one) => one !== iccId);
  note(cloud, machine, { type: "esim", done: "removed", subject: iccId });
  return { esimStatus: { status: "SUCCESS", esimInfo: { iccId } } };
}

/** The identifier of the eSIM chip, if there is one and the person of the device agrees. */
export function giveDeviceInfo(cloud: Cloud, machine: Machine): Command {
  if (machine.eid === undefined) return { requestDeviceInfoStatus: { status: "UNSUPPORTED" } };
  const given = machine.moods.declines !== true;
  note(cloud, machine, { type: "eid-asked", given });
  if (!given) return { requestDeviceInfoStatus: { status: "USER_DECLINED" } };
  return { requestDeviceInfoStatus: { status: "SUCCEEDED", eidInfo: { eids: [{ eid: machine.eid }] } } };
}
