/** Starts the thread of revisions, with the compiled code that its process keeps: it knows no variable to find that by. */
import { enableCompileCache } from "node:module";
import { dirname } from "node:path";
import { workerData } from "node:worker_threads";

const { compiled } = workerData as { readonly compiled: string | undefined };
// Node makes a folder for each of its versions in the one that it is given.
if (compiled !== undefined) enableCompileCache(dirname(compiled));
await import("./revision-thread.ts");
