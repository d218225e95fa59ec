import { UserError } from "../errors.ts";
import { migrateServer } from "../store/open.ts";
import { setupRoles } from "../store/roles.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Session } from "./session.ts";

/** Prints the statements that make the roles; runs none of them. */
export async function setup(session: Session, database: string): Promise<ExitCode> {
  const sql = setupRoles({ database });
  await session.show({ database, sql }, () => sql);
  return exitCodes.inOrder;
}

/** Brings the schema to this program's version. */
export async function migrate(session: Session): Promise<ExitCode> {
  const { store } = await session.loadConfig();
  const url = store.ownerUrl ?? store.databaseUrl;
  if (url === undefined) {
    throw new UserError("no-database", "no PostgreSQL server is configured", {
      hint: "Give the owner's connection with REEVE_STORE__OWNER_URL or store.ownerUrlFile.",
    });
  }
  await migrateServer(url.reveal());
  await session.show({ migrated: true }, () => "The schema is up to date.\n");
  return exitCodes.inOrder;
}
