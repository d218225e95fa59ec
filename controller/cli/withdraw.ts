import type { WithdrawView } from "../loop/withdraw-act.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Look } from "./render/look.ts";
import { clean, counted, wrap } from "./render/text.ts";
import type { Session } from "./session.ts";

/** Ends an act for good, and says what had left before. */
export async function withdraw(session: Session, act: string, reason: string): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.post<WithdrawView>("/v1/acts/withdraw", { act, reason });
  await session.show(view, renderWithdrawn);
  return exitCodes.inOrder;
}

function renderWithdrawn({ act, cancelled, stopped, sent }: WithdrawView, { width }: Look): string {
  const lines = [
    `Withdrawn: ${clean(act)}; it never runs again under this generation`,
    ...(cancelled > 0 ? [`  not sent to ${counted(cancelled, "device")}`] : []),
    ...(stopped > 0 ? [`  not sent again to ${counted(stopped, "device")}, whose answer never came`] : []),
    ...(sent > 0
      ? [
          `  its command had left to ${counted(sent, "device")}: an Apple device may have it, Google is asked to drop it`,
        ]
      : []),
  ];
  return `${lines.flatMap((line) => wrap(line, width, "    ")).join("\n")}\n`;
}
