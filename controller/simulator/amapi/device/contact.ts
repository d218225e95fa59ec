import type { Cloud } from "../cloud.ts";
import { enrollmentFailed, type Fetched, fetchFor, tellApplied } from "../google/device-channel.ts";
import { reviseApps, reviseKiosk } from "./apps.ts";
import { enforce } from "./enforcement.ts";
import { execute } from "./execute.ts";
import { leave } from "./leave.ts";
import { type Machine, type Management, note } from "./machine.ts";
import { reviseUpdate } from "./os-update.ts";
import { planReport } from "./plan-report.ts";

/** A device that is online talks to Google: commands first, then what it is to be. Its report follows. */
export function contact(cloud: Cloud, machine: Machine): void {
  const { management } = machine;
  if (management === undefined || !machine.online) return;
  const fetched = fetchFor(cloud, management.name);
  if (fetched === undefined) return;
  if (fetched.gone !== undefined) {
    const { flags, reason } = fetched.gone;
    leave(cloud, machine, { by: "delete", flags, message: reason });
    return;
  }
  if (machine.moods.stuck !== true)
    for (const { name, command } of fetched.commands) execute(cloud, machine, name, command);
  // A command may have ended the management.
  if (machine.management !== management) return;
  applyState(cloud, machine, management, fetched);
  applyPolicy(cloud, machine, management, fetched.policy);
  enforce(cloud, machine);
  planReport(cloud, machine);
}

function applyState(
  cloud: Cloud,
  machine: Machine,
  management: Management,
  { state, disabledReason }: Fetched,
) {
  if (state === "DISABLED" && management.state !== "DISABLED") {
    management.state = "DISABLED";
    note(cloud, machine, { type: "disabled" });
    if (disabledReason !== undefined) note(cloud, machine, { type: "message", text: disabledReason });
  }
  if (state !== "ACTIVE" || management.state !== "DISABLED") return;
  management.state = "ACTIVE";
  note(cloud, machine, { type: "enabled" });
}

/** A version that the device has already is not applied again; one that is not there leaves the old one. */
function applyPolicy(
  cloud: Cloud,
  machine: Machine,
  management: Management,
  policy: Fetched["policy"],
): void {
  const old = management.applied;
  const isNew = policy !== undefined && (old?.name !== policy.name || old.version !== policy.version);
  if (isNew) {
    const { name, version, body } = policy;
    management.applied = { name, version, body };
    if (management.state === "PROVISIONING") management.state = "ACTIVE";
    note(cloud, machine, { type: "policy-applied", name, version, content: body });
  }
  if (management.applied === undefined) return;
  reviseApps(cloud, machine);
  reviseKiosk(cloud, machine);
  if (isNew) reviseUpdate(cloud, machine);
  const { name, version } = management.applied;
  tellApplied(cloud, management.name, {
    appliedPolicyName: name,
    appliedPolicyVersion: String(version),
    appliedState: management.state,
  });
}

/** Nobody gave the device a policy in its time: it forgets the enrollment, and so does Google. */
export function failEnrollment(cloud: Cloud, machine: Machine, name: string): void {
  if (machine.management?.name !== name || machine.management.applied !== undefined) return;
  enrollmentFailed(cloud, name);
  note(cloud, machine, { type: "enrollment-failed", reason: "no policy was applied in time" });
  leave(cloud, machine, { by: "failed-enrollment" });
}
