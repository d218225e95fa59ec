import { actResult } from "../apple/act-results.ts";
import type { Registrar } from "../apple/identity.ts";
import { keptIn, observe } from "../apple/observe.ts";
import { type ReportMessage, toReport } from "../apple/report-message.ts";
import type { Intent } from "../core/intent.ts";
import { commandIdOf } from "../core/next.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { Observation, Report } from "../core/report.ts";

/** What the message says, read with the command in mind that this very channel was given. */
export function reportFor(row: ChannelRow, message: ReportMessage, recipients: readonly Registrar[]): Report {
  const intent = intentOf(row, message.commandId);
  if (intent?.type === "query" && intent.section === "activationLock" && message.status === "Error")
    return toReport({ ...message, status: "Acknowledged" }, { observation: noBypassCode(message) });
  if (message.status !== "Acknowledged" || intent === undefined) return toReport(message);
  if (intent.type === "act") return toReport(message, actResult(intent.verb, message.body, recipients));
  if (intent.type !== "query") return toReport(message);
  const { section } = intent;
  return toReport(message, {
    observation: observe(section, message.body),
    kept: keptIn(section, message.body, recipients),
  });
}

/** What a command was for: one that waits for its answer, or an act whose answer comes late. */
function intentOf(row: ChannelRow, commandId: string | undefined): Intent | undefined {
  const open = [row.state.outstanding, ...row.state.aside].find((one) => one?.id === commandId);
  if (open !== undefined || commandId === undefined) return open?.intent;
  const late = row.acts.filter((one) => one.status === "unknown");
  if (late.length === 0) return undefined;
  const placed = { channel: row.id, epoch: row.epoch, state: row.state };
  const act = late.find((one) => commandIdOf(one, placed) === commandId);
  return act === undefined ? undefined : { type: "act", act: act.act, verb: act.verb };
}

/** A device has the code for 15 days after it was supervised, and says so ever after: that is no fault of its. */
function noBypassCode({ errors }: ReportMessage): Observation {
  return { section: "activationLock", detail: { bypassCode: false, because: errors[0]?.text ?? "" } };
}
