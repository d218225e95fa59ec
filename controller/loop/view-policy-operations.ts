import { changesBetween, type SentPolicy, sentPolicies } from "../core/sent-policies.ts";
import { policyPast, policyVersions, writtenPolicies } from "../store/android-policy-log.ts";
import type { CommandFilter } from "../store/commands.ts";
import { listDevices } from "../store/devices.ts";
import { enrollmentPolicy } from "./android/sync-policies.ts";
import type { Looking } from "./view-devices.ts";
import type { OperationView } from "./views.ts";

/** Google's call that writes a policy, for all devices that have it. */
const requestType = "policies.patch";

/** An operation, and when it was sent. */
export interface SentView {
  readonly sentAt: number;
  readonly view: OperationView;
}

/**
 * What was sent to Android devices by writing their policies: of one device each version that was meant for it, and of
 * all devices each version with how many have it. No row is kept for it: it follows from the versions, which are kept
 * once, and from what each device says that it has applied.
 */
export async function policyOperations(
  looking: Looking,
  filter: CommandFilter,
): Promise<readonly SentView[]> {
  if (filter.requestType !== undefined && filter.requestType !== requestType) return [];
  if (filter.id !== undefined || filter.subject !== undefined) return [];
  const all =
    filter.device === undefined ? await ofAll(looking, filter) : await ofDevice(looking, filter.device);
  return all.filter(
    ({ sentAt, view }) =>
      (filter.status === undefined || filter.status.includes(view.status)) &&
      (filter.since === undefined || sentAt >= filter.since) &&
      (filter.before === undefined || sentAt < filter.before),
  );
}

const mostVersions = 500;

async function ofDevice({ store }: Looking, device: string): Promise<readonly SentView[]> {
  const { stays, applied, refused } = await policyPast(store, device);
  if (stays.length === 0) return [];
  const [row] = await listDevices(store, { ids: [device], limit: 1 });
  const name = row?.alias ?? row?.serial ?? device;
  const versions = await policyVersions(store, [...new Set(stays.map((one) => one.policy))], mostVersions);
  const sent = sentPolicies(stays, versions, applied).map((one) => viewSent(one, device, name));
  if (refused === undefined) return sent;
  const view: OperationView = {
    id: refused.policy,
    at: refused.at,
    device,
    name,
    type: requestType,
    subject: refused.policy,
    direction: "<-",
    status: "failed",
    attempt: 1,
    information: refused.refusal,
    advice: "written again by itself; what was refused as soon as its content is mended",
  };
  return [{ sentAt: refused.at, view }, ...sent];
}

function viewSent(sent: SentPolicy, device: string, name: string): SentView {
  const { policy, version, sentAt, closedAt, status, changes } = sent;
  const view: OperationView = {
    id: `${policy}@${version}`,
    at: closedAt ?? sentAt,
    device,
    name,
    type: requestType,
    subject: policy,
    direction: closedAt === undefined ? "->" : "<-",
    status,
    attempt: 1,
    information: `version ${version}: ${listed(changes)}${outcomes[status]}`,
    ...(status === "sent" ? { advice: "the device applies it when it is online, and reports it" } : {}),
  };
  return { sentAt, view };
}

const outcomes: Readonly<Record<SentPolicy["status"], string>> = {
  sent: "",
  executed: "",
  abandoned: "; a later one came before the device applied it",
};

const mostNamed = 6;

function listed(changes: readonly string[]): string {
  if (changes.length === 0) return "reports and rules of reeve's own";
  const more = changes.length > mostNamed ? ` and ${changes.length - mostNamed} more` : "";
  return changes.slice(0, mostNamed).join(" ") + more;
}

async function ofAll({ store }: Looking, { before, limit }: CommandFilter): Promise<readonly SentView[]> {
  const written = await writtenPolicies(store, { before, limit, hidden: enrollmentPolicy });
  return written.map(({ policy, version, at, items, before: earlier, devices, applied }) => {
    const isDone = applied >= devices;
    const of = `${devices} ${devices === 1 ? "device" : "devices"}`;
    const view: OperationView = {
      id: `${policy}@${version}`,
      at,
      device: "",
      name: of,
      type: requestType,
      subject: policy,
      direction: isDone ? "<-" : "->",
      status: isDone ? "executed" : "sent",
      attempt: 1,
      information: `version ${version}: ${listed(changesBetween(earlier, items))}; applied by ${applied} of ${of}`,
    };
    return { sentAt: at, view };
  });
}
