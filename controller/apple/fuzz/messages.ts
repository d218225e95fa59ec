import { sections } from "../../core/granted.ts";
import { readCheckIn } from "../checkin.ts";
import { MessageError } from "../message.ts";
import { keptIn, observe } from "../observe.ts";
import { readProfileFile } from "../profile-file.ts";
import { readReport, toReport } from "../report-message.ts";

/** Holds for any bytes: refused with MessageError, or usable down to JSON that PostgreSQL stores. */
export function fuzz(bytes: Uint8Array): void {
  attempt(() => readCheckIn(bytes));
  readProfileFile(bytes);
  const message = attempt(() => readReport(bytes));
  if (message === undefined) return;
  for (const section of sections) {
    const report = JSON.stringify(
      toReport(message, {
        observation: observe(section, message.body),
        kept: keptIn(section, message.body, []),
      }),
    );
    if (report.includes("\\u0000")) throw new Error("NUL in a report");
    JSON.parse(report);
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}
