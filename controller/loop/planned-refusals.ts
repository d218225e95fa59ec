import type { Freeze } from "../core/freeze.ts";
import type { Store } from "../store/open.ts";
import { deviceNames } from "./device-names.ts";
import type { LeftOut } from "./hold-view.ts";

const mostReasons = 5;
const mostNamed = 5;

/** Why an act leaves devices out, or is refused: each reason once, with the devices that it is true of. */
export async function plannedRefusals(store: Store, refusals: Freeze["refusals"]): Promise<LeftOut> {
  if (refusals.length === 0) return {};
  const all = [...Map.groupBy(refusals, ({ reason }) => reason)]
    .map(([reason, of]) => ({ reason, devices: of.flatMap(({ device }) => device ?? []) }))
    .sort((a, b) => b.devices.length - a.devices.length);
  const shown = all.slice(0, mostReasons);
  const ids = shown.flatMap(({ devices }) => devices.slice(0, mostNamed));
  const names = await deviceNames(store, ids);
  const told = shown.map(({ reason, devices }) => ({
    reason,
    count: devices.length,
    devices: devices
      .slice(0, mostNamed)
      .map((id) => names.get(id) ?? id)
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true })),
  }));
  return { refusals: told, ...(all.length > shown.length ? { moreReasons: all.length - shown.length } : {}) };
}
