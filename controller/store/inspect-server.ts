import { openDatabase } from "./db.ts";
import { requireSchema } from "./migrate.ts";
import { findGate, type Gate } from "./roles.ts";

/** What a look at a server tells. */
export interface Inspected {
  /** Why its schema is not this program's; undefined when it is. */
  readonly schema: unknown;
  /** Undefined where there is no schema yet. */
  readonly gate: Gate | undefined;
  /** The server's clock, epoch ms. */
  readonly now: number;
}

/** Looks at a server through one connection and changes nothing. Rejects when it cannot be reached. */
export async function inspectServer(url: string): Promise<Inspected> {
  const config = {
    connectionString: url,
    max: 1,
    application_name: "reeve doctor",
    connectionTimeoutMillis: 5_000,
  };
  const database = openDatabase(config);
  try {
    const [row] = await database.query<{ now: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::bigint as now",
    );
    const schema = await requireSchema(database).catch((error: unknown) => error);
    const gate = schema === undefined ? await findGate(database) : undefined;
    return { schema, gate, now: Number(row?.now ?? 0) };
  } finally {
    await database.close();
  }
}
