import { Command, CommanderError } from "@commander-js/extra-typings";
import { describe, Retry, Stalled, UserError } from "../errors.ts";
import { addActingCommands } from "./acting-commands.ts";
import type { Run } from "./command-tree.ts";
import { addEventCommands } from "./event-commands.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { addLocalCommands } from "./local-commands.ts";
import { addLookingCommands } from "./looking-commands.ts";
import { addNotificationCommands } from "./notification-commands.ts";
import type { Parts } from "./parts.ts";
import { addQuarantineCommands } from "./quarantine-commands.ts";
import { paint } from "./render/look.ts";
import { addSecretCommands } from "./secret-commands.ts";
import { openSession } from "./session.ts";

/** Runs one command line and gives the exit code of the process. Throws nothing. */
export async function runCommandLine(
  argv: readonly string[],
  io: Io,
  parts: Parts & { readonly version: string },
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.inOrder;
  const run: Run = async (options, work) => {
    await using session = openSession(io, parts, options);
    code = await work(session);
  };
  try {
    await buildProgram(io, parts.version, run).parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return report(error, io);
  }
}

function buildProgram(io: Io, version: string, run: Run): Command {
  const program = new Command("reeve")
    .description("Reconciles mobile devices with the policies that a repository declares.")
    .version(version, "-V, --version", "print the version")
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: 100 })
    .configureOutput({ writeOut: io.out, writeErr: io.err, getOutHelpWidth: () => 100 });
  addLookingCommands(program, run);
  addEventCommands(program, run);
  addNotificationCommands(program, run);
  addQuarantineCommands(program, run);
  addSecretCommands(program, run);
  addActingCommands(program, run);
  addLocalCommands(program, run);
  return program;
}

/** Expected errors as a message and what to do; a bug with its stack. */
function report(error: unknown, io: Io): ExitCode {
  // Commander has written its message already; help and version are no failures.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? exitCodes.inOrder : exitCodes.couldNotRun;
  const label = paint(io, "red", "error:");
  if (error instanceof UserError) {
    const hint = error.hint === undefined ? "" : `${error.hint}\n`;
    io.err(`${label} ${describe(error)} [${error.code}]\n${hint}`);
  } else if (error instanceof Retry || error instanceof Stalled) {
    const hint = error instanceof Retry ? "Try again later.\n" : "";
    io.err(`${label} ${describe(error)} [${error.code}]\n${hint}`);
  } else {
    io.err(`${label} this is a bug of reeve\n${error instanceof Error ? stackOf(error) : String(error)}\n`);
  }
  return exitCodes.couldNotRun;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
