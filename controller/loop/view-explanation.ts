import { androidNext } from "../core/android-next.ts";
import {
  overruledTexts,
  type PolicyRemarks,
  refusedText,
  remarksOn,
} from "../core/android-policy/remarks.ts";
import type { Compiled } from "../core/compiled.ts";
import { type ExplainedItem, explain } from "../core/explain.ts";
import { returnKey } from "../core/facts.ts";
import { isDefault, joinedBy } from "../core/membership.ts";
import { wavesOf } from "../core/seen-policies.ts";
import { UserError } from "../errors.ts";
import { type KnownRecord, readAndroidRecord } from "../store/android-records.ts";
import { getContents } from "../store/content.ts";
import type { DeviceRow } from "../store/devices.ts";
import { endOf } from "../store/report-rows.ts";
import { doubtsAbout } from "./doubts.ts";
import { provenanceKey, readProvenance } from "./provenance.ts";
import { viewAwaited } from "./view-awaited.ts";
import { deviceNamed, type Looking, situationOfDevice, viewDevice } from "./view-devices.ts";
import { lineOf } from "./view-management.ts";
import { deviceRollouts } from "./view-rollouts.ts";
import { explainUsers } from "./view-users.ts";
import type { Committed, ExplainView } from "./views.ts";
import { exemptionTime } from "./window-clock.ts";

/** Why a device has what it has. */
export async function viewExplanation(
  looking: Looking,
  word: string,
  item: string | undefined,
): Promise<ExplainView> {
  const row = await deviceNamed(looking.store, word);
  const revised = looking.reconciler.current();
  if (revised === undefined)
    throw new UserError("no-revision", "no revision is in force yet", {
      hint: "`reeve status` says why, and `reeve doctor` what is missing.",
    });
  const waves = wavesOf(revised.compiled, row.id);
  const subject = { facts: row.facts, named: row.named, waves };
  const rollouts = deviceRollouts(looking, row);
  const awaited = viewAwaited(looking, row);
  const provenance = await readProvenance(looking.store);
  const situation = situationOfDevice(looking, row);
  const now = looking.clock();
  const exemptAt = await exemptionTime(looking.store, revised.compiled, now);
  const told = explain(revised.compiled, subject, situation, now, exemptAt);
  const record = await readAndroidRecord(looking.store, row.channel);
  const isLeft = row.status === "left";
  const ended = isLeft ? await endOf(looking.store, row.id, row.epoch) : undefined;
  const remarks = record === undefined ? undefined : await remarksFor(looking, row);
  return {
    device: viewDevice(looking, row),
    doubts: doubtsAbout(row),
    groups: told.groups.map((name) => ({
      name,
      because: becauseOf(name, row, revised.compiled),
    })),
    items: told.items
      .filter((one) => item === undefined || one.key === item)
      .map((one) => ({ ...one, ...askedAt(looking, row, record, one) }))
      .map((one) => ({ ...remarked(one, remarks), ...commitOf(one, provenance) })),
    notOurs: told.notOurs,
    next: isLeft ? leftNext : record === undefined ? told.next : androidNext(situation, record, now),
    users: (await explainUsers(looking, row)).map((user) => ({
      ...user,
      items: user.items.filter((one) => item === undefined || one.key === item),
    })),
    ...(awaited === undefined ? {} : { awaited }),
    ...(ended === undefined ? {} : { ended }),
    ...(rollouts.length === 0 ? {} : { rollouts }),
    revision: revised.compiled.revision,
  };
}

const leftNext = "nothing: it is not managed any more";

/** What shows only in the one policy that all items of an Android device become. */
async function remarksFor({ store }: Looking, { granted }: DeviceRow): Promise<PolicyRemarks | undefined> {
  if (granted === undefined) return undefined;
  const items = [...granted.body.items, ...(granted.body.leftAlone ?? [])];
  const contents = await getContents(store, [...new Set(items.map((item) => item.digest))]);
  return remarksOn(granted.body, (digest) => contents.get(digest));
}

function remarked(item: ExplainedItem, remarks: PolicyRemarks | undefined): ExplainedItem {
  if (remarks === undefined) return item;
  const faults = remarks.faults.filter(({ items }) => items.includes(item.key)).map(refusedText);
  const texts = [item.detail, ...faults, ...overruledTexts(remarks, item.key)].filter(Boolean);
  const state = faults.length > 0 && item.state !== "verified" ? { state: "conflict" } : {};
  return texts.length === 0 ? item : { ...item, ...state, detail: texts.join("; ") };
}

/** Of what an Android device does not comply with: the line of the manifest that asks for it. */
function askedAt(
  looking: Looking,
  row: DeviceRow,
  record: KnownRecord | undefined,
  item: ExplainedItem,
): { readonly detail?: string } {
  const found = record?.notKept.find((one) => one.item === item.key);
  if (found === undefined || item.detail === undefined) return {};
  const place = lineOf(looking, row, item.key, found.setting);
  const where = [found.setting, place === undefined ? undefined : `at ${place}`].filter(Boolean).join(" ");
  return where === "" ? {} : { detail: `${item.detail}: ${where}` };
}

function commitOf(item: ExplainedItem, provenance: Awaited<ReturnType<typeof readProvenance>>): Committed {
  if (item.policy === undefined || item.digest === undefined) return {};
  const found = provenance[provenanceKey(item.policy, item.key, item.digest)];
  if (found === undefined) return {};
  const { revision: commit, author, verified } = found;
  return { commit, author, ...(verified === true ? { verified } : {}) };
}

function becauseOf(name: string, row: DeviceRow, compiled: Compiled): string {
  const group = compiled.groups.get(name);
  const joined = joinedBy(compiled, row.facts)?.group === name;
  if (joined) return row.facts[returnKey]?.value === name ? "returned into it" : "enrolled into it";
  const listed = row.named.find((one) => group?.devices.has(one));
  if (listed !== undefined) return `lists ${listed}`;
  const platform = row.facts.platform?.value;
  if (platform !== undefined && isDefault(compiled, name, row.facts)) return `default for ${platform}`;
  const keys = (group?.selector ?? []).map((one) => `${one.key}=${row.facts[one.key]?.value ?? "?"}`);
  return keys.length > 0 ? keys.join(", ") : "parent of another group";
}
