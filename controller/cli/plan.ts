import { resolve } from "node:path";
import { UserError } from "../errors.ts";
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
  /** What the folder is called in the result; the hash of its content when absent. */
  readonly revision?: string | undefined;
  readonly detailedExitcode?: boolean | undefined;
  readonly all?: boolean | undefined;
}

/** What would change, on which devices. Writes nothing anywhere but the result. */
export async function plan(session: Session, asked: PlanArguments): Promise<ExitCode> {
  const tree = asked.directory === undefined ? undefined : await readTree(session, asked.directory);
  if (tree === undefined && asked.revision !== undefined) {
    throw new UserError("usage", "--revision names a folder: which one?", {
      hint: "reeve plan DIR --revision NAME",
    });
  }
  const body = tree && { revision: asked.revision ?? tree.revision, files: tree.files };
  const view = await (await session.client()).post<PlanView>("/v1/plan", body);
  const source = tree === undefined ? ("revision" as const) : ("working tree" as const);
  const options = { source, all: asked.all === true };
  if (session.output === "markdown") await session.write(renderPlanMarkdown(view, session.look.now, options));
  else await session.show(view, (one, look) => renderPlan(one, look, options));
  if (hasErrors(view.diagnostics)) return exitCodes.problems;
  return asked.detailedExitcode === true && hasChanges(view) ? exitCodes.changesPending : exitCodes.inOrder;
}

interface Sent {
  readonly revision: string;
  readonly files: Readonly<Record<string, string>>;
}

/** The files of a folder by path, base64. What cannot be sent is named on standard error. */
async function readTree(session: Session, directory: string): Promise<Sent> {
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
  return { revision: tree.revision, files };
}
