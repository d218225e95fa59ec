import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { type Memory, memoryOf, recognise } from "../store/memory.ts";
import type { Store } from "../store/open.ts";

function read(file: string): Memory | undefined {
  try {
    const { database, events } = JSON.parse(readFileSync(file, "utf8")) as Partial<Memory>;
    if (typeof database === "string" && typeof events === "number") return { database, events };
  } catch {
    // None yet, or not readable: then nothing is remembered.
  }
  return undefined;
}

const everyMs = 5_000;

/**
 * Looks whether the database may be an old copy, and remembers from then on how far it is, until the store is closed:
 * on a server beside the process; an embedded database would be copied with what lies beside it.
 */
export async function withMemory(store: Store, config: Config): Promise<Store> {
  const file = store.kind === "server" ? join(config.store.directory, "memory.json") : undefined;
  await recognise(store, file === undefined ? undefined : read(file));
  if (file === undefined) return store;
  let last = -1;
  let busy: Promise<void> = Promise.resolve();
  async function remember(): Promise<void> {
    const memory = await memoryOf(store);
    if (memory.events === last) return;
    await writeFile(`${file}.new`, JSON.stringify(memory), { mode: 0o600 });
    await rename(`${file}.new`, `${file}`);
    last = memory.events;
  }
  // What cannot be written now is written the next time: less is remembered, and nothing wrong.
  const next = (): Promise<void> => (busy = busy.then(remember).catch(() => {}));
  const timer = setInterval(() => void next(), everyMs);
  timer.unref();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await next();
    await store.close();
  };
  const once = (): Promise<void> => (closing ??= close());
  return { ...store, close: once, [Symbol.asyncDispose]: once };
}
