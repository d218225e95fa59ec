/**
 * `reeve run` with the daemon's ports wrapped: at the boundary that it is told, its process kills itself (SIGKILL).
 * REEVE_CRASH_AT, or a message `{crashAt: N}`, names the Nth boundary from then on; 0 disarms. REEVE_CRASH_ONLY, or
 * `only` in the message, is a pattern: other boundaries do not count. Statements that write, beside those of reports,
 * count where a pattern is given: they are called `statement`, a transaction of them `commit`.
 */
import { writeSync } from "node:fs";
import type { Google } from "../../android/google.ts";
import type { Parts } from "../../assemble.ts";
import { loadConfig } from "../../config.ts";
import type { ChannelChange, Channels } from "../../core/ports.ts";
import { runDaemon } from "../../daemon/run.ts";
import type { Database, Db } from "../../store/db.ts";

const [, , , , file] = process.argv;
const crash = {
  at: Number(process.env.REEVE_CRASH_AT ?? 0),
  only: new RegExp(process.env.REEVE_CRASH_ONLY ?? ""),
  passed: 0,
};

const writes = /(insert into|update|delete from) reeve\.(\w+)|reeve\.(approve|lift|gate_watch)\(/g;

process.on("message", (message: { readonly crashAt: number; readonly only?: string }) => {
  crash.at = message.crashAt;
  crash.only = new RegExp(message.only ?? "");
  crash.passed = 0;
  process.send?.({ armed: crash.at });
});
process.channel?.unref();

await runDaemon(loadConfig({ env: {}, ...(file === undefined ? {} : { file }) }), {
  version: "crashing",
  environment: {},
  ceiling: { devices: 1_000, percent: 100, windowMs: 1 },
  around,
});

function around(parts: Parts): Parts {
  const { store, push, devicePlane, android } = parts;
  // On a store of one process nobody else can; on a server its owner does.
  if (store.kind === "embedded") void liftCeilings(store);
  return {
    ...parts,
    android: android && { ...android, google: aroundGoogle(android.google) },
    store: {
      ...store,
      ...aroundDatabase(store),
      approver: aroundDatabase(store.approver),
      channels: aroundChannels(store.channels),
    },
    push: push && {
      ...push,
      send: async (address, options) => {
        pass("push", "before");
        const outcome = await push.send(address, options);
        pass("push", "after");
        return outcome;
      },
    },
    devicePlane: {
      ...devicePlane,
      onRequest: (entry) => {
        devicePlane?.onRequest?.(entry);
        pass("reply", "after");
      },
    },
  };
}

async function liftCeilings({ query }: Db): Promise<void> {
  await query("update reeve.ceiling set devices = 1000, percent = 100, window_ms = 1");
  await query("update reeve.setting set value = '1000' where name = 'approvals-in-a-row'");
}

/** Each statement that writes, by what it writes to; after a transaction of them all of it is written. */
function aroundDatabase(database: Database): Database {
  const around = (db: Db, noted: string[]): Db["query"] => {
    return async (sql, values) => {
      const about = written(typeof sql === "string" ? sql : sql.text);
      if (about === "") return db.query(sql, values);
      noted.push(about);
      passWrite("statement", "before", about);
      const rows = await db.query(sql, values);
      passWrite("statement", "after", about);
      return rows as never;
    };
  };
  return {
    ...database,
    query: around(database, []),
    transaction: async (work) => {
      const noted: string[] = [];
      const result = await database.transaction((db) => work({ query: around(db, noted) }));
      if (noted.length > 0) passWrite("commit", "after", noted.join(", "));
      return result;
    },
  };
}

function passWrite(step: string, when: string, about: string): void {
  if (crash.only.source !== "(?:)") pass(step, when, about);
}

function written(sql: string): string {
  const found = [...sql.matchAll(writes)].map(([, verb, table, called]) => called ?? `${verb} ${table}`);
  return [...new Set(found)].join(" and ");
}

function aroundChannels(channels: Channels): Channels {
  return {
    ...channels,
    read: async (id) => {
      pass("read", "before");
      const row = await channels.read(id);
      pass("read", "after");
      return row;
    },
    write: async (change) => {
      const about = aboutOf(change);
      pass("write", "before", about);
      const writing = channels.write(change);
      // The statement is on its way: whether it is carried out is the database's secret.
      if (isNext()) await new Promise((resolve) => setImmediate(resolve));
      pass("write", "during", about);
      const result = await writing;
      pass("write", "after", about);
      return result;
    },
  };
}

/** Each call to Google, by the name of its method. */
function aroundGoogle(google: Google): Google {
  return {
    ...google,
    manage: (options, send) => google.manage(options, (client, common) => send(calling(client, ""), common)),
  };
}

/** The same client; a method that is called on it is a boundary before and after. */
function calling<T extends object>(part: T, path: string): T {
  // Google's client is frozen, and a proxy of what is frozen may show nothing else.
  return new Proxy({} as T, {
    get(_, key) {
      const value: unknown = Reflect.get(part, key);
      const name = `${path}.${String(key)}`.replace(/^\./, "");
      if (typeof value === "function")
        return async (...args: readonly unknown[]) => {
          pass("google", "before", name);
          const answer: unknown = await value.apply(part, args);
          pass("google", "after", name);
          return answer;
        };
      return typeof value === "object" && value !== null ? calling(value, name) : value;
    },
  });
}

function isNext(): boolean {
  return crash.passed + 1 === crash.at;
}

function pass(step: string, when: string, about = ""): void {
  if (crash.at === 0 || !crash.only.test(`${when} ${step} ${about}`)) return;
  crash.passed++;
  if (crash.passed !== crash.at) return;
  writeSync(2, `${JSON.stringify({ level: "info", event: "crash", boundary: `${when} ${step}`, about })}\n`);
  process.kill(process.pid, "SIGKILL");
  // Nothing of this process may go on while the signal is on its way.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function aboutOf(change: ChannelChange): string {
  return change.ledger
    .map((one) => (one.type === "sent" ? `sends ${one.requestType}` : `stores ${one.status}`))
    .join(", ");
}
