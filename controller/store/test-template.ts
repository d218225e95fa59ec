import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { openEmbedded, writeDurably } from "./embedded.ts";
import { migrate } from "./migrate.ts";

const cache = join(import.meta.dirname, "../../node_modules/.cache/reeve");

/** A dump of an empty, migrated PGlite, made once per schema: the path of its file. For tests. */
export async function makeTemplate(): Promise<string> {
  const file = join(cache, `pglite-${await schemaDigest()}.tar`);
  if (await stat(file).catch(() => undefined)) return file;
  const embedded = await openEmbedded(undefined);
  try {
    await migrate(embedded.database);
    await writeDurably(file, await embedded.dump());
  } finally {
    await embedded.close();
  }
  return file;
}

/** The same as a directory, which is copied in a fraction of the time that a dump takes to load: its path. */
export async function makeTemplateDirectory(): Promise<string> {
  const dump = await makeTemplate();
  const final = dump.replace(/\.tar$/, "");
  if (await stat(final).catch(() => undefined)) return final;
  const building = await mkdtemp(`${final}.`);
  const database = join(building, "db");
  await (await openEmbedded(database, await readFile(dump))).close();
  // Another run may have been quicker: its directory holds the same.
  await rename(database, final).catch(() => {});
  await rm(building, { recursive: true, force: true });
  return final;
}

async function schemaDigest(): Promise<string> {
  const hash = createHash("sha256");
  const folder = join(import.meta.dirname, "migrations");
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)));
  hash.update(
    await readFile(join(import.meta.dirname, "../../node_modules/@electric-sql/pglite/package.json")),
  );
  return hash.digest("hex").slice(0, 16);
}
