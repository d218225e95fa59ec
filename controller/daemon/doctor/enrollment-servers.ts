import type { Finding, Patient } from "../../cli/doctor.ts";
import { daysLeft } from "../../core/expiry.ts";
import { describe } from "../../errors.ts";
import type { EnrollmentServersView, EnrollmentServerView } from "../../loop/portal/view-servers.ts";
import { readAuthorities } from "../portals.ts";

const check = "enrollment servers";

/** Servers of Apple's portals: their tokens, what stands in their way, and who vouches for devices. */
export async function checkEnrollmentServers(patient: Patient): Promise<readonly Finding[]> {
  const view = await patient
    .ask<EnrollmentServersView>("/v1/apple/enrollment-servers")
    .catch(() => undefined);
  if (view === undefined || (view.servers.length === 0 && view.unknown.length === 0)) return [];
  const unknown = view.unknown.map(
    (name): Finding => ({
      check,
      status: "fail",
      says: `a manifest names ${name}, whose token was not imported`,
      hint: `reeve apple enrollment-key ${name}`,
    }),
  );
  return [...unknown, ...view.servers.map((one) => judge(one, patient.now())), authority(patient)];
}

function judge({ name, tokenExpiresAt, trouble }: EnrollmentServerView, now: number): Finding {
  const hint = `reeve apple enrollment-import ${name}`;
  if (tokenExpiresAt === undefined) return { check, status: "warn", says: `${name} has no token yet`, hint };
  const days = daysLeft(tokenExpiresAt, now);
  if (days < 0)
    return { check, status: "fail", says: `the token of ${name} expired ${-days} days ago`, hint };
  if (trouble !== undefined) return { check, status: "fail", says: `${name}: ${trouble.message}` };
  const says = `the token of ${name} is good for ${days} days`;
  return days <= 60 ? { check, status: "warn", says, hint } : { check, status: "pass", says };
}

function authority({ config }: Patient): Finding {
  const file = config.apple.automatedEnrollment.deviceCaFile;
  if (file === undefined)
    return {
      check,
      status: "fail",
      says: "apple.automatedEnrollment.deviceCaFile is not set: no device is let in",
      hint: "Name the PEM file of the Apple iPhone Device CA, by which devices show that Apple made them.",
    };
  try {
    const { length } = readAuthorities(file);
    const says = `devices are vouched for by ${length} ${length === 1 ? "authority" : "authorities"}`;
    return { check, status: "pass", says };
  } catch (error) {
    return { check, status: "fail", says: describe(error) };
  }
}
