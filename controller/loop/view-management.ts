import { placeOf } from "../core/android-policy/sources.ts";
import type { NotKept } from "../store/android-devices.ts";
import { type KnownRecord, readAndroidRecord } from "../store/android-records.ts";
import type { DeviceRow } from "../store/devices.ts";
import type { ManagementView, NotKeptView, PolicyPartView } from "./management-views.ts";
import type { Looking } from "./view-devices.ts";

/** How Google says that a device is managed; undefined for one of another platform. */
export async function viewManagement(looking: Looking, row: DeviceRow): Promise<ManagementView | undefined> {
  const record = await readAndroidRecord(looking.store, row.channel);
  if (record === undefined) return undefined;
  const { state, appliedState, policy, version, appliedPolicy, appliedVersion, refusal } = record;
  return {
    state,
    ...(appliedState === "" ? {} : { appliedState }),
    ...(policy === undefined
      ? {}
      : { policy: version === undefined ? policy : `${policy} version ${version}` }),
    ...(appliedPolicy === undefined ? {} : { applied: `${appliedPolicy} version ${appliedVersion}` }),
    ...known("appliedAt", record.history[0]?.at),
    ...(refusal === undefined ? {} : { refusal }),
    ...known("isCompliant", record.isCompliant),
    ...known("reportedAt", record.reportedAt),
    ...known("syncedAt", record.syncedAt),
    ...known("enrolledAt", record.enrolledAt),
    readAt: record.readAt,
    ...known("posture", record.posture),
    notKept: record.notKept.map((one) => viewNotKept(looking, row, one)),
    items: partsOf(record),
  };
}

function known<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

/** With the line of the manifest that asked. */
function viewNotKept(looking: Looking, row: DeviceRow, one: NotKept): NotKeptView {
  const place = one.item === undefined ? undefined : lineOf(looking, row, one.item, one.setting);
  return { ...one, ...known("place", place) };
}

/** `FILE:LINE` of the value that an item asks for, as what is in force has it. */
export function lineOf(
  { reconciler }: Looking,
  row: DeviceRow,
  key: string,
  leaf: string | undefined,
): string | undefined {
  const compiled = reconciler.current()?.compiled;
  const policy = row.granted?.body.items.find((item) => item.key === key)?.policy;
  if (compiled === undefined || policy === undefined) return undefined;
  const origin = placeOf(compiled, { key, policy }, leaf);
  return origin === undefined ? undefined : `${origin.file}:${origin.line}`;
}

/** What the policy that a device has applied says, by the items that ask for it: with place-holders for secrets. */
function partsOf({ rendering }: KnownRecord): ManagementView["items"] {
  if (rendering === undefined) return [];
  const { body, items, sources } = rendering;
  const parts = new Map<string, PolicyPartView[]>(Object.keys(items).map((key) => [key, []]));
  for (const [path, source] of Object.entries(sources))
    for (const item of source.items) parts.get(item)?.push({ setting: path, value: valueAt(body, path) });
  return [...parts].map(([key, all]) => ({ key, id: items[key]?.id ?? "", parts: all }));
}

/** The value at `a.b[2].c`. */
function valueAt(body: unknown, path: string): unknown {
  let here: unknown = body;
  for (const step of path.split(/[.[\]]/).filter((one) => one !== "")) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[step];
  }
  return here;
}
