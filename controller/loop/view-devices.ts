import { conditionOf } from "../core/condition.ts";
import { contestedKey } from "../core/facts.ts";
import { nothingObserved } from "../core/observed.ts";
import { overdueSections } from "../core/overdue.ts";
import { identityOf } from "../core/renewal.ts";
import type { Situation } from "../core/situation.ts";
import { UserError } from "../errors.ts";
import {
  type DetailRow,
  type DeviceFilter,
  type DeviceRow,
  findDevices,
  listDevices,
  readDetails,
} from "../store/devices.ts";
import type { Store } from "../store/open.ts";
import { withDoubts } from "./doubts.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Reviser } from "./reviser.ts";
import type { LocationView } from "./secret-views.ts";
import { departedCondition, viewLifecycle } from "./view-lifecycle.ts";
import { viewManagement } from "./view-management.ts";
import { deviceRollouts } from "./view-rollouts.ts";
import { viewUsers } from "./view-users.ts";
import type { DeviceDetailView, DevicesView, DeviceView } from "./views.ts";

/** What looking at the fleet needs. */
export interface Looking {
  readonly store: Store;
  readonly reconciler: Reconciler;
  /** Compiles trees to plan, apart from the revisions of the source: a plan never holds one up. */
  readonly planner: Reviser;
  readonly clock: () => number;
  /** Silence after which a device counts as unreachable. */
  readonly unreachableAfterMs: number;
  /** How long before an identity ends its device renews it, ms. */
  readonly renewBeforeMs: number;
}

/** Filters that are judged after reading: they depend on conditions and membership. */
export interface ViewFilter {
  readonly condition?: string;
  readonly group?: string;
  readonly search?: string;
  /** Managed devices, all, or those whose enrollment is in this state. */
  readonly enrollment?: "registered" | "all" | "new" | "enrolled" | "quarantined" | "unenrolled";
}

/** Devices that match, in pages; `next` is missing on the last one. */
export async function viewDevices(
  looking: Looking,
  filter: DeviceFilter,
  more: ViewFilter,
): Promise<DevicesView> {
  const which = more.enrollment ?? (filter.state === undefined ? "registered" : "all");
  const registered = which === "all" ? {} : { registered: which !== "unenrolled" };
  const found: DeviceView[] = [];
  let after = filter.after;
  for (;;) {
    const rows = await listDevices(looking.store, {
      ...filter,
      ...registered,
      ...(after === undefined ? {} : { after }),
    });
    for (const row of rows) {
      const view = viewDevice(looking, row);
      if (matches(row, view, { ...more, enrollment: which })) found.push(view);
    }
    after = rows.at(-1)?.id;
    if (rows.length < filter.limit || found.length >= filter.limit || after === undefined) break;
  }
  const total = await countDevices(looking.store, which === "all" || which === "unenrolled");
  const isMore = found.length >= filter.limit && after !== undefined;
  return { devices: found, total, ...(isMore ? { next: after as string } : {}) };
}

async function countDevices(store: Store, all: boolean): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `select count(distinct c.device) as count from reeve.channel c
     where c.kind = 'device' and ($1 or c.status <> 'left')`,
    [all],
  );
  return row?.count ?? 0;
}

function matches(row: DeviceRow, view: DeviceView, filter: ViewFilter): boolean {
  if (filter.condition !== undefined && view.condition.type.toLowerCase() !== filter.condition.toLowerCase())
    return false;
  if (filter.group !== undefined && row.granted?.body.groups.includes(filter.group) !== true) return false;
  const { enrollment = "registered" } = filter;
  if (enrollment !== "registered" && enrollment !== "all" && view.enrollment !== enrollment) return false;
  if (filter.search === undefined) return true;
  const text = [view.id, view.name, view.serial, view.udid, view.model, view.owner].join(" ").toLowerCase();
  return text.includes(filter.search.toLowerCase());
}

/** The one device that a word means. Throws UserError when it means none, or several. */
export async function deviceNamed(store: Store, word: string): Promise<DeviceRow> {
  const found = await findDevices(store, word);
  const [only, other] = found;
  if (only === undefined)
    throw new UserError("no-such-device", `no device is called ${word}`, {
      hint: "`reeve devices` lists them.",
    });
  if (other !== undefined)
    throw new UserError("ambiguous-device", `${word} could mean ${found.map((one) => one.id).join(", ")}`);
  return only;
}

