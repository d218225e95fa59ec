import type { Google } from "../../android/google.ts";
import { isObject, type JsonObject, textAt } from "../../android/json-object.ts";
import { signUpCalls } from "../../android/sign-up.ts";
import type { Finding, Patient } from "../../cli/doctor.ts";
import type { Config } from "../../config.ts";
import { describe, Stalled, UserError } from "../../errors.ts";
import { enrollmentPolicy } from "../../loop/android/sync-policies.ts";
import { configuredGoogle } from "../android.ts";
import { checkEvents } from "./android-events.ts";

const check = "Android";

/** The enterprise of Google's: the key, what it is allowed, whether devices may enroll, and whether events come. */
export async function checkAndroid({ config }: Patient): Promise<readonly Finding[]> {
  const { enterprise, project, serviceAccount } = config.android;
  if (enterprise === undefined)
    return project === undefined && serviceAccount === undefined ? [] : [notSignedUp];
  const before = keyOfProject(config.android);
  let google: Google | undefined;
  let record: JsonObject;
  try {
    google = configuredGoogle(config);
    const answer = await google.manage({ urgency: "sweep" }, (client, common) =>
      client.enterprises.get({ name: enterprise }, common),
    );
    record = answer.type === "answer" && isObject(answer.data) ? answer.data : {};
  } catch (error) {
    return [...before, (await ofAnotherProject(google, config.android, error)) ?? failing(error, enterprise)];
  }
  const known: Finding = { check, status: "pass", says: `Google answers for ${enterprise}` };
  return [
    ...before,
    known,
    ...emulated(config.android.emulatorUrl),
    await enrolling(google, enterprise),
    ...(project === undefined
      ? [noEvents]
      : await checkEvents(google, project, { ...record, name: enterprise })),
  ];
}

const notSignedUp: Finding = {
  check,
  status: "warn",
  says: "no enterprise is set: no Android devices are managed",
  hint: "Make one with `reeve android sign-up`, and set android.enterprise.",
};

const noEvents: Finding = {
  check: "Android events",
  status: "warn",
  says: "none are taken: what happens to devices is seen when all are read",
  hint: "Set android.project.",
};

/** A key of another project is good where its service account was given roles, which is seldom meant. */
function keyOfProject({ serviceAccount, project }: Config["android"]): readonly Finding[] {
  if (serviceAccount === undefined || project === undefined) return [];
  // That it is an object was seen when the configuration was read.
  const key: unknown = JSON.parse(serviceAccount.reveal());
  const own = isObject(key) ? textAt(key, "project_id") : undefined;
  if (own === undefined || own === project) return [];
  const says = `the key of the service account is of the project ${own}, and android.project is ${project}`;
  const hint = `Set a key of ${project}; or give that service account its roles there.`;
  return [{ check, status: "warn", says, hint }];
}

/** Google says of an enterprise of others what it says where a role is missing; the list of the project tells them apart. */
async function ofAnotherProject(
  google: Google | undefined,
  { project, enterprise }: Config["android"],
  error: unknown,
): Promise<Finding | undefined> {
  const isForbidden = error instanceof UserError && error.code === "google-permission";
  if (!isForbidden || google === undefined || project === undefined) return undefined;
  const known = await signUpCalls(google, project)
    .list()
    .catch(() => undefined);
  if (known === undefined || known.some(({ name }) => name === enterprise)) return undefined;
  const others = known.length === 0 ? "none" : known.map(({ name }) => name).join(", ");
  const says = `${enterprise} is not one of ${project}, which has ${others}`;
  return {
    check,
    status: "fail",
    says,
    hint: "Set android.enterprise; `reeve android sign-up` makes one where there is none.",
  };
}

function failing(error: unknown, enterprise: string): Finding {
  if (error instanceof Stalled && error.code === "google-gone")
    return {
      check,
      status: "fail",
      says: `Google knows no ${enterprise}`,
      hint: "Check android.enterprise: it is the name that Google gave at the sign-up. `reeve android sign-up` shows that of the project.",
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
