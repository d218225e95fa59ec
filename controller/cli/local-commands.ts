import { Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { addAndroidCommands } from "./android-commands.ts";
import { attach, type Run } from "./command-tree.ts";
import { addPushCommands } from "./push-commands.ts";
import { diagnosticFormats } from "./render/diagnostics.ts";
import { askingVerb, durationMs, fromZero, oneOf, plainFormats, verb } from "./verb.ts";

/** Verbs that ask no daemon: they read files, serve, or work on the store itself. */
export function addLocalCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, validateCommand(run), runCommand(run), configCommand(run));
  attach(program, snapshotCommand(run), restoreCommand(run));
  const db = new Command("db").description("prepare a PostgreSQL server");
  attach(program, db);
  attach(db, setupCommand(run), migrateCommand(run), gateCommand(run));
  addPushCommands(program, run);
  addAndroidCommands(program, run);
  attach(program, doctorCommand(run));
  const facts = new Command("facts").description("facts about platforms that reeve checks manifests with");
  attach(program, facts);
  attach(facts, appleFactsCommand(run));
  attach(facts, androidFactsCommand(run));
}

function validateCommand(run: Run) {
  return new Command("validate")
    .description("check manifests; offline, without credentials; exit code 1 when there are errors")
    .argument("[dir...]", "folders, each a repository of its own; `policies` or this folder when absent")
    .addOption(
      new Option("-o, --output <format>", "how the result is written")
        .choices(diagnosticFormats)
        .default("text" as const)
        .argParser((value) => oneOf(value, diagnosticFormats)),
    )
    .option("--out <file>", "write the result to a file")
    .action((directories, { output, out }) =>
      run({ output: "text" }, async ({ io, look }) => {
        const { validate } = await import("./validate.ts");
        const { readProfileFile } = await import("../apple/profile-file.ts");
        const to = out === undefined ? {} : { out };
        const result = await validate({ directories, output, now: look.now, readProfileFile, ...to });
        (result.exitCode === 3 ? io.err : io.out)(result.text);
        return result.exitCode;
      }),
    );
}

function runCommand(run: Run) {
  return verb("run", plainFormats)
    .description("serve: reconcile devices with the policies until told to stop")
    .action((options) =>
      run(options, async (session) => {
        await session.runDaemon(await session.loadConfig());
        return 0;
      }),
    );
}

function configCommand(run: Run) {
  return verb("config", plainFormats)
    .description("the effective configuration, with secrets masked")
    .action((options) => run(options, async (session) => (await import("./config.ts")).config(session)));
}

function doctorCommand(run: Run) {
  return askingVerb("doctor", plainFormats)
    .description("look for what a new operator gets wrong, and say what to do; exit code 1 when something is")
    .option("--offline", "ask nobody beyond this host")
    .action((options) =>
      run(options, async (session) =>
        (await import("./doctor.ts")).doctor(session, options.offline === true),
      ),
    );
}

function snapshotCommand(run: Run) {
  return verb("snapshot", plainFormats)
    .description("save the embedded store safely to a file; the daemon must not be running")
    .argument("<file>")
    .action((file, options) =>
      run(options, async (session) => (await import("./snapshot.ts")).snapshot(session, file)),
    );
}

function restoreCommand(run: Run) {
  return verb("restore", plainFormats)
    .description("fill an empty store directory from a snapshot; then: reeve resume restored")
    .argument("<file>")
    .action((file, options) =>
      run(options, async (session) => (await import("./snapshot.ts")).restore(session, file)),
    );
}

function setupCommand(run: Run) {
  return verb("setup", plainFormats)
    .description("print the statements that a database administrator runs once")
    .option("--database <name>", "the database that reeve shall use", "reeve")
    .action((options) =>
      run(options, async (session) => (await import("./database.ts")).setup(session, options.database)),
    );
}

function migrateCommand(run: Run) {
  return verb("migrate", plainFormats)
    .description("bring the server's schema up to date, as the role that owns it")
    .action((options) => run(options, async (session) => (await import("./database.ts")).migrate(session)));
}

function gateCommand(run: Run) {
  const onOff = ["on", "off"] as const;
  const whether = (value: string | undefined) => (value === undefined ? undefined : value === "on");
  return verb("gate", plainFormats)
    .description("show, or change, what the gate of a server goes by; as the role that owns the schema")
    .option("--solo <on|off>", "the author may approve alone, late and slowly", (value) =>
      oneOf(value, onOff),
    )
    .option("--break-glass <on|off>", "one approver alone, one device in 24 hours", (value) =>
      oneOf(value, onOff),
    )
    .option("--cool-off <duration>", "between the last approval and the first command", durationMs)
    .option("--canary <number>", "on more devices the first goes ahead", fromZero)
    .option("--in-a-row <number>", "acts that destroy, approved by one person within 20 minutes", fromZero)
    .option("--devices <number>", "destroyed within 20 minutes, at most", fromZero)
    .option("--per-day <number>", "destroyed within a day, at most", fromZero)
    .option("--disruptive <number>", "disrupted within an hour without an approval", fromZero)
    .action((options) =>
      run(options, async (session) =>
        (await import("./database-gate.ts")).gate(session, {
          solo: whether(options.solo),
          breakGlass: whether(options.breakGlass),
          coolOffMs: options.coolOff,
          canary: options.canary,
          approvals: options.inARow,
          devices: options.devices,
          daily: options.perDay,
          disruptive: options.disruptive,
        }),
      ),
    );
}

function appleFactsCommand(run: Run) {
  return verb("apple", plainFormats)
    .description("make the tables of facts from a checkout of Apple's device management schema")
    .requiredOption("--from <dir>", "the checkout")
    .requiredOption("--label <text>", "the OS version and the commit of it, which are kept in the tables")
    .option("--to <dir>", "write them there, and not where reeve reads them")
    .action(({ from, label, to, ...options }) =>
      run(options, async (session) =>
        (await import("./facts/facts.ts")).appleFacts(session, { from, label, to }),
      ),
    );
}

function androidFactsCommand(run: Run) {
  return verb("android", plainFormats)
    .description("make the tables of facts from the discovery document of Google's Android Management API")
    .requiredOption("--from <file>", "the document")
    .option("--to <dir>", "write them there, and not where reeve reads them")
    .action(({ from, to, ...options }) =>
      run(options, async (session) =>
        (await import("./facts/android-facts.ts")).androidFacts(session, { from, to }),
      ),
    );
}
