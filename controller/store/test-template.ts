import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
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

async function schemaDigest(): Promise<string> {
  const hash = createHash("sha256");
  const folder = join(import.meta.dirname, "migrations");
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(join(folder, name)));
  hash.update(
    await readFile(join(import.meta.dirname, "../../node_modules/@electric-sql/pglite/package.json")),
  );
  return hash.digest("hex").slice(0, 16);
}
