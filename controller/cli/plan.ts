import { resolve } from "node:path";
import { readDirectoryTree } from "../git/directory-tree.ts";
import type { PlanView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { hasChanges, renderPlan } from "./render/plan.ts";
import { hasErrors } from "./render/plan-diagnostics.ts";
import { renderPlanMarkdown } from "./render/plan-markdown.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

export interface PlanArguments {
  /** A folder whose files are planned as they are; without it, what is in force. */
  readonly directory?: string | undefined;
  readonly revision?: string | undefined;
  readonly detailedExitcode?: boolean | undefined;
  readonly all?: boolean | undefined;
}

/** What would change, on which devices. Writes nothing anywhere but the result. */
export async function plan(session: Session, asked: PlanArguments): Promise<ExitCode> {
  const files = asked.directory === undefined ? undefined : await readFiles(session, asked.directory);
  const view = await (await session.client()).post<PlanView>("/v1/plan", {
    ...(asked.revision === undefined ? {} : { revision: asked.revision }),
    ...(files === undefined ? {} : { files }),
  });
  const source = files === undefined ? ("revision" as const) : ("working tree" as const);
  const options = { source, all: asked.all === true };
  if (session.output === "markdown") await session.write(renderPlanMarkdown(view, session.look.now, options));
  else await session.show(view, (one, look) => renderPlan(one, look, options));
  if (hasErrors(view.diagnostics)) return exitCodes.problems;
  return asked.detailedExitcode === true && hasChanges(view) ? exitCodes.changesPending : exitCodes.inOrder;
}

/** The files of a folder by path, base64. What cannot be sent is named on standard error. */
async function readFiles(session: Session, directory: string): Promise<Readonly<Record<string, string>>> {
  const tree = await readDirectoryTree(resolve(session.io.cwd, directory));
  const files: Record<string, string> = {};
  const left: string[] = [];
  for (const [path, entry] of tree.entries) {
    if (entry.type === "file") files[path] = Buffer.from(entry.bytes).toString("base64");
    else left.push(`${path} (${entry.type})`);
  }
  for (const { origin, message } of tree.problems ?? []) left.push(`${origin.file}: ${message}`);
  for (const line of left.slice(0, 10)) session.io.err(`not sent: ${clean(line)}\n`);
  if (left.length > 10) session.io.err(`and ${left.length - 10} more not sent; reeve validate names each\n`);
  return files;
}
