import { join, resolve } from "node:path";
import { schemaKinds } from "../../core/apple-schema/schema.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { clean } from "../render/text.ts";
import type { Session } from "../session.ts";
import { readSchema } from "./read-schema.ts";
import { writeTables } from "./write-tables.ts";

/** The folder from which reeve reads its tables. */
const ownFolder = join(import.meta.dirname, "..", "..", "core", "apple-schema", "generated");

export interface FactsOptions {
  readonly from: string;
  readonly to?: string | undefined;
  readonly label: string;
}

/** Makes the tables of facts from a checkout of Apple's schema and tells how many types they hold. */
export async function appleFacts(session: Session, { from, to, label }: FactsOptions): Promise<ExitCode> {
  const { cwd } = session.io;
  const folder = to === undefined ? ownFolder : resolve(cwd, to);
  const tables = await readSchema(resolve(cwd, from), label);
  await writeTables(folder, tables);
  const types = Object.fromEntries(schemaKinds.map((kind) => [kind, tables[kind].entries.length]));
  const list = Object.entries(types).map(([kind, count]) => `${count} ${kind}`);
  const text = `Wrote the facts of ${clean(label)} to ${clean(folder)}: ${list.join(", ")}.\n`;
  await session.show({ label, folder, types }, () => text);
  return exitCodes.inOrder;
}
