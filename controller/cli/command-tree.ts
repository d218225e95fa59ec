import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ExitCode } from "./exit-code.ts";
import type { CommonOptions, Session } from "./session.ts";

/** Opens a session for the options and keeps the exit code of the work. */
export type Run = (options: CommonOptions, work: (session: Session) => Promise<ExitCode>) => Promise<void>;

/** Puts commands below another one; they take over how it reports errors and reads options. */
export function attach(parent: CommandUnknownOpts, ...children: readonly CommandUnknownOpts[]): void {
  for (const child of children) parent.addCommand(child.copyInheritedSettings(parent));
}
