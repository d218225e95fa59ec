import type { Compiled } from "../core/compiled.ts";
import type { Store } from "../store/open.ts";
import { unfiledWarnings } from "./act-authors.ts";
import { exemptionWarnings } from "./exemptions.ts";
import type { StatusView } from "./views.ts";
import { exemptionTime } from "./window-clock.ts";

/** What `reeve status` says of the revision in force: its exemptions, its notices, and acts that nobody files. */
export async function revisionWarnings(
  store: Store,
  compiled: Compiled | undefined,
  now: number,
): Promise<StatusView["warnings"]> {
  return [
    ...exemptionWarnings(compiled, await exemptionTime(store, compiled, now)),
    ...(compiled?.notices ?? []).map((message) => ({ message })),
    ...(await unfiledWarnings(store, compiled)),
  ];
}
