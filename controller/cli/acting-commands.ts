import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { resumeScopes, suspendScopes } from "./guard-scopes.ts";
import { askingVerb, durationText, keyValue, oneOf, plainFormats, positive } from "./verb.ts";

/** Verbs that tell a daemon to do or to stop something; what they may do is decided there. */
export function addActingCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, approveCommand(run), suspendCommand(run), resumeCommand(run));
  attach(program, haltCommand(run), unhaltCommand(run), reconcileCommand(run));
  const enroll = new Command("enroll").description("let a new device in");
  attach(program, enroll);
  attach(enroll, enrollAppleCommand(run));
}

function approveCommand(run: Run) {
  return askingVerb("approve", plainFormats)
    .description("approve one held act, as it is shown; needs a token of an approver")
    .argument("<digest>", "as shown by reeve holds, such as 7be2-91c4-e0aa")
    .option("--note <text>", "why; kept with the approval")
    .option("--yes", "do not ask")
    .action((digest, options) =>
      run(options, async (session) => (await import("./approve.ts")).approve(session, digest, options)),
    );
}

function suspendCommand(run: Run) {
  return askingVerb("suspend", plainFormats)
    .description("send only queries to a device, a group or all, or freeze removals, until resumed")
    .argument("<scope>", suspendScopes.join(", "), (value) => oneOf(value, suspendScopes))
    .argument("[name]", "the device or the group")
    .requiredOption("--reason <text>", "why; shown by status and explain")
    .action((scope, name, options) =>
      run(options, async (session) =>
        (await import("./guards.ts")).suspend(session, { scope, name }, options.reason),
      ),
    );
}

function resumeCommand(run: Run) {
  return askingVerb("resume", plainFormats)
    .description("end a suspension, a freeze of removals, observe mode, or the caution after a restore")
    .argument("<scope>", resumeScopes.join(", "), (value) => oneOf(value, resumeScopes))
    .argument("[name]", "the device or the group")
    .action((scope, name, options) =>
      run(options, async (session) => (await import("./guards.ts")).resume(session, { scope, name })),
    );
}

function haltCommand(run: Run) {
  return askingVerb("halt", plainFormats)
    .description("the kill switch: nothing is sent to any device")
    .requiredOption("--reason <text>", "why; shown by status")
    .action((options) =>
      run(options, async (session) => (await import("./guards.ts")).halt(session, options.reason)),
    );
}

function unhaltCommand(run: Run) {
  return askingVerb("unhalt", plainFormats)
    .description("turn the kill switch off")
    .requiredOption("--reason <text>", "why; kept in the events")
    .action((options) =>
      run(options, async (session) => (await import("./guards.ts")).unhalt(session, options.reason)),
    );
}

function reconcileCommand(run: Run) {
  return askingVerb("reconcile", plainFormats)
    .description("read the source now; wake devices, have them report anew, and try again what failed")
    .argument("[device]", "this device")
    .option("--group <name>", "the members of this group")
    .option("--all", "every device, at the allowed rate")
    .action((device, options) =>
      run(options, async (session) => {
        const { group, all } = options;
        return (await import("./guards.ts")).reconcile(session, { device, group, all });
      }),
    );
}

function enrollAppleCommand(run: Run) {
  return askingVerb("apple", plainFormats)
    .description("an enrollment profile for Apple devices, or a link to one with its QR code")
    .option("--group <name>", "the group that the device joins")
    .option("--uses <number>", "how many devices", positive)
    .option("--expires <duration>", "how long it may be used, such as 4h or 7d", durationText)
    .option("--owner <email>", "the person it belongs to")
    .option("--ownership <whose>", "company or personal", (value) => oneOf(value, ["company", "personal"]))
    .option("--tag <key=value>", "a tag of the device; may be repeated", keyValue)
    .option("--serial <number>", "only the device with this serial number may use it")
    .option("--device <name>", "the same, by the name of its manifest, its alias or its id")
    .option("--unsigned", "a profile without a signature, to be signed elsewhere")
    .option("--link", "a link that works once per use, instead of the file")
    .action((options) =>
      run(options, async (session) => {
        const { tag: tags, group, uses, expires, owner, ownership, serial, device, unsigned, link } = options;
        const { enrollApple } = await import("./enroll-apple.ts");
        const whom = { group, uses, expires, owner, ownership, tags, serial, device };
        return enrollApple(session, { ...whom, unsigned, link });
      }),
    );
}
