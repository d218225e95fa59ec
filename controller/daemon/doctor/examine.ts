import type { Finding, Patient } from "../../cli/doctor.ts";
import { describe } from "../../errors.ts";
import { checkAndroid } from "./android.ts";
import { checkClock } from "./clock.ts";
import { checkDaemon } from "./daemon.ts";
import { checkDatabase } from "./database.ts";
import { checkEnrollmentServers } from "./enrollment-servers.ts";
import { checkDisk, checkKeys } from "./files.ts";
import { checkPersons } from "./persons.ts";
import { checkAddress, checkReachable, checkTlsFiles } from "./public-url.ts";
import { checkGateway, checkPushCertificate } from "./push.ts";
import { checkSignatures } from "./signatures.ts";
import { checkSource } from "./source.ts";

/** Looks at one thing. What it cannot look at it says; it writes nothing. */
export type Check = (patient: Patient) => Promise<readonly Finding[]>;

interface Listed {
  readonly name: string;
  readonly check: Check;
  /** Asks somebody beyond this host. */
  readonly network?: true;
}

/** In the order in which somebody would mend them. */
const checks: readonly Listed[] = [
  { name: "keys", check: checkKeys },
  { name: "disk", check: checkDisk },
  { name: "clock", check: checkClock, network: true },
  { name: "database", check: checkDatabase },
  { name: "daemon", check: checkDaemon },
  { name: "persons", check: checkPersons },
  { name: "signatures", check: checkSignatures },
  { name: "source", check: checkSource },
  { name: "public address", check: checkAddress },
  { name: "TLS files", check: checkTlsFiles },
  { name: "reachable", check: checkReachable, network: true },
  { name: "push certificate", check: checkPushCertificate },
  { name: "enrollment servers", check: checkEnrollmentServers },
  { name: "push gateway", check: checkGateway, network: true },
  { name: "Android", check: checkAndroid, network: true },
];

/** Runs every check, those that ask somebody else not when `offline`. One that breaks is a finding itself. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, check, network } of checks) {
    if (network === true && patient.offline) continue;
    try {
      findings.push(...(await check(patient)));
    } catch (error) {
      findings.push({ check: name, status: "fail", says: `it could not be looked at: ${describe(error)}` });
    }
  }
  return findings;
}
