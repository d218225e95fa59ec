import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, gathered, plainFormats, positive, timeOrAge } from "./verb.ts";

/** The verb for what happened. */
export function addEventCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, eventsCommand(run));
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
