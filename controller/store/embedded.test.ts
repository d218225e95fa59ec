import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { approve } from "./approvals.ts";
import { tryWipe, wipeOf } from "./contract-guards.ts";
import { engagedLatches } from "./control.ts";
import { acquireDirectory, socketAddress } from "./directory.ts";
import { restoreSnapshot, writeDurably } from "./embedded.ts";
import { listEvents } from "./events.ts";
import { openStore } from "./open.ts";
import { readSecret } from "./secrets.ts";
import { channelOf, enroll } from "./test-fleet.ts";
import { pglite, testKey } from "./test-stores.ts";

/** A child that writes into `dataDir`; resolves each line that it prints. */
function writer(dataDir: string, mode: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "test-writer.ts"), dataDir, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => String((await lines.next()).value),
    kill: () =>
      new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "reeve-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe("an embedded store", () => {
  it("has lost nothing that was committed when its process is killed, and no half of anything", async () => {
    await using database = await pglite.fresh({ durable: true });
    const dataDir = database.dataDir!;
    await (await database.open()).close();
    let next = 0;

    for (let round = 0; round < 3; round += 1) {
      const child = writer(dataDir, String(next));
      let acknowledged = -1;
      while (acknowledged < next + 20 + round * 7) acknowledged = Number(await child.line());
      await child.kill();
      await using store = await openStore({ dataDir }, { key: testKey });
      const commands = await store.query<{ n: number }>(
        "select attempt as n from reeve.command order by attempt",
      );
      const events = await listEvents(store, { types: ["sent"], limit: 10_000 });
      const row = await channelOf(store, "UDID-1");

      expect(commands.at(-1)?.n).toBeGreaterThanOrEqual(acknowledged);
      expect(commands.map((one) => one.n)).toEqual(commands.map((_, index) => index));
      expect(events).toHaveLength(commands.length);
      expect(row.version).toBe(2 + commands.length);
      next = commands.length;
    }
  });

  it("refuses a second process, says who holds it, and is taken over from a killed one", async () => {
    await using database = await pglite.fresh({ durable: true });
    const dataDir = database.dataDir!;
    await (await database.open()).close();
    const child = writer(dataDir, "--hold");
    await child.line();

    const refused = openStore({ dataDir }, { key: testKey });
    await expect(refused).rejects.toMatchObject({
      name: "UserError",
      code: "directory-in-use",
      message: expect.stringMatching(/in use by process \d+ since/),
    });
    await child.kill();
    await using store = await openStore({ dataDir }, { key: testKey });

    expect(store.kind).toBe("embedded");
  });

  it("refuses another key than the one it was made with", async () => {
    await using database = await pglite.fresh({ durable: true });
    await (await database.open()).close();

    await expect(database.open({ key: Buffer.alloc(32, 8) })).rejects.toMatchObject({ code: "wrong-key" });
    await expect(database.open({ key: Buffer.alloc(31) })).rejects.toMatchObject({ code: "bad-key" });
    await using store = await database.open();

    expect(store.gate).toBe("advisory");
  });

  it("refuses a schema that is newer than this program, or that another one has made", async () => {
    await using database = await pglite.fresh({ durable: true });
    const store = await database.open();
    await store.query("insert into reeve.migration (n, name) values (999, 'from the future')");
    await store.close();

    await expect(database.open()).rejects.toMatchObject({ code: "schema-too-new" });

    await using other = await pglite.fresh({ durable: true });
    const another = await other.open();
    await another.query("delete from reeve.migration where n > 2");
    await another.query("update reeve.migration set name = '0002-other.sql' where n = 2");
    await another.close();

    await expect(other.open()).rejects.toMatchObject({
      code: "schema-unknown",
      message: "this reeve does not know the migration 0002-other.sql",
    });
  });

  it("comes back from a snapshot as it was, and sends nothing destructive until a person resumes", async () => {
    await using place = await folder();
    await using database = await pglite.fresh({ durable: true });
    const snapshot = join(place.path, "snapshots", "one.tar");
    const restored = join(place.path, "restored");
    await using store = await database.open();
    const one = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([one], { expiresAt: Date.now() + 3_600_000 }));
    const approval = {
      act: frozen!.id,
      digest: frozen!.digest,
      by: "boss",
      ttlMs: 3_600_000,
      at: Date.now(),
    };
    await approve(store, approval);
    store.channels.seen("UDID-1", 1_900_000_000_000);

    await Promise.all([store.snapshot(snapshot), enroll(store, 2)]);
    await enroll(store, 3);
    await restoreSnapshot(snapshot, restored);
    await using copy = await openStore({ dataDir: restored }, { key: testKey });

    expect((await channelOf(copy, "UDID-1")).lastSeenAt).toBe(1_900_000_000_000);
    expect((await readSecret(copy, "UDID-1", "push"))?.toString()).toContain("token-1");
    expect(await copy.channels.read("UDID-3")).toBeUndefined();
    expect(await engagedLatches(copy)).toMatchObject([{ name: "restored" }]);
    expect(await tryWipe(copy, 1, frozen!.id)).toEqual({ type: "refused", reason: "stopped: restored" });
    expect((await stat(snapshot)).mode & 0o777).toBe(0o600);
  });

  it("is written whole when two write the same snapshot at once, and leaves nothing beside it", async () => {
    const dir = await mkdtemp(join(tmpdir(), "reeve-"));
    const whole = [Buffer.alloc(8_000_000, "a"), Buffer.alloc(4_000_000, "b")];

    await Promise.all(whole.map((bytes) => writeDurably(join(dir, "snapshot.tar"), bytes)));
    const written = await readFile(join(dir, "snapshot.tar"));
    expect(whole.some((bytes) => bytes.equals(written))).toBe(true);
    await mkdir(join(dir, "folder"));
    await expect(writeDurably(join(dir, "folder"), Buffer.from("x"))).rejects.toThrow();
    expect((await readdir(dir)).sort()).toEqual(["folder", "snapshot.tar"]);
    await rm(dir, { recursive: true });
  });

  it("restores neither over a database nor from something that is no snapshot", async () => {
    await using place = await folder();
    await using database = await pglite.fresh({ durable: true });
    const snapshot = join(place.path, "one.tar");
    const store = await database.open();
    await store.snapshot(snapshot);
    await store.close();
    const torn = join(place.path, "torn.tar");
    await writeFile(torn, (await readFile(snapshot)).subarray(0, 5_000_000));

    await expect(restoreSnapshot(snapshot, database.dataDir!)).rejects.toMatchObject({
      code: "directory-not-empty",
    });
    await expect(restoreSnapshot(torn, join(place.path, "new"))).rejects.toMatchObject({
      code: "snapshot-damaged",
    });
    await expect(restoreSnapshot(join(place.path, "none"), place.path)).rejects.toMatchObject({
      code: "snapshot-unreadable",
    });
    await using again = await database.open();

    expect(await engagedLatches(again)).toEqual([]);
  });

  it("does not grow with updates when it is maintained", async () => {
    await using database = await pglite.fresh();
    await using store = await database.open();
    for (let n = 0; n < 50; n += 1) await enroll(store, n);
    const size = async () => {
      const [row] = await store.query<{ n: number }>("select pg_table_size('reeve.channel') as n");
      return row?.n ?? 0;
    };
    const rewrite = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        await store.query(
          "update reeve.channel set state = state || '{\"filler\": true}', version = version + 1",
        );
      }
    };
    await rewrite(20);
    await store.maintain();
    const before = await size();

    for (let round = 0; round < 5; round += 1) {
      await rewrite(20);
      await store.maintain();
    }

    expect(await size()).toBeLessThanOrEqual(before * 1.5);
  });
});

