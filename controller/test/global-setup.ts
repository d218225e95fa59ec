/**
 * What a test run shares, made when the first test asks for it: a real PostgreSQL, a PGlite template, key pairs.
 * Workers ask over a Unix socket whose path stands in REEVE_TEST_RUN.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeTemplate, makeTemplateDirectory } from "../store/test-template.ts";
import { type RunningServer, startPostgres } from "./postgres-server.ts";
import { makeRunKeys } from "./run-keys.ts";

export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "reeve-run-"));
  await chmod(folder, 0o755);
  const socket = join(folder, "run.sock");
  let postgres: Promise<RunningServer> | undefined;
  let template: Promise<string> | undefined;
  let directory: Promise<string> | undefined;
  let keys: Promise<readonly string[]> | undefined;

  async function answer(question: string): Promise<object> {
    if (question === "postgres") {
      postgres ??= startPostgres(join(folder, "postgres")).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        process.stderr.write(`PostgreSQL tests did not run: ${reason}\n`);
        throw new Error(reason);
      });
      const { stop: _, ...server } = await postgres;
      return server;
    }
    if (question === "keys") {
      keys ??= makeRunKeys();
      return { keys: await keys };
    }
    if (question === "pglite-directory") {
      directory ??= makeTemplateDirectory();
      return { directory: await directory };
    }
    template ??= makeTemplate();
    return { file: await template };
  }

  const server = createServer((peer: Socket) => {
    peer.on("error", () => peer.destroy());
    peer.once("data", (question: Buffer) => {
      answer(question.toString().trim()).then(
        (value) => peer.end(JSON.stringify(value)),
        (error: unknown) => peer.end(JSON.stringify({ error: String(error) })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  process.env.REEVE_TEST_RUN = socket;

  return async () => {
    server.close();
    if (postgres !== undefined) await postgres.then((running) => running.stop()).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
}
