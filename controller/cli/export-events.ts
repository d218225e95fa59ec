import type { Query } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { counted } from "./render/text.ts";
import type { Session } from "./session.ts";
import { openFile, standardOutput } from "./sink.ts";

/** All events that the filters admit, as lines of JSON, to standard output or a file. */
export async function exportEvents(session: Session, filters: Query): Promise<ExitCode> {
  const { io, out } = session;
  const client = await session.client();
  let count = 0;
  {
    await using sink = out === undefined ? standardOutput(io) : await openFile(io.cwd, out);
    for await (const line of client.lines("/v1/events/export", filters)) {
      await sink.write(`${JSON.stringify(line)}\n`);
      count += 1;
    }
  }
  if (out !== undefined) io.err(`Written: ${counted(count, "event")} to ${out}\n`);
  return exitCodes.inOrder;
}
