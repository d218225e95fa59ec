import { UserError } from "../errors.ts";
import { appendEvents } from "../store/events.ts";
import {
  devicesOfCertificates,
  forgetQuarantined,
  listQuarantine,
  type QuarantineRow,
  readQuarantined,
} from "../store/quarantine.ts";
import type { Person } from "./control.ts";
import { printableMessage } from "./printable-message.ts";
import type { QuarantinedView, QuarantineView } from "./quarantine-views.ts";
import type { Looking } from "./view-devices.ts";

/** Messages that nobody could read, the newest first, without their contents. */
export async function viewQuarantine(
  looking: Looking,
  filter: { readonly source?: string; readonly before?: number; readonly limit: number },
): Promise<QuarantineView> {
  const rows = await listQuarantine(looking.store, filter);
  return { messages: await withDevices(looking, rows) };
}

/** One of them with its text, without what looks like a secret. Throws UserError when there is none of this number. */
export async function viewQuarantined(looking: Looking, id: number): Promise<QuarantinedView> {
  const { raw, ...row } = await found(looking, id);
  const [view] = await withDevices(looking, [row]);
  if (view === undefined) throw new Error("one row gives one view");
  return { ...view, kept: raw.length, text: printableMessage(raw) };
}

/** The bytes of one of them as they came, secrets and all; who took them stands in the events. */
export async function takeQuarantined(looking: Looking, id: number, by: Person): Promise<Buffer> {
  const { raw } = await found(looking, id);
  await say(looking, "quarantine.taken", `message ${id}, with what it holds`, by);
  return raw;
}

/** Deletes messages; their number. That they are gone stands in the events. */
export async function forget(
  looking: Looking,
  ids: readonly number[] | "all",
  by: Person,
): Promise<{ readonly forgotten: number }> {
  const forgotten = await forgetQuarantined(looking.store, ids);
  if (forgotten > 0) await say(looking, "quarantine.forgotten", `${forgotten} of what could not be read`, by);
  return { forgotten };
}

async function found(looking: Looking, id: number) {
  const row = await readQuarantined(looking.store, id);
  if (row !== undefined) return row;
  throw new UserError("no-such-message", `nothing in quarantine has the number ${id}`, {
    hint: "`reeve quarantine` lists what there is; it is kept for 30 days.",
  });
}

async function withDevices(
  looking: Looking,
  rows: readonly QuarantineRow[],
): Promise<QuarantineView["messages"]> {
  const beginnings = [...new Set(rows.flatMap((row) => certificateOf(row) ?? []))];
  const devices = await devicesOfCertificates(looking.store, beginnings);
  return rows.map((row) => {
    const { id, at, source, reason, size } = row;
    return { id, at, source, reason, size, ...devices.get(certificateOf(row) ?? "") };
  });
}

/** `checkin 0123456789ab` names the beginning of the certificate that the sender held. */
function certificateOf({ source }: QuarantineRow): string | undefined {
  return / ([0-9a-f]{12})$/.exec(source)?.[1];
}

async function say(looking: Looking, type: string, message: string, by: Person): Promise<void> {
  await appendEvents(looking.store, [{ type, at: looking.clock(), message, by: by.name }]);
}
