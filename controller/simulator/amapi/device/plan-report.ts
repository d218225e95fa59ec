import type { Cloud } from "../cloud.ts";
import { type Machine, pace } from "./machine.ts";

/** A report of the device follows soon, if it is managed and online. */
export function planReport(cloud: Cloud, machine: Machine): void {
  if (machine.management === undefined || !machine.online) return;
  cloud.timers.by("report", machine.serial, cloud.now() + pace(cloud, machine, cloud.knobs.reportAfterMs));
}
