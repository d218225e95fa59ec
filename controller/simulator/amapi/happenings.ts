import type { Cloud } from "./cloud.ts";
import { finishApps, reviseKiosk } from "./device/apps.ts";
import { contact, failEnrollment } from "./device/contact.ts";
import { enforce } from "./device/enforcement.ts";
import { locate } from "./device/lost-mode.ts";
import type { Machine } from "./device/machine.ts";
import { installUpdate } from "./device/os-update.ts";
import { planReport } from "./device/plan-report.ts";
import { report } from "./device/report.ts";
import { dropRecord } from "./google/delete-device.ts";
import { expireOperation } from "./google/finish-operation.ts";

type Happen = (cloud: Cloud, subject: string) => void;

/** What time brings about, by the kind of its timer: on devices by their serial number, at Google by name. */
const HAPPENINGS: Readonly<Record<string, Happen>> = {
  contact: onMachine(contact),
  report: onMachine(report),
  enforce: onMachine(enforce),
  locate: onMachine(locate),
  update: onMachine((cloud, machine) => void installUpdate(cloud, machine)),
  apps: onMachine((cloud, machine) => {
    if (!finishApps(cloud, machine)) return;
    reviseKiosk(cloud, machine);
    enforce(cloud, machine);
    planReport(cloud, machine);
  }),
  "check-in": onMachine((cloud, machine) => {
    contact(cloud, machine);
    if (machine.management !== undefined)
      cloud.timers.at("check-in", machine.serial, cloud.now() + cloud.knobs.reportEveryMs);
  }),
  "operation-expires": expireOperation,
  "operation-forgotten": (cloud, name) => void cloud.kept.operations.delete(name),
  "without-policy": (cloud, name) => {
    const row = cloud.kept.devices.get(name);
    const machine = row === undefined ? undefined : cloud.kept.machines.get(row.serial);
    if (machine === undefined) return;
    // An offline device finds out by itself; Google's record goes now.
    failEnrollment(cloud, machine, name);
    dropRecord(cloud, name);
  },
};

export function happen(cloud: Cloud, kind: string, subject: string): void {
  HAPPENINGS[kind]?.(cloud, subject);
}

function onMachine(act: (cloud: Cloud, machine: Machine) => void): Happen {
  return (cloud, serial) => {
    const machine = cloud.kept.machines.get(serial);
    if (machine !== undefined) act(cloud, machine);
  };
}
