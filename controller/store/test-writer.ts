/**
 * A process for tests: opens the store in a directory, and writes until it is killed. It prints the number of each
 * command after its commit. With `--hold` it only holds the directory.
 */
import { openStore } from "./open.ts";
import { changeOf, channelOf, enroll, sent } from "./test-fleet.ts";

const [dataDir = "", mode] = process.argv.slice(2);
const store = await openStore({ dataDir }, { key: Buffer.alloc(32, 7) });
if (mode === "--hold") {
  process.stdout.write("holding\n");
  setInterval(() => {}, 1000);
} else {
  if ((await store.channels.read("UDID-1")) === undefined) await enroll(store, 1);
  for (let n = Number(mode ?? 0); ; n += 1) {
    const row = await channelOf(store, "UDID-1");
    const command = sent(`command-${n}`, { type: "query", section: "device" }, { attempt: n });
    const events = [{ type: "sent", at: n, message: `command-${n}` }];
    await store.channels.write(changeOf(row, { ledger: [command], events, seenAt: n }));
    process.stdout.write(`${n}\n`);
  }
}
