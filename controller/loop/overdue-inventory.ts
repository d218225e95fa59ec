import type { Store } from "../store/open.ts";
import { countOverdue } from "../store/overdue.ts";
import type { StatusView } from "./views.ts";

/** What `status` says of sections that are older than their schedules allow. */
export async function overdueWarnings(store: Store): Promise<StatusView["warnings"]> {
  const { devices, sections } = await countOverdue(store);
  if (devices === 0) return [];
  const who = devices === 1 ? "1 device has" : `${devices} devices have`;
  const what = Object.entries(sections).map(([section, count]) => `${section} ${count}`);
  return [
    {
      message: `${who} not reported for longer than maxAge allows: ${what.join(", ")}`,
      hint: "reeve devices --overdue",
    },
  ];
}
