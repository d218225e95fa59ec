import type { CommandFilter } from "../store/commands.ts";
import { listRefused, type ToldRefusal } from "../store/refusals.ts";
import { deviceNames } from "./device-names.ts";
import type { Looking } from "./view-devices.ts";
import type { SentView } from "./view-policy-operations.ts";

const status = "refused";

/**
 * Acts of which nothing was sent because they were refused, whole or for devices: whoever waits for one looks in the
 * log of operations. What was refused at once for many devices is one row. Their type is the kind that asked:
 * `Operation`, `Deprovision`, `Direct`.
 */
export async function refusedOperations(
  { store }: Looking,
  filter: CommandFilter,
): Promise<readonly SentView[]> {
  if (filter.id !== undefined || filter.subject !== undefined) return [];
  if (filter.status?.includes(status) === false) return [];
  const { device, since, before, limit, requestType } = filter;
  const kinds: readonly (string | undefined)[] = ["Operation", "Deprovision", "Direct", undefined];
  if (!kinds.includes(requestType)) return [];
  const found = await listRefused(store, { device, since, before, limit, kind: requestType });
  const names = await deviceNames(
    store,
    found.flatMap((one) => one.device ?? []),
  );
  return found.map((one) => ({ sentAt: one.at, view: viewOf(one, names) }));
}

function viewOf(one: ToldRefusal, names: ReadonlyMap<string, string>): SentView["view"] {
  const { seq, at, act, device = "", devices, reason, reasons } = one;
  return {
    id: `refused/${seq}`,
    at,
    device,
    name: devices > 1 ? `${devices} devices` : (names.get(device) ?? device),
    type: act.split("/")[0] ?? "",
    subject: act,
    direction: "->",
    status,
    attempt: 0,
    information: reasons > 1 ? `${reason}; other devices for ${otherReasons(reasons - 1)}` : reason,
    advice: adviceOf(one),
  };
}

function otherReasons(count: number): string {
  return count === 1 ? "another reason" : `${count} other reasons`;
}

function adviceOf({ act, devices, filed }: ToldRefusal): string {
  if (filed && devices > 1)
    return "it was filed without these devices: when the reason is gone, ask again for them alone";
  if (filed) return "it was filed without this device: when the reason is gone, ask again for it alone";
  if (act.startsWith("Direct/")) return "nothing was filed: ask again when the reason is gone";
  return "nothing of it is done: mend its manifest, or raise its generation; it is not tried again by itself";
}
