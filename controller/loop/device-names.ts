import { listDevices } from "../store/devices.ts";
import type { Store } from "../store/open.ts";

/** What people call devices, by id. */
export async function deviceNames(
  store: Store,
  devices: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(devices)];
  const rows = ids.length === 0 ? [] : await listDevices(store, { ids, limit: ids.length });
  return new Map(rows.map((row) => [row.id, row.alias ?? row.serial ?? row.id]));
}

const deviceIds = /\bd-[0-9a-f]{16}\b/g;

/** Texts with what people call each device in the place of its id; the id of one that was erased stays. */
export async function withNames(store: Store, texts: readonly string[]): Promise<readonly string[]> {
  const names = await deviceNames(
    store,
    texts.flatMap((text) => text.match(deviceIds) ?? []),
  );
  return texts.map((text) => text.replaceAll(deviceIds, (id) => names.get(id) ?? id));
}
