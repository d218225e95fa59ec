import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { AndroidTables } from "../../core/android-schema/schema.ts";
import { type ExitCode, exitCodes } from "../exit-code.ts";
import { clean } from "../render/text.ts";
import type { Session } from "../session.ts";
import { readDiscovery } from "./discovery.ts";
import { tabulateDiscovery } from "./tabulate-discovery.ts";

/** The folder from which reeve reads its tables. */
const ownFolder = join(import.meta.dirname, "..", "..", "core", "android-schema", "generated");

export interface AndroidFactsOptions {
  readonly from: string;
  readonly to?: string | undefined;
}

/** Makes the tables of facts from Google's discovery document and tells what they hold. */
export async function androidFacts(session: Session, { from, to }: AndroidFactsOptions): Promise<ExitCode> {
  const { cwd } = session.io;
  const folder = to === undefined ? ownFolder : resolve(cwd, to);
  const tables = tabulateDiscovery(await readDiscovery(resolve(cwd, from)));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "androidmanagement.json"), tablesText(tables));
  const { label } = tables;
  const schemas = Object.keys(tables.schemas).length;
  const methods = Object.keys(tables.methods).length;
  const text = `Wrote the facts of ${clean(label)} to ${clean(folder)}: ${schemas} schemas, ${methods} methods.\n`;
  await session.show({ label, folder, schemas, methods }, () => text);
  return exitCodes.inOrder;
}

/** A schema and a method to a line, so that a newer document shows as the lines that it changes. */
function tablesText({ label, schemas, methods, parameters }: AndroidTables): string {
  const section = (name: string, entries: Readonly<Record<string, unknown>>): string => {
    const lines = Object.entries(entries).map(
      ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
    );
    return `${JSON.stringify(name)}:{\n${lines.join(",\n")}\n}`;
  };
  const sections = [
    section("schemas", schemas),
    section("methods", methods),
    section("parameters", parameters),
  ];
  return `{\n"label":${JSON.stringify(label)},\n${sections.join(",\n")}\n}\n`;
}
