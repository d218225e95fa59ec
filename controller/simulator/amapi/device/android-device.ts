import type { Cloud } from "../cloud.ts";
import { type Arrival, enrollDevice } from "../google/enroll.ts";
import { valueInQrCode } from "../google/enrollment-tokens.ts";
import type { Command, Detail } from "../kept.ts";
import { type DeviceLedger, ledgerOf } from "./ledger.ts";
import { type Machine, type Moods, modeOf, note, pace } from "./machine.ts";
import { reviseUpdate } from "./os-update.ts";
import { planReport } from "./plan-report.ts";
import { facts } from "./report.ts";
import { type User, userOf } from "./user.ts";

/** A phone or tablet in a test's hand: what it is, what happens to it, and what really happened. */
export type AndroidDevice = {
  readonly serial: string;
  readonly ledger: DeviceLedger;
  /** What the device is at this moment; not what Google's record says of it. */
  readonly machine: Machine;
  readonly user: User;
  /** The name of its present enrollment. */
  readonly name: string | undefined;
  /** Enrolls with what a QR code says or with the value of a token; a text says why it did not. */
  enroll(code: string, arrival: Arrival): string | undefined;
  goOffline(): void;
  goOnline(): void;
  be(moods: Moods): void;
  /** The next command of a type is not carried out, and ends so. */
  answersNext(type: string, outcome: Command): void;
  /** From its next report on the device reports these too, in place of those that were said before. */
  reportsAlso(details: readonly Detail[]): void;
  /** A newer Android is there to be installed. */
  isOffered(android: number): void;
};

/** The handle of a machine that is kept in the state. */
export function androidDevice(cloud: Cloud, machine: Machine): AndroidDevice {
  return {
    serial: machine.serial,
    machine,
    get ledger() {
      return ledgerOf(machine.ledger);
    },
    get name() {
      return machine.management?.name;
    },
    user: userOf(cloud, machine),
    enroll: (code, arrival) => enroll(cloud, machine, code, arrival),
    goOffline() {
      machine.online = false;
      cloud.timers.cancel("contact", machine.serial);
      cloud.timers.cancel("report", machine.serial);
    },
    goOnline: () => goOnline(cloud, machine),
    be: (moods) => Object.assign(machine.moods, moods),
    answersNext: (type, outcome) =>
      void machine.outcomes.set(type, [...(machine.outcomes.get(type) ?? []), outcome]),
    reportsAlso(details) {
      machine.alsoReports = [...details];
      planReport(cloud, machine);
    },
    isOffered(android) {
      machine.offered = { android, since: cloud.now() };
      reviseUpdate(cloud, machine);
      planReport(cloud, machine);
    },
  };
}

function goOnline(cloud: Cloud, machine: Machine): void {
  machine.online = true;
  if (machine.management === undefined) return;
  cloud.timers.by("contact", machine.serial, cloud.now() + pace(cloud, machine, cloud.knobs.commandAfterMs));
  for (const app of machine.apps.values())
    if (app.dueAt !== undefined) cloud.timers.by("apps", machine.serial, Math.max(app.dueAt, cloud.now()));
}

function enroll(cloud: Cloud, machine: Machine, code: string, arrival: Arrival): string | undefined {
  const value = code.trimStart().startsWith("{") ? (valueInQrCode(code) ?? "") : code;
  const refused = refusalOf(machine) ?? join(cloud, machine, value, arrival);
  if (refused !== undefined) note(cloud, machine, { type: "enrollment-failed", reason: refused });
  return refused;
}

function refusalOf({ online, management }: Machine): string | undefined {
  if (!online) return "the device is offline";
  return management === undefined ? undefined : "the device is managed already";
}

function join(cloud: Cloud, machine: Machine, value: string, arrival: Arrival): string | undefined {
  const ownership = arrival === "in-settings" ? "PERSONALLY_OWNED" : "COMPANY_OWNED";
  const { serial } = machine;
  const enrolled = enrollDevice(cloud, value, arrival, { serial, ...facts(machine, ownership) });
  if (typeof enrolled === "string") return enrolled;
  const mode = modeOf(enrolled.ownership, enrolled.managementMode);
  machine.names.push(enrolled.name);
  machine.management = {
    ...enrolled,
    mode,
    state: "PROVISIONING",
    failing: new Map(),
    blocked: false,
    removedApps: [],
  };
  note(cloud, machine, { type: "enrolled", name: enrolled.name, mode });
  cloud.timers.at("contact", serial, cloud.now() + pace(cloud, machine, cloud.knobs.syncAfterMs));
  cloud.timers.at("check-in", serial, cloud.now() + cloud.knobs.reportEveryMs);
  return undefined;
}
