import { UserError } from "../errors.ts";
import { devicesOf, type HoldView } from "../loop/hold-view.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { actName, renderHold } from "./render/acts.ts";
import { shortDigest } from "./render/digest.ts";
import { clean, counted, wrap } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import type { Session } from "./session.ts";

/**
 * Approves the act whose digest begins as given, after showing it. A person at a terminal is asked; without one
 * `yes` is needed. The approval names the whole digest, so it is void if anything of the act changes meanwhile.
 */
export async function approve(
  session: Session,
  digest: string,
  asked: { readonly note?: string | undefined; readonly yes?: boolean | undefined },
): Promise<ExitCode> {
  const client = await session.client();
  const { holds } = await client.get<{ holds: readonly HoldView[] }>("/v1/holds");
  const hold = findHold(holds, digest);
  session.io.err(`${renderHold(hold, session.look, { devices: 50 }).join("\n")}\n`);
  await confirm(session, hold, asked.yes === true);
  const { status, leavesInMs } = await client.post<{ status: string; leavesInMs?: number }>(
    `/v1/holds/${encodeURIComponent(hold.digest)}/approve`,
    asked.note === undefined || asked.note === "" ? {} : { note: asked.note },
  );
  const cooling = leavesInMs === undefined ? {} : { leavesInMs };
  const view = { act: hold.act, digest: hold.digest, status, ...cooling };
  await session.show(view, (_view, { width }) =>
    lines(`Approved ${actName(hold)} ${shortDigest(hold.digest)}: ${outcome(status, leavesInMs)}.`, width),
  );
  return exitCodes.inOrder;
}

function lines(text: string, width: number): string {
  return `${wrap(text, width, "  ").join("\n")}\n`;
}

function outcome(status: string, leavesInMs?: number): string {
  if (leavesInMs !== undefined) return `leaves in ${timespan(leavesInMs)}; reeve holds says how to stop it`;
  return status === "ready" ? "ready to be sent" : clean(status).replaceAll("-", " ");
}

/**
 * Approves one held act alone, without a cool-off: for the night in which nobody else can be reached. One device in 24
 * hours, with an event that everybody sees.
 */
export async function breakGlass(
  session: Session,
  digest: string,
  asked: { readonly reason: string; readonly yes?: boolean | undefined },
): Promise<ExitCode> {
  const client = await session.client();
  const { holds } = await client.get<{ holds: readonly HoldView[] }>("/v1/holds");
  const hold = findHold(holds, digest);
  session.io.err(`${renderHold(hold, session.look, { devices: 50 }).join("\n")}\n`);
  await confirm(session, hold, asked.yes === true);
  const path = `/v1/holds/${encodeURIComponent(hold.digest)}/break-glass`;
  const { status } = await client.post<{ status: string }>(path, { reason: asked.reason });
  const view = { act: hold.act, digest: hold.digest, status };
  await session.show(view, (_view, { width }) =>
    lines(
      `Glass broken for ${actName(hold)} ${shortDigest(hold.digest)}: ${outcome(status)}; reeve explain ${clean(hold.devices[0]?.name ?? "DEVICE")} says how it goes.`,
      width,
    ),
  );
  return exitCodes.inOrder;
}

/** As many as `reeve holds` shows: with fewer, another act could be made to fit. */
const fewestDigits = 12;

/** The one held act that a digest, whole or shortened (`7be2-91c4-e0aa`), names. `UserError` for none or several. */
export function findHold(holds: readonly HoldView[], digest: string): HoldView {
  const digits = digest.replaceAll("-", "").toLowerCase();
  if (!/^[0-9a-f]+$/.test(digits) || digits.length < fewestDigits) {
    throw new UserError("digest", `"${clean(digest)}" is not a digest`, {
      hint: `Expected at least ${fewestDigits} hexadecimal digits as "reeve holds" shows them, such as 7be2-91c4-e0aa.`,
    });
  }
  const [found, ...others] = holds.filter((hold) => hold.digest.toLowerCase().startsWith(digits));
  if (found === undefined) {
    throw new UserError("digest-not-found", `nothing that is held has the digest ${clean(digest)}`, {
      hint: 'See "reeve holds". A digest changes with the act, its devices and its parameters.',
    });
  }
  if (others.length > 0) {
    throw new UserError(
      "digest-ambiguous",
      `${counted(others.length + 1, "held act")} have digests that begin so`,
      {
        hint: `Give more digits: ${[found, ...others].map((hold) => hold.digest.slice(0, 24)).join(", ")}`,
      },
    );
  }
  return found;
}

async function confirm({ io }: Session, hold: HoldView, yes: boolean): Promise<void> {
  if (yes) return;
  const number = devicesOf(hold);
  if (io.ask === undefined) {
    throw new UserError("not-confirmed", "an approval without a terminal needs --yes", {
      hint: "What would be approved is printed above.",
    });
  }
  const answer = await io.ask(`Type the number of devices (${number}) to approve: `);
  if (answer.trim() === String(number)) return;
  throw new UserError("not-confirmed", "not approved: the number of devices was not confirmed");
}
