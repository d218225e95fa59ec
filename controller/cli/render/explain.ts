import type { DeviceView, ExplainView } from "../../loop/views.ts";
import { shortDigest, shortRevision } from "./digest.ts";
import { type GridRow, grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { platformName } from "./platform.ts";
import { verifiedMark } from "./revision.ts";
import { deviceRolloutText } from "./rollouts.ts";
import { stamp } from "./stamp.ts";
import { clean, clip, counted, wrap } from "./text.ts";
import { ago, timespan } from "./time.ts";

/** Why a device has what it has, as `reeve explain` prints it; with `item`, that one item in full. */
export function renderExplain(view: ExplainView, look: Look, item?: string): string {
  const blocks = [
    [
      ...deviceHeading(view.device, look),
      ...endedLines(view, look),
      ...doubtLines(view, look),
      ...groupLines(view, look),
      ...rolloutLines(view, look),
    ],
    item === undefined ? itemTable(view, look) : view.items.flatMap((one) => itemInFull(one, look)),
    [...labelled("Next", view.next, look), ...awaitedLines(view, look)],
    ...view.users.map((user) => userLines(user, look, item !== undefined)),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** `IPAD-0388  iPadOS 26.1, company, supervised, epoch 3, seen 40 s ago; Reconciling since 2 h: …`. */
export function deviceHeading(device: DeviceView, look: Look): readonly string[] {
  const facts = [
    `${platformName(device.platform)}${device.osVersion === undefined ? "" : ` ${device.osVersion}`}`,
    device.ownership,
    device.mode,
    device.enrollment === "enrolled" ? undefined : device.enrollment,
    `epoch ${device.epoch}`,
    `seen ${ago(device.lastSeenAt || undefined, look.now)}`,
  ];
  const since =
    device.conditionSince === undefined ? "" : ` for ${timespan(look.now - device.conditionSince)}`;
  const reason = device.condition.type === "Ready" ? "" : `: ${device.condition.message}`;
  const name = clip(clean(device.name || device.id), 40);
  const told = clean(`${facts.filter(Boolean).join(", ")}; ${device.condition.type}${since}${reason}`);
  const suspended = device.suspended === undefined ? [] : labelled("Suspended", device.suspended, look);
  const [first = "", ...more] = wrap(`${name}  ${told}`, look.width, "           ");
  return [
    paint(look, "bold", name) + first.slice(name.length),
    ...more,
    ...suspended,
    ...overdueLines(device, look),
    ...lifecycleLines(device, look),
  ];
}

/** What became of it, and what of that is still to come. */
function lifecycleLines({ lifecycle, unanswered }: DeviceView, look: Look): readonly string[] {
  return [
    ...(lifecycle === undefined
      ? []
      : labelled(
          "Record",
          `${lifecycle.state} for ${timespan(look.now - lifecycle.since)}, by ${lifecycle.act ?? "?"}`,
          look,
        )),
    ...(lifecycle?.releases ?? []).flatMap(({ portal, trouble }) =>
      labelled(
        "Release",
        `${portal}: ${trouble ?? (portal === "apple-business" ? "asked for; it ends when Apple says so" : `take it out there, then reeve release DEVICE --portal ${portal} --reason WHY`)}`,
        look,
      ),
    ),
    ...(unanswered === undefined
      ? []
      : labelled(
          "Unanswered",
          `${unanswered.verb} (${unanswered.act}) was sent ${ago(unanswered.since, look.now)}, and nobody knows whether it was carried out; it is not sent again by itself`,
          look,
        )),
  ];
}

const done: Readonly<Record<string, string>> = {
  wipe: "wiped",
  unenroll: "its management was ended",
  relinquishOwnership: "given up by the organization",
};

/** `wiped 3 h ago on request of ann, approved by ben: "stolen"; Deprovision/gone@1`. */
function endedLines({ ended }: ExplainView, look: Look): readonly string[] {
  if (ended === undefined) return [];
  const { act, verb, at, author, reason, approvedBy } = ended;
  const by = author === "" ? "of nobody that is known" : `of ${author}`;
  const approved = approvedBy.length === 0 ? "" : `, approved by ${approvedBy.join(", ")}`;
  const text = `${done[verb] ?? verb} at ${stamp(at)} (${ago(at, look.now)}) on request ${by}${approved}: "${reason}"; ${act}`;
  return labelled("Ended", text, look);
}

function rolloutLines({ rollouts = [] }: ExplainView, look: Look): readonly string[] {
  return rollouts.flatMap((one) => labelled("Rollout", deviceRolloutText(one), look));
}

/** Sections that it should have reported by now. */
function overdueLines({ overdue = [] }: DeviceView, look: Look): readonly string[] {
  return overdue.flatMap(({ section, collectedAt, maxAgeMs, schedule }) => {
    const last = collectedAt === undefined ? "never reported" : `reported ${ago(collectedAt, look.now)}`;
    const text = `${section}: ${last}, at most ${timespan(maxAgeMs)} (InventorySchedule/${schedule})`;
    return labelled("Overdue", text, look);
  });
}

function doubtLines({ doubts }: ExplainView, look: Look): readonly string[] {
  return doubts.flatMap((doubt) => labelled("Doubtful", doubt, look));
}

function groupLines(view: ExplainView, look: Look): readonly string[] {
  if (view.groups.length === 0) return labelled("Groups", "none", look);
  const shown = view.groups
    .slice(0, 20)
    .map(({ name, because }) => (because === "" ? name : `${name} (${because})`));
  const more = view.groups.length > 20 ? `, and ${view.groups.length - 20} more` : "";
  return labelled("Groups", shown.join(", ") + more, look);
}

function labelled(label: string, text: string, look: Look): readonly string[] {
  const width = 11;
  const lines = wrap(clean(text), look.width - width);
  return lines.map((line, index) =>
    index === 0
      ? paint(look, "dim", label) + " ".repeat(width - label.length) + line
      : " ".repeat(width) + line,
  );
}

/** What was tried to wake the device for what is due. */
function awaitedLines({ awaited }: ExplainView, look: Look): readonly string[] {
  if (awaited === undefined) return [];
  const when = awaited.status === "waiting" ? "" : `, last ${ago(awaited.at, look.now)}`;
  return labelled("Delivery", `${awaited.status}: ${awaited.information}${when}`, look);
}

/** What a user has on his own channel. */
function userLines(user: ExplainView["users"][number], look: Look, inFull: boolean): readonly string[] {
  const heading = labelled("User", `${user.name}, seen ${ago(user.lastSeenAt || undefined, look.now)}`, look);
  if (inFull) return [...heading, ...user.items.flatMap((one) => itemInFull(one, look))];
  const items = user.items.length === 0 ? [] : itemGrid(user.items, look);
  return [...heading, ...items, ...labelled("Next", user.next, look)];
}

type Item = ExplainView["items"][number];

const quiet: ReadonlySet<string> = new Set([
  "verified",
  "lapsed",
  "lifted",
  "absent",
  "not applicable",
  "per user",
]);
const loud: ReadonlySet<string> = new Set(["failed", "rejected", "conflict", "unsupported", "violated"]);

function itemTable(view: ExplainView, look: Look): readonly string[] {
  const { profiles, apps } = view.notOurs;
  const foreign = [...counts(profiles, "profile"), ...counts(apps, "app")].join(", ");
  const last = foreign === "" ? [] : [`Not ours   ${foreign}: never touched`];
  if (view.items.length === 0) return ["No policy declares anything for it.", ...last];
  const then =
    view.device.enrollment === "unenrolled" ? [paint(look, "dim", "When its management ended:")] : [];
  return [...then, ...itemGrid(view.items, look), ...last];
}

function itemGrid(items: readonly Item[], look: Look): readonly string[] {
  const columns = [
    { title: "ITEM", min: 12 },
    { title: "STATE", min: 12 },
    { title: "BECAUSE", min: 20, cut: "end" as const },
    { title: "COMMIT", min: 10 },
  ];
  return grid(
    columns,
    items.flatMap((item) => itemRows(item, look)),
    look,
  );
}

function counts(number: number, word: string): readonly string[] {
  return number === 0 ? [] : [counted(number, word)];
}

function itemRows(item: Item, look: Look): readonly GridRow[] {
  const state = stateOf(item, look);
  const style = loud.has(item.state) ? "red" : quiet.has(item.state) ? "green" : "yellow";
  // Who made the commit is in `reeve explain DEVICE ITEM`; the line of the manifest must not be cut for it.
  const { author: _by, verified: _mark, ...bare } = item;
  const commit = commitOf(look.width < 100 ? bare : item);
  const row: GridRow = [item.key, { text: state, paint: style }, item.because, commit];
  const notes = [item.detail ?? "", ...(item.armed ?? []).map((text) => `ARMED: ${text}`)];
  return [row, ...notes.filter((note) => note !== "").map((note) => ({ indent: 2, note }))];
}

function stateOf({ state, since }: Item, look: Look): string {
  return since === undefined ? state : `${state} ${timespan(look.now - since)}`;
}

function commitOf({ commit, author, ...item }: Item): string {
  const by = author === undefined ? undefined : `${author}${verifiedMark(item)}`;
  return [commit === undefined ? undefined : shortRevision(commit), by].filter(Boolean).join(" ");
}

function itemInFull(item: Item, look: Look): readonly string[] {
  const since = item.since === undefined ? "" : `, since ${stamp(item.since)} (${ago(item.since, look.now)})`;
  return [
    paint(look, "bold", clip(clean(item.key), look.width)),
    ...labelled("State", `${item.state}${since}`, look),
    ...labelled("Because", item.because, look),
    ...(item.detail ? labelled("Detail", item.detail, look) : []),
    ...(item.armed ?? []).flatMap((text) => labelled("Armed", text, look)),
    ...(commitOf(item) === "" ? [] : labelled("Commit", commitOf(item), look)),
    ...(item.digest === undefined ? [] : labelled("Content", shortDigest(item.digest), look)),
  ];
}
