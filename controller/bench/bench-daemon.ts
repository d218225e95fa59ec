import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { certificatePem } from "../apple/identity.ts";
import { loadConfig } from "../config.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { selfMadeTls } from "../daemon/certificates.ts";
import { type Daemon, startDaemon } from "../daemon/start.ts";
import { createLog } from "../log.ts";
import type { Push } from "../loop/push.ts";
import { testKey } from "../store/test-stores.ts";
import type { BenchPostgres } from "./postgres.ts";

/** A daemon with everything that a daemon has, in this process, over real HTTPS. */
export interface BenchDaemon extends AsyncDisposable {
  readonly daemon: Daemon;
  /** PEM of the authority that certifies its listener and its devices. */
  readonly ca: string;
  /** Writes what differs into the watched folder of policies. */
  readonly save: (tree: SourceTree) => Promise<void>;
}

export interface BenchDaemonOptions {
  /** PGlite in a directory when absent. */
  readonly postgres?: BenchPostgres | undefined;
  readonly policies: SourceTree;
  /** Wakes a device; by default a push is accepted and nothing comes of it. */
  readonly push?: Push;
  readonly settings?: Readonly<Record<string, string>>;
}

const topic = "com.apple.mgmt.External.bench";

/** Starts one and waits until its policies are in force. */
export async function openBenchDaemon(options: BenchDaemonOptions): Promise<BenchDaemon> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "reeve-bench-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const saved = new Map<string, Uint8Array>();
  const save = (tree: SourceTree) => saveTree(join(folder, "policies"), tree, saved);
  await save(options.policies);
  let inForce = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    inForce = resolve;
    setTimeout(() => reject(new Error("no revision came into force")), 60_000).unref();
  });
  const daemon = await startDaemon(await configOf(folder, options), {
    version: "bench",
    log: createLog({ level: "info", write: () => {} }),
    environment: {},
    tls: (authority) => selfMadeTls(authority, ["localhost", "127.0.0.1"]),
    onRevision: () => inForce(),
    around: (parts) => ({
      ...parts,
      push: { topic, send: options.push ?? (async () => ({ type: "accepted" })) },
    }),
  });
  opening.defer(daemon.stop);
  await ready;
  const ca = certificatePem(daemon.controller.enroll.authority.certificate.raw);
  const open = opening.move();
  return { daemon, ca, save, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

async function configOf(folder: string, { postgres, settings }: BenchDaemonOptions) {
  const keyFile = join(folder, "key");
  await writeFile(keyFile, testKey.toString("hex"));
  const urls =
    postgres === undefined
      ? {}
      : {
          REEVE_STORE__DATABASE_URL: postgres.database.url("app"),
          REEVE_STORE__APPROVER_URL: postgres.database.url("approver"),
        };
  return loadConfig({
    env: urls,
    cwd: folder,
    flags: {
      "source.directory": join(folder, "policies"),
      "store.directory": join(folder, "store"),
      "store.keyFile": keyFile,
      "device.listen": "127.0.0.1:0",
      "admin.listen": "127.0.0.1:0",
      "reconcile.observeFirst": "false",
      ...settings,
    },
  });
}

async function saveTree(folder: string, tree: SourceTree, saved: Map<string, Uint8Array>): Promise<void> {
  for (const [path, entry] of tree.entries) {
    if (entry.type !== "file" || Buffer.from(saved.get(path) ?? []).equals(entry.bytes)) continue;
    saved.set(path, entry.bytes);
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, entry.bytes);
  }
}
