import { connect } from "node:net";

/** What the whole test run shares (global-setup.ts): a real PostgreSQL, a PGlite template, key pairs. */
export type Question = "postgres" | "pglite" | "pglite-directory" | "keys";

/** The answer of the run's global setup, or `{error}` where it has none. */
export function ask<T>(question: Question): Promise<T & { readonly error?: string }> {
  const socket = process.env.REEVE_TEST_RUN;
  if (socket === undefined) throw new Error("no test run: start tests with vitest and its globalSetup");
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const peer = connect(socket, () => peer.write(question));
    peer.on("data", (part) => parts.push(part));
    peer.on("error", reject);
    peer.on("close", () => resolve(JSON.parse(Buffer.concat(parts).toString())));
  });
}
