import type { Cloud } from "../cloud.ts";
import { tellReport } from "../google/device-channel.ts";
import type { Device } from "../kept.ts";
import { complianceDetails, isOnItsWay } from "./compliance.ts";
import { apiLevel, type Machine, type Management } from "./machine.ts";
import { appReports, memory, network, posture, power, settings, software } from "./report-sections.ts";

/** Sections that a report may have; what the applied policy does not collect is absent and not empty. */
const SECTIONS = [
  "softwareInfo",
  "deviceSettings",
  "applicationReports",
  "powerManagementEvents",
  "memoryInfo",
  "memoryEvents",
  "networkInfo",
  "displays",
  "systemProperties",
  "securityPosture",
  "appliedPasswordPolicies",
  "nonComplianceDetails",
  "policyCompliant",
] as const satisfies readonly (keyof Device)[];

/** Sends a status report of what the applied policy collects and what the device's mode allows. */
export function report(cloud: Cloud, machine: Machine): void {
  const { management } = machine;
  if (management === undefined || !machine.online) return;
  const details = [...complianceDetails(machine, cloud.knobs)];
  const policies = management.applied?.body.passwordPolicies ?? [];
  const body: Device = {
    appliedState: management.state,
    hardwareInfo: hardware(machine, management.ownership),
    apiLevel: apiLevel(machine.android),
    securityPosture: posture(),
    ...(policies.length > 0 ? { appliedPasswordPolicies: [...policies] } : {}),
    ...(details.length > 0 ? { nonComplianceDetails: details } : {}),
    policyCompliant: cloud.knobs.onTheWayIsCompliant ? details.every(isOnItsWay) : details.length === 0,
    ...collected(cloud, machine, management),
  };
  tellReport(cloud, management.name, body, SECTIONS);
}

/** What the device says of itself when it enrolls, before there is a policy. */
export function facts(machine: Machine, ownership: string): Device {
  return { hardwareInfo: hardware(machine, ownership), apiLevel: apiLevel(machine.android) };
}

function hardware(
  { serial, brand, model, android, eid, moods }: Machine,
  ownership: string,
): NonNullable<Device["hardwareInfo"]> {
  // From Android 12 on a personal device hides its serial number behind an identifier of this enterprise.
  const enterpriseSpecificId = `ESID${serial}`;
  const isHidden = ownership === "PERSONALLY_OWNED" && android >= 12;
  return {
    brand,
    manufacturer: brand,
    model,
    hardware: model.toLowerCase().replaceAll(" ", "-"),
    serialNumber: isHidden ? enterpriseSpecificId : (moods.claims ?? serial),
    ...(android >= 12 ? { enterpriseSpecificId } : {}),
    ...(eid !== undefined && ownership === "COMPANY_OWNED" ? { euiccChipInfo: [{ eid }] } : {}),
  };
}

function collected(cloud: Cloud, machine: Machine, { applied, mode, removedApps }: Management): Device {
  const switches = applied?.body.statusReportingSettings ?? {};
  const isPersonal = mode === "work-profile";
  const withRemoved = switches.applicationReportingSettings?.includeRemovedApps === true;
  const now = cloud.now();
  return {
    ...(switches.softwareInfoEnabled ? { softwareInfo: software(machine, now) } : {}),
    ...(switches.deviceSettingsEnabled ? { deviceSettings: settings(machine) } : {}),
    ...(switches.applicationReportsEnabled
      ? { applicationReports: appReports(machine, withRemoved ? removedApps : []) }
      : {}),
    ...(switches.memoryInfoEnabled ? memory(now) : {}),
    ...(switches.networkInfoEnabled ? { networkInfo: network(machine, mode) } : {}),
    ...(switches.powerManagementEventsEnabled && !isPersonal
      ? { powerManagementEvents: power(machine, now) }
      : {}),
    ...(switches.displayInfoEnabled && !isPersonal
      ? { displays: [{ width: 1080, height: 2400, state: "ON" }] }
      : {}),
    ...(switches.systemPropertiesEnabled ? { systemProperties: { "ro.product.model": machine.model } } : {}),
  };
}
