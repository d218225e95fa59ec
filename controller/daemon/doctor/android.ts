import type { Google } from "../../android/google.ts";
import type { Finding, Patient } from "../../cli/doctor.ts";
import { describe, Stalled, UserError } from "../../errors.ts";
import { enrollmentPolicy } from "../../loop/android/sync-policies.ts";
import { configuredGoogle } from "../android.ts";

const check = "Android";

/** The enterprise of Google's: the credentials, what they are allowed, and whether devices may enroll. */
export async function checkAndroid({ config }: Patient): Promise<readonly Finding[]> {
  const { enterprise } = config.android;
  if (enterprise === undefined) return [];
  let google: Google;
  try {
    google = configuredGoogle(config);
    await google.manage({ urgency: "sweep" }, (client, common) =>
      client.enterprises.get({ name: enterprise }, common),
    );
  } catch (error) {
    return [failing(error, enterprise)];
  }
  const known: Finding = { check, status: "pass", says: `Google answers for ${enterprise}` };
  return [known, ...emulated(config.android.emulatorUrl), await enrolling(google, enterprise)];
}

function failing(error: unknown, enterprise: string): Finding {
  if (error instanceof Stalled && error.code === "google-gone")
    return {
      check,
      status: "fail",
      says: `Google knows no ${enterprise}`,
      hint: "Check android.enterprise: it is the name that Google gave at the sign-up.",
    };
  const hint = error instanceof UserError && error.hint !== undefined ? { hint: error.hint } : {};
  return { check, status: "fail", says: describe(error), ...hint };
}

function emulated(url: string | undefined): readonly Finding[] {
  if (url === undefined) return [];
  const says = `an emulator at ${url} instead of Google: no real device is managed`;
  return [{ check, status: "warn", says }];
}

/** A device that gets no policy resets itself after five minutes. */
async function enrolling(google: Google, enterprise: string): Promise<Finding> {
  const name = `${enterprise}/policies/${enrollmentPolicy}`;
  try {
    await google.manage({ urgency: "sweep" }, (client, common) =>
      client.enterprises.policies.get({ name }, common),
    );
    return { check, status: "pass", says: "the policy of devices that enroll is there" };
  } catch (error) {
    if (!(error instanceof Stalled && error.code === "google-gone")) return failing(error, enterprise);
    const says = `there is no policy ${enrollmentPolicy}: devices that enroll now would reset themselves`;
    return { check, status: "warn", says, hint: "A running daemon writes it. Start it with `reeve run`." };
  }
}
