import pg from "pg";
import { Retry } from "../errors.ts";

// bigint arrives as a number: all of ours are counts and epoch milliseconds, far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Runs one statement and returns its rows. Throws Retry while the database cannot be reached. */
export interface Db {
  readonly query: <Row extends object>(sql: string | Named, values?: readonly unknown[]) => Promise<Row[]>;
}

/** A statement that is parsed and planned once per connection. */
export interface Named {
  readonly name: string;
  readonly text: string;
}

/** A pool of connections: `transaction` commits what `work` did, or rolls all of it back and throws its error. */
export interface Database extends Db {
  readonly transaction: <T>(work: (db: Db) => Promise<T>) => Promise<T>;
  /** How many statements were sent since the start, those of transactions included. */
  readonly statements: () => number;
  readonly close: () => Promise<void>;
}

/** Wraps a pool of node-postgres, before a server or before PGlite. */
export function openDatabase(config: pg.PoolConfig): Database {
  const pool = new pg.Pool(config);
  let statements = 0;
  // An idle connection that breaks is replaced by the pool; the next statement says if it cannot be.
  pool.on("error", () => {});

  async function run<Row extends object>(
    client: pg.PoolClient,
    sql: string | Named,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    statements += 1;
    const text = typeof sql === "string" ? { text: sql } : sql;
    try {
      const config = values.length === 0 ? text : { ...text, values: values as unknown[] };
      return (await client.query<Row>(config)).rows;
    } catch (error) {
      throw translate(error);
    }
  }

  /** A connection for as long as `work` lasts; one that breaks meanwhile is not used again. */
  async function connected<T>(work: (client: pg.PoolClient, breaks: () => void) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    let broken = false;
    // One that breaks between two statements says so once more with the next; unheard, it would end the process.
    const breaks = (): void => {
      broken = true;
    };
    client.on("error", breaks);
    try {
      return await work(client, breaks);
    } finally {
      client.off("error", breaks);
      client.release(broken);
    }
  }

  // The pool's own `query` throws a connection away when a statement fails: before PGlite, which has one only, what it
  // had still to say would be taken for the answers to the next statements.
  function query<Row extends object>(sql: string | Named, values?: readonly unknown[]): Promise<Row[]> {
    return connected(async (client, breaks) => {
      try {
        return await run<Row>(client, sql, values);
      } catch (error) {
        if (isLost(error)) breaks();
        throw error;
      }
    });
  }

  function transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return connected(async (client, breaks) => {
      try {
        await run(client, "begin");
        const result = await work({ query: (sql, values) => run(client, sql, values) });
        await run(client, "commit");
        return result;
      } catch (error) {
        // A transaction that is left open poisons every later query of its connection.
        await client.query("rollback").catch(breaks);
        throw error;
      }
    });
  }

  return {
    query,
    transaction,
    statements: () => statements,
    close: () => pool.end(),
  };
}

/** The SQLSTATE of an error from PostgreSQL, or Node's code of a failed connection. */
export function sqlState(error: unknown): string | undefined {
  const code =
    error instanceof Retry ? (error.cause as { code?: unknown })?.code : (error as { code?: unknown })?.code;
  return typeof code === "string" ? code : undefined;
}

/**
 * True unless the database itself said what was wrong, and listens on. Of some connections all that follows would go
 * wrong as well: to a server that only reads after a failover, or with statements that it prepared before another schema
 * or under another connection of a pooler.
 */
function isLost(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|57P0|E|25006|26000|0A000|42P05)/.test(state);
}

/** True for a deadlock or a serialisation failure: nothing was written and the same again may well succeed. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40P01" || state === "40001";
}

/** Runs `work` again, up to three times, when the database ended it because of a deadlock. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 3 || !isConflict(error)) throw error;
    }
  }
}

const unreachable = /^(08|57P0|53300|57014|55P03|58|25006)|^E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_AGAIN|NOTFOUND)/;
const unreachableText =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection/;

function translate(error: unknown): unknown {
  const state = sqlState(error);
  const text = error instanceof Error ? error.message : "";
  if ((state !== undefined && unreachable.test(state)) || unreachableText.test(text)) {
    return new Retry("database-unavailable", `the database did not answer${state ? ` (${state})` : ""}`, {
      cause: error,
    });
  }
  return error;
}
