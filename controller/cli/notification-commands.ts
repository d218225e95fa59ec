import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, plainFormats } from "./verb.ts";

/** The verbs for who is told of what happens. */
export function addNotificationCommands(program: CommandUnknownOpts, run: Run): void {
  const notifications = askingVerb("notifications", plainFormats)
    .description("who is told of what, and whether it arrives; exit code 1 when it does not")
    .action((options) =>
      run(options, async (session) => (await import("./notifications.ts")).notifications(session)),
    );
  attach(program, notifications);
  attach(notifications, testCommand(run));
}

function testCommand(run: Run) {
  return askingVerb("test", plainFormats)
    .description("send a message that says it is a test; needs an operator")
    .argument("[receiver]", "as the list shows it; without one, all")
    .action((name, options) =>
      run(options, async (session) => (await import("./notifications.ts")).testNotifications(session, name)),
    );
}