describe("a data directory", () => {
  it("can be held by one holder only, whose socket others can reach", async () => {
    await using place = await folder();
    const held = await acquireDirectory(place.path);
    const greeting = new Promise<string>((resolve) => {
      held.server.on("connection", (peer) => peer.end("hello"));
      const peer = connect(join(place.path, "reeve.sock"));
      peer.on("data", (data) => resolve(data.toString()));
    });

    await expect(acquireDirectory(place.path)).rejects.toMatchObject({ code: "directory-in-use" });
    expect(await greeting).toBe("hello");
    await held.release();
    const again = await acquireDirectory(place.path);
    await again.release();
  });

  it("lets one of many win that start at the same moment over a dead one's socket", async () => {
    await using database = await pglite.fresh({ durable: true });
    const dataDir = database.dataDir!;
    await (await database.open()).close();
    const child = writer(dataDir, "--hold");
    await child.line();
    await child.kill();

    const results = await Promise.allSettled(Array.from({ length: 6 }, () => acquireDirectory(dataDir)));
    const winners = results.filter((result) => result.status === "fulfilled");
    for (const winner of winners) await winner.value.release();

    expect(winners).toHaveLength(1);
  });

  it("may have a path that is too long for a socket", async () => {
    await using place = await folder();
    const long = join(place.path, "a".repeat(60), "b".repeat(60));
    await mkdir(long, { recursive: true });

    const held = await acquireDirectory(long);
    const second = acquireDirectory(long);
    await expect(second).rejects.toMatchObject({ code: "directory-in-use" });
    const address = await socketAddress(long);
    const reached = await new Promise<boolean>((resolve) => {
      const peer = connect(address.path("reeve.sock"), () => {
        peer.destroy();
        resolve(true);
      });
      peer.on("error", () => resolve(false));
    });
    await address.close();
    await held.release();

    expect(reached).toBe(true);
  });
});
