import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { restoreSnapshot } from "../store/embedded.ts";
import { openStore } from "../store/open.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

/** Writes the embedded store to a file, complete and synced. `UserError` while a daemon holds the store. */
export async function snapshot(session: Session, file: string): Promise<ExitCode> {
  const { store } = await session.loadConfig();
  embeddedOnly(store);
  if (!existsSync(join(store.directory, "db"))) {
    throw new UserError("no-store", `there is no embedded store in ${store.directory}`, {
      hint: "Name its directory with --set store.directory=DIR.",
    });
  }
  const target = resolve(session.io.cwd, file);
  await using opened = await openIdle(store);
  await opened.snapshot(target);
  await session.show({ file: target }, () => `Saved ${store.directory} to ${clean(target)}.\n`);
  return exitCodes.inOrder;
}

async function openIdle({ directory, keyFile }: { readonly directory: string; readonly keyFile: string }) {
  return openStore({ dataDir: directory }, { keyFile }).catch((error: unknown) => {
    if (!(error instanceof UserError) || error.code !== "directory-in-use") throw error;
    throw new UserError(error.code, error.message, {
      hint: `A running daemon keeps a snapshot in ${join(directory, "snapshot.tar")}, and writes one when it is stopped.`,
    });
  });
}

/** Makes the store directory hold what a snapshot holds; acts done once stay held until resumed. */
export async function restore(session: Session, file: string): Promise<ExitCode> {
  const { store } = await session.loadConfig();
  embeddedOnly(store);
  const source = resolve(session.io.cwd, file);
  await restoreSnapshot(source, store.directory);
  await session.show(
    { file: source, directory: store.directory, held: true },
    () =>
      `Restored ${store.directory}. It may be old: nothing destructive leaves until\n  reeve resume restored\n`,
  );
  return exitCodes.inOrder;
}

function embeddedOnly(store: { readonly databaseUrl: unknown }): void {
  if (store.databaseUrl === undefined) return;
  throw new UserError("not-embedded", "the store is a PostgreSQL server, which has its own backups", {
    hint: "Use pg_dump, or the backups of whoever runs the server.",
  });
}
