import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { type DevicePart, deviceParts } from "./render/device-parts.ts";
import { askingVerb, keyValue, oneOf, plainFormats, positive, timeMs } from "./verb.ts";

/** Verbs that look and change nothing. */
export function addLookingCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, statusCommand(run), planCommand(run), explainCommand(run));
  attach(program, holdsCommand(run), historyCommand(run));
  const devices = devicesCommand(run);
  attach(program, devices);
  attach(devices, showCommand(run));
  const operations = operationsCommand(run);
  attach(program, operations);
  attach(operations, summaryCommand(run));
}

function statusCommand(run: Run) {
  return askingVerb("status", plainFormats)
    .description("how the fleet stands; exit code 1 when somebody has to act")
    .action((options) => run(options, async (session) => (await import("./status.ts")).status(session)));
}

function planCommand(run: Run) {
  return askingVerb("plan", ["text", "json", "markdown"])
    .description("what would change, on which devices; nothing is written")
    .argument("[dir]", "a folder of manifests; without it, what is in force is planned again")
    .option("--revision <name>", "what the folder is called in the result, such as its commit")
    .option("--detailed-exitcode", "exit code 2 when changes are pending")
    .option("--all", "every line, however many")
    .action((directory, options) =>
      run(options, async (session) => (await import("./plan.ts")).plan(session, { directory, ...options })),
    );
}

function explainCommand(run: Run) {
  return askingVerb("explain", plainFormats)
    .description("why a device has what it has: manifest, line, commit, and what comes next")
    .argument("<device>", "name, alias, serial number or id")
    .argument("[item]", "one item in full, such as Profile/wifi-corp")
    .action((device, item, options) =>
      run(options, async (session) => (await import("./explain.ts")).explain(session, device, item)),
    );
}

function devicesCommand(run: Run) {
  return askingVerb("devices", plainFormats)
    .description("the devices, filtered")
    .option("--platform <platform>", "ios, ipados, macos, tvos, watchos, visionos or android")
    .option("--model <model>", "model or product name")
    .option("--owner <email>", "the person it belongs to")
    .option("--phone <number>", "phone number")
    .option("--store-account <state>", "active or inactive", (value) => oneOf(value, ["active", "inactive"]))
    .option("--user <name>", "a user of the device")
    .option("--profile <name>", "has this profile, by manifest name or identifier")
    .option("--tag <key=value>", "has this tag; may be repeated", keyValue)
    .option("--group <name>", "member of this group")
    .option("--condition <type>", conditions.join(", "), (value) => oneOf(value, conditions))
    .option("--ownership <whose>", "company or personal", (value) => oneOf(value, ["company", "personal"]))
    .option("--mode <mode>", "such as supervised or unsupervised")
    .option("--enrollment <which>", enrollments.join(", "), (value) => oneOf(value, enrollments))
    .option("--state <which>", `what became of it: ${departed.join(", ")}`, (value) => oneOf(value, departed))
    .option("--overdue", "has not reported a section for longer than its schedule allows")
    .option("--search <text>", "name, serial number or id contains")
    .option("--limit <number>", "devices on a page", positive)
    .option("--after <cursor>", "the page after this one")
    .option("--all", "every page")
    .action((options) =>
      run(options, async (session) => {
        const { listDevices } = await import("./devices.ts");
        return listDevices(session, filtersOf(options), options.all === true);
      }),
    );
}

const enrollments = ["registered", "all", "new", "enrolled", "quarantined", "unenrolled"] as const;
const conditions = [
  "Ready",
  "Reconciling",
  "Stalled",
  "Held",
  "Unreachable",
  "ReleasePending",
  "Deprovisioned",
] as const;
const departed = ["in-repair", "in-stock", "retired", "lost", "release-pending", "unanswered"] as const;

const filterNames = [
  "platform",
  "ownership",
  "mode",
  "model",
  "owner",
  "phone",
  "storeAccount",
  "user",
  "profile",
  "group",
  "condition",
  "enrollment",
  "state",
  "search",
  "limit",
  "after",
] as const;

type Filters = { readonly [Name in (typeof filterNames)[number]]?: string | number | undefined };

interface MoreFilters {
  readonly tag?: Readonly<Record<string, string>> | undefined;
  readonly overdue?: true | undefined;
}

function filtersOf(options: Filters & MoreFilters) {
  const tags = Object.entries(options.tag ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    ...Object.fromEntries(filterNames.map((name) => [name, options[name]])),
    tag: tags,
    ...(options.overdue === true ? { overdue: "true" } : {}),
  };
}

function showCommand(run: Run) {
  return askingVerb("show", plainFormats)
    .description("everything known of one device: details, apps, profiles part by part")
    .argument("<device>", "name, alias, serial number or id")
    .option("--part <part>", deviceParts.join(", "), (value): DevicePart => oneOf(value, deviceParts))
    .option("--all", "every line, however many")
    .action((device, options) =>
      run(options, async (session) => (await import("./devices.ts")).showDevice(session, device, options)),
    );
}

function operationsCommand(run: Run) {
  return askingVerb("operations", plainFormats)
    .description("the log of commands: date, type, direction, status, information, and what can be done")
    .option("--device <device>", "of one device")
    .option("--type <type>", "of one type, such as InstallProfile, or of one verb of acts, such as wipe")
    .option("--status <status>", "sent, executed, failed …")
    .option("--limit <number>", "how many", positive)
    .option("--before <time>", "sent before this time, RFC 3339 or milliseconds", timeMs)
    .action((options) =>
      run(options, async (session) => {
        const { device, type, status, limit, before } = options;
        const { operations } = await import("./operations.ts");
        return operations(session, { device, type, status, limit, before });
      }),
    );
}

function summaryCommand(run: Run) {
  return askingVerb("summary", plainFormats)
    .description("how many commands of each type have each status")
    .action((options) =>
      run(options, async (session) => (await import("./operations.ts")).operationsSummary(session)),
    );
}

function holdsCommand(run: Run) {
  return askingVerb("holds", plainFormats)
    .description("what waits for an approval")
    .option("--all", "every device, however many")
    .action((options) =>
      run(options, async (session) => (await import("./holds.ts")).holds(session, options.all === true)),
    );
}

function historyCommand(run: Run) {
  return askingVerb("history", plainFormats)
    .description("which revisions were seen, what each changed, and why one was refused")
    .argument("[revision]", "one of them with all that it changed, by the beginning of its name")
    .option("--limit <number>", "how many", positive)
    .action((revision, { limit, ...options }) =>
      run(options, async (session) => {
        const { history, historyOf } = await import("./history.ts");
        return revision === undefined ? history(session, limit) : historyOf(session, revision);
      }),
    );
}
