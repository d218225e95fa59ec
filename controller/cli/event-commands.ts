import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, gathered, plainFormats, positive, timeOrAge } from "./verb.ts";

/** The verbs for what happened, and for how it stands. */
export function addEventCommands(program: CommandUnknownOpts, run: Run): void {
  const events = eventsCommand(run);
  attach(program, events);
  attach(events, exportCommand(run), verifyCommand(run), headCommand(run));
  attach(program, reportCommand(run));
}

function reportCommand(run: Run) {
  return askingVerb("report", ["text", "json", "csv", "html"])
    .description("evidence of compliance as it stands now, for each group and device")
    .option("--group <name>", "only members of this group")
    .option("--days <number>", "acts of so many days; 30 unless told", positive)
    .option("--dir <folder>", "writes JSON, CSV and a page there, with the time in their names")
    .action(({ group, days, dir, ...options }) =>
      run({ ...options, output: "text" }, async (session) => {
        const { report } = await import("./report.ts");
        return report(session, { group, days }, options.output, dir);
      }),
    );
}

function exportCommand(run: Run) {
  return askingVerb("export", ["jsonl"])
    .description(
      "all events, the oldest first, one JSON object on each line, for an auditor or another system",
    )
    .option("--since <time>", "not before this time, RFC 3339, or an age such as 2h", timeOrAge)
    .option("--until <time>", "before this time", timeOrAge)
    .option("--after <id>", "only those after this one: where the last export ended", positive)
    .action(({ since, until, after, ...options }) =>
      run({ ...options, output: "json" }, async (session) => {
        const now = session.look.now;
        const { exportEvents } = await import("./export-events.ts");
        return exportEvents(session, { since: since?.(now), until: until?.(now), after });
      }),
    );
}

function verifyCommand(run: Run) {
  return askingVerb("verify", plainFormats)
    .description("whether the history is as it was written; exit code 1 when it is not")
    .option("--head <file|head>", "a head that was kept elsewhere, or a file that holds some, such as a log")
    .action(({ head, ...options }) =>
      run(options, async (session) => (await import("./verify-events.ts")).verifyEvents(session, head)),
    );
}

function headCommand(run: Run) {
  return askingVerb("head", plainFormats)
    .description("the newest seal of the history, to be kept elsewhere")
    .action((options) =>
      run(options, async (session) => (await import("./verify-events.ts")).eventsHead(session)),
    );
}

function eventsCommand(run: Run) {
  return askingVerb("events", plainFormats)
    .description("what happened; without --type or --all, what is routine is only counted")
    .option("--device <device>", "to one device")
    .option(
      "--type <beginning>",
      "of types that begin so, such as act. or item.failed; may be repeated",
      gathered,
    )
    .option("--subject <beginning>", "about what begins so, such as Profile/wifi")
    .option("--since <time>", "not before this time, RFC 3339, or an age such as 2h", timeOrAge)
    .option("--until <time>", "before this time", timeOrAge)
    .option("--limit <number>", "how many", positive)
    .option("--before <id>", "older than this one", positive)
    .option("--all", "routine ones too")
    .option("-f, --follow", "go on as things happen")
    .action(({ device, type, subject, since, until, limit, before, all, follow, ...options }) =>
      run(options, async (session) => {
        const now = session.look.now;
        const filters = { device, type, subject, since: since?.(now), until: until?.(now), limit };
        const asked = { ...filters, routine: all === true ? true : undefined };
        const { events, followEvents } = await import("./events.ts");
        return follow === true ? followEvents(session, asked) : events(session, { ...asked, before });
      }),
    );
}
