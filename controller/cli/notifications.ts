import type { ReceiverView } from "../loop/view-receivers.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { grid } from "./render/grid.ts";
import type { Look } from "./render/look.ts";
import { stamp } from "./render/stamp.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

interface Receivers {
  readonly receivers: readonly ReceiverView[];
}

/** Who is told of what; exit code 1 when something does not arrive. */
export async function notifications(session: Session): Promise<ExitCode> {
  const view = await (await session.client()).get<Receivers>("/v1/notifications");
  await session.show(view, renderReceivers);
  return view.receivers.some((one) => one.failure !== undefined) ? exitCodes.problems : exitCodes.inOrder;
}

interface Tested {
  readonly results: readonly { readonly name: string; readonly ok: boolean; readonly reason?: string }[];
}

/** Sends a test; exit code 1 when somebody did not take it. */
export async function testNotifications(session: Session, name: string | undefined): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.post<Tested>("/v1/notifications/test", name === undefined ? {} : { name });
  await session.show(view, ({ results }) =>
    results
      .map((one) => `${clean(one.name)}: ${one.ok ? "taken" : `not taken, ${clean(one.reason ?? "")}`}\n`)
      .join(""),
  );
  return view.results.every((one) => one.ok) ? exitCodes.inOrder : exitCodes.problems;
}

const columns = [
  { title: "RECEIVER", min: 12 },
  { title: "LAST TOLD" },
  { title: "STATE", min: 12, lines: 2 },
  { title: "IS TOLD", min: 20, lines: 3 },
] as const;

function renderReceivers({ receivers }: Receivers, look: Look): string {
  if (receivers.length === 0) return "Nobody is told of anything: see Organization, notifications.\n";
  const rows = receivers.map(({ name, on, sentAt, failure }) => [
    name,
    sentAt === undefined ? "never" : stamp(sentAt),
    failure === undefined ? "in order" : failure,
    on.join(", "),
  ]);
  return `${grid(columns, rows, look).join("\n")}\n`;
}
