import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import type { Session } from "./session.ts";

/** Takes back that a device is retired. */
export function readmit(session: Session, device: string, reason: string): Promise<ExitCode> {
  return tell(session, device, "readmit", { reason }, `Readmitted: ${device} may enroll again`);
}

/** Says that a device is out of a portal. */
export function release(
  session: Session,
  device: string,
  said: { readonly portal: string; readonly reason: string },
): Promise<ExitCode> {
  return tell(session, device, "release", said, `Released: ${device} from ${said.portal}`);
}

async function tell(
  session: Session,
  device: string,
  verb: string,
  body: object,
  done: string,
): Promise<ExitCode> {
  const client = await session.client();
  const answer = await client.post<object>(`/v1/devices/${encodeURIComponent(device)}/${verb}`, body);
  await session.show(answer, () => `${clean(done)}\n`);
  return exitCodes.inOrder;
}
