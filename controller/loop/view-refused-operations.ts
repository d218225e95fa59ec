import type { CommandFilter } from "../store/commands.ts";
import { listRefused, type ToldRefusal } from "../store/refusals.ts";
import { namesOf } from "./device-names.ts";
import type { Looking } from "./view-devices.ts";
import type { SentView } from "./view-policy-operations.ts";

const status = "refused";

/**
 * Acts of which nothing was sent because they were refused, whole or for a device: whoever waits for one looks in the
 * log of operations. Their type is the kind that asked: `Operation`, `Deprovision`, `Direct`.
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
  const names = await namesOf(
    store,
    found.flatMap((one) => one.device ?? []),
  );
  return found.map((one) => ({ sentAt: one.at, view: viewOf(one, names) }));
}

function viewOf(one: ToldRefusal, names: ReadonlyMap<string, string>): SentView["view"] {
  const { seq, at, act, device = "", reason } = one;
  return {
    id: `refused/${seq}`,
    at,
    device,
    name: names.get(device) ?? device,
    type: act.split("/")[0] ?? "",
    subject: act,
    direction: "->",
    status,
    attempt: 0,
    information: reason,
    advice: adviceOf(one),
  };
}

function adviceOf({ act, filed }: ToldRefusal): string {
  if (filed) return "the act goes on without this device: when the reason is gone, ask again for it alone";
  if (act.startsWith("Direct/")) return "nothing was filed: ask again when the reason is gone";
  return "nothing of it is done: mend its manifest, or raise its generation; it is not tried again by itself";
}
