import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresOf, type TestDatabase } from "../store/test-stores.ts";
import { startPostgres } from "../test/postgres-server.ts";

/** A PostgreSQL of this bench alone, that writes as safely as one in production, with one empty database. */
export interface BenchPostgres extends AsyncDisposable {
  readonly database: TestDatabase;
  /** CPU seconds of all its processes since it started; undefined where that cannot be read. */
  readonly cpuSeconds: () => Promise<number | undefined>;
}

const settings = ["fsync=on", "shared_buffers=512MB", "max_wal_size=4GB", "work_mem=32MB"];

/** Starts PostgreSQL, or uses the one of DATABASE_URL. */
export async function openBenchPostgres(): Promise<BenchPostgres> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "reeve-bench-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const server = await startPostgres(join(folder, "postgres"), settings);
  opening.defer(server.stop);
  const database = opening.use(await postgresOf(server).fresh());
  const open = opening.move();
  return {
    database,
    cpuSeconds: () => cpuSeconds(join(folder, "postgres")).catch(() => undefined),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

const ticksPerSecond = 100;

/** From /proc: the postmaster, the children it has, and those that have ended (proc(5): utime to cstime). */
async function cpuSeconds(folder: string): Promise<number> {
  const postmaster = (await readFile(join(folder, "postmaster.pid"), "utf8")).split("\n")[0] ?? "";
  let ticks = 0;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent, times] = [fields[1], fields.slice(11, 15).map(Number)];
    if (pid === postmaster) ticks += times.reduce((sum, one) => sum + one, 0);
    else if (parent === postmaster) ticks += (times[0] ?? 0) + (times[1] ?? 0);
  }
  return ticks / ticksPerSecond;
}
