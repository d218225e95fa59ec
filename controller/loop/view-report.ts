import type { Compiled } from "../core/compiled.ts";
import { evidenceOf, verdictOf } from "../core/evidence.ts";
import { type ExplainedItem, explain } from "../core/explain.ts";
import { postureOf } from "../core/posture.ts";
import { wavesOf } from "../core/seen-policies.ts";
import { UserError } from "../errors.ts";
import { inSlices } from "../slices.ts";
import { type DeviceRow, listDevices } from "../store/devices.ts";
import { sealHead } from "../store/event-seals.ts";
import { type ActOnDevice, actsOnDevices, dayCounts, securityOf } from "../store/report-rows.ts";
import { revisionInForce } from "../store/revisions.ts";
import { requireGroup } from "./control.ts";
import { dayOf } from "./day-counts.ts";
import { type Provenance, provenanceKey, readProvenance } from "./provenance.ts";
import { tallyReport } from "./report-tally.ts";
import type { ReportDevice, ReportItem, ReportLine } from "./report-views.ts";
import { sealAll } from "./verify-events.ts";
import { type Looking, situationOfDevice, viewDevice } from "./view-devices.ts";
import { lifecycleStatus } from "./view-lifecycle.ts";
import { viewRevision } from "./view-status.ts";
import { exemptionTime } from "./window-clock.ts";

/** What is asked for: the members of one group, and acts of so many days. */
export interface ReportWish {
  readonly group?: string;
  readonly days: number;
}

const dayMs = 86_400_000;
const devicesAtOnce = 500;
const trendDays = 90;

/**
 * The evidence of all managed devices, as it stands now: a head, a line for each device in the order of ids, and what
 * they add up to. Read page by page, so that it is held nowhere whole. Throws UserError before a revision is in force,
 * and for a group that there is not.
 */
export async function* viewReport(looking: Looking, wish: ReportWish): AsyncGenerator<ReportLine> {
  const { store, clock, reconciler } = looking;
  const revised = reconciler.current();
  const inForce = await revisionInForce(store);
  if (revised === undefined || inForce === undefined)
    throw new UserError("no-revision", "no revision is in force yet", {
      hint: "`reeve status` says why, and `reeve doctor` what is missing.",
    });
  if (wish.group !== undefined) requireGroup(looking, wish.group);
  const { compiled } = revised;
  const at = clock();
  const { name, timeZone } = compiled.organization;
  const since = at - wish.days * dayMs;
  const group = wish.group === undefined ? {} : { group: wish.group };
  await sealAll(store);
  const history = await sealHead(store);
  const head = {
    organization: name,
    at,
    timeZone,
    revision: viewRevision(inForce),
    gate: store.gate,
    since,
    ...group,
  };
  yield { head: history === undefined ? head : { ...head, history } };
  const tally = tallyReport();
  for await (const device of devicesOf(looking, compiled, wish, since)) {
    tally.note(device);
    yield { device };
  }
  const trend = await dayCounts(store, wish.group ?? "", dayOf(at - trendDays * dayMs, timeZone));
  const { lifecycle: departed } = await lifecycleStatus(store, at);
  yield { totals: { ...tally.counts(), departed, trend } };
}

async function* devicesOf(
  looking: Looking,
  compiled: Compiled,
  { group }: ReportWish,
  since: number,
): AsyncGenerator<ReportDevice> {
  const provenance = await readProvenance(looking.store);
  const exemptAt = await exemptionTime(looking.store, compiled, looking.clock());
  const reasons = new Map(compiled.exemptions.map((one) => [one.name, one.reason]));
  let after = "";
  for (let full = true; full; ) {
    const page = await listDevices(looking.store, { registered: true, after, limit: devicesAtOnce });
    [full, after] = [page.length === devicesAtOnce, page.at(-1)?.id ?? ""];
    const rows = group === undefined ? page : page.filter((row) => row.granted?.body.groups.includes(group));
    const [securities, acts] = await Promise.all([
      securityOf(
        looking.store,
        rows.map((row) => row.channel),
      ),
      actsOnDevices(
        looking.store,
        rows.map((row) => row.id),
        since,
      ),
    ]);
    const actsOf = Map.groupBy(acts, (one) => one.device);
    for await (const row of inSlices(rows)) {
      const found = { security: securities.get(row.channel), acts: actsOf.get(row.id) ?? [] };
      yield deviceOf(looking, compiled, row, { ...found, provenance, reasons, exemptAt });
    }
  }
}

interface Found {
  readonly security: { readonly detail: unknown; readonly at: number } | undefined;
  readonly acts: readonly ActOnDevice[];
  readonly provenance: Readonly<Record<string, Provenance>>;
  readonly reasons: ReadonlyMap<string, string>;
  readonly exemptAt: number;
}

function deviceOf(looking: Looking, compiled: Compiled, row: DeviceRow, found: Found): ReportDevice {
  const now = looking.clock();
  const {
    udid: _udid,
    tags: _tags,
    epoch: _epoch,
    suspended: _suspended,
    overdue: _overdue,
    ...view
  } = viewDevice(looking, row);
  const { items } = explain(
    compiled,
    { facts: row.facts, named: row.named, waves: wavesOf(compiled, row.id) },
    situationOfDevice(looking, row),
    now,
    found.exemptAt,
  );
  const exemptions = items
    .filter((one) => one.state === "lifted")
    .map((one) => exemptionOf(one, found.reasons));
  const deviating = items.filter((one) => !undisturbed.has(one.state));
  const evidence = evidenceOf(row.granted?.body, row.state, now);
  const { security } = found;
  return {
    ...view,
    groups: row.granted?.body.groups ?? [],
    verdict: verdictOf(view.condition, evidence, exemptions.length > 0),
    evidence,
    posture: postureOf(security?.detail),
    ...(security === undefined ? {} : { postureAt: security.at }),
    asDeclared: items.filter((one) => one.state === "verified").length,
    notAsDeclared: deviating.map((one) => itemOf(one, found.provenance)),
    exemptions,
    acts: found.acts.map(({ device: _device, ...act }) => act),
  };
}

/** As it should be, or nothing to do with this device. */
const undisturbed: ReadonlySet<string> = new Set([
  "verified",
  "lifted",
  "not applicable",
  "per user",
  "absent",
]);

function itemOf(item: ExplainedItem, provenance: Found["provenance"]): ReportItem {
  const { key, state, because, detail, policy, digest } = item;
  const from =
    policy === undefined || digest === undefined ? undefined : provenance[provenanceKey(policy, key, digest)];
  return {
    item: key,
    state,
    because,
    ...(detail === undefined || detail === "" ? {} : { reason: detail }),
    ...(from === undefined ? {} : { commit: from.revision, author: from.author }),
  };
}

function exemptionOf({ key, because }: ExplainedItem, reasons: Found["reasons"]) {
  const [exemption = "", until = ""] = because.split(" until ");
  return { item: key, until, reason: [exemption, reasons.get(exemption)].filter(Boolean).join(": ") };
}