/** One device as lists show it. */
export function viewDevice(looking: Looking, row: DeviceRow): DeviceView {
  const now = looking.clock();
  const { lastSeenAt } = row;
  const contact = { lastSeenAt, now, unreachableAfterMs: looking.unreachableAfterMs };
  const situation = situationOfDevice(looking, row);
  return {
    id: row.id,
    name: row.alias ?? row.serial ?? row.id,
    ...optional("serial", row.serial),
    ...optional("udid", row.udid),
    ...factsShown(row),
    tags: tagsOf(row),
    epoch: row.epoch,
    enrollment: enrollmentOf(row),
    condition:
      row.status === "left" ? departedCondition(row) : withDoubts(conditionOf(situation, contact), row),
    lastSeenAt,
    ...optional("suspended", row.suspended),
    ...viewLifecycle(row),
    ...overdueOf(row, now),
  };
}

function overdueOf(
  { status, granted, state, enrolledAt }: DeviceRow,
  now: number,
): Pick<DeviceView, "overdue"> {
  if (status !== "enrolled" && status !== "quarantined") return {};
  const overdue = overdueSections(granted?.body, state, enrolledAt, now);
  return overdue.length === 0 ? {} : { overdue };
}

/** What the device's next command is decided from, as it stands in the store. */
export function situationOfDevice(looking: Looking, row: DeviceRow): Situation {
  return {
    device: row.id,
    channel: row.channel,
    epoch: row.epoch,
    allows: row.status === "enrolled" ? "all" : "queries",
    granted: row.granted?.body,
    observed: row.observed?.body ?? nothingObserved,
    state: row.state,
    acts: row.acts,
    declared: row.declared?.body,
    licences: row.licences,
    refusal: row.refusal,
    halted: looking.reconciler.latches().halted !== undefined,
    removalsStopped: looking.reconciler.latches().frozen !== undefined,
    ...identityOf({ ...row, kind: "device", device: row.id }, looking.renewBeforeMs),
  };
}

const shownFacts = ["platform", "model", "osVersion", "ownership", "mode", "owner"] as const;

function factsShown(row: DeviceRow): Partial<Pick<DeviceView, (typeof shownFacts)[number]>> {
  const known = shownFacts.filter((name) => row.facts[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, row.facts[name]?.value]));
}

function tagsOf(row: DeviceRow): Readonly<Record<string, string>> {
  const tags = Object.entries(row.facts).filter(([key]) => key.startsWith("tag."));
  return Object.fromEntries(tags.map(([key, fact]) => [key.slice("tag.".length), fact.value]));
}

function enrollmentOf(row: DeviceRow): string {
  if (row.status === "left") return "unenrolled";
  if (row.status === "quarantined") return "quarantined";
  return row.status === "authenticated" || row.awaiting ? "new" : "enrolled";
}

/** Everything that is known of one device; where it is only with `located`. */
export async function viewDeviceDetail(
  looking: Looking,
  word: string,
  located: (looking: Looking, row: DeviceRow) => Promise<LocationView | undefined> = async () => undefined,
): Promise<DeviceDetailView> {
  const row = await deviceNamed(looking.store, word);
  const details = await readDetails(looking.store, row.id);
  const location = await located(looking, row);
  const management = await viewManagement(looking, row);
  const rollouts = deviceRollouts(looking, row);
  return {
    ...viewDevice(looking, row),
    groups: row.granted?.body.groups ?? [],
    users: await viewUsers(looking, row.id),
    ...assetOf(looking, row, details),
    ...(location === undefined ? {} : { location }),
    ...(management === undefined ? {} : { management }),
    ...(rollouts.length === 0 ? {} : { rollouts }),
    sections: details
      .filter((one) => one.channel === row.channel)
      .map(({ section, collectedAt, detail }) => ({ section, collectedAt, detail })),
  };
}

/** The asset record of the manifest that means the device, as store/declared.ts finds it: by name, the first. */
function assetOf(
  looking: Looking,
  row: DeviceRow,
  details: readonly DetailRow[],
): Pick<DeviceDetailView, "asset"> {
  if (row.facts[contestedKey] !== undefined) return {};
  const imeis = new Set(
    details.filter((one) => one.section === "device").flatMap((one) => imeisIn(one.detail)),
  );
  const channels = new Set([row.channel, ...details.map((one) => one.channel)]);
  const meant = (looking.reconciler.current()?.compiled.devices ?? []).filter(
    ({ match }) =>
      (match.serial !== undefined && match.serial === row.serial) ||
      (match.enrollmentId !== undefined && channels.has(match.enrollmentId)) ||
      (match.imei !== undefined && imeis.has(match.imei)),
  );
  const [first] = meant.sort((a, b) => (a.name < b.name ? -1 : 1));
  return first?.asset === undefined ? {} : { asset: { ...first.asset } };
}

/** IMEIs wherever they stand in a report, without the spaces that devices put in. */
function imeisIn(detail: unknown): readonly string[] {
  if (typeof detail !== "object" || detail === null) return [];
  return Object.entries(detail).flatMap(([key, value]) =>
    key.toUpperCase() === "IMEI" && typeof value === "string" ? [value.replaceAll(" ", "")] : imeisIn(value),
  );
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: string });
}
