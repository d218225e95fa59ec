import { renderUnicodeCompact } from "uqr";
import { UserError } from "../errors.ts";
import type { EnrollmentView } from "../loop/views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean, counted } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import type { Session } from "./session.ts";

export interface EnrollAppleOptions {
  readonly group?: string | undefined;
  readonly uses?: number | undefined;
  /** A duration such as `7d`. */
  readonly expires?: string | undefined;
  readonly owner?: string | undefined;
  readonly ownership?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** The only device that may use it, by its serial number or by a name of it. */
  readonly serial?: string | undefined;
  readonly device?: string | undefined;
  readonly unsigned?: boolean | undefined;
  readonly link?: boolean | undefined;
}

/** An enrollment profile as a file, or a link to it with its QR code. */
export async function enrollApple(session: Session, options: EnrollAppleOptions): Promise<ExitCode> {
  const toTerminal = session.out === undefined && session.io.columns !== undefined;
  if (options.link !== true && session.output !== "json" && toTerminal) {
    throw new UserError("profile-on-terminal", "an enrollment profile is not shown on a terminal", {
      hint: "Give --out FILE, or --link for a link with a QR code.",
    });
  }
  const body = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const view = await (await session.client()).post<EnrollmentView>("/v1/enrollments/apple", body);
  if (session.output === "json") await session.show(view, () => "");
  else if (options.link === true) await session.write(linkText(view, session));
  else await writeProfile(view, session);
  return exitCodes.inOrder;
}

async function writeProfile(view: EnrollmentView, session: Session): Promise<void> {
  if (view.profile === undefined) throw new Error("the daemon answered without a profile");
  await session.write(Buffer.from(view.profile, "base64"));
  const where = session.out === undefined ? "" : `${session.out}: `;
  session.io.err(`${where}enrollment profile for ${limits(view, session)}\n`);
}

function linkText(view: EnrollmentView, session: Session): string {
  if (view.url === undefined || !URL.canParse(view.url))
    throw new Error("the daemon answered without a link");
  const url = clean(view.url);
  const code = session.look.color || session.io.columns !== undefined ? `${qrCode(url, session)}\n` : "";
  return `${code}${url}\nOpen it on the device, in Safari. For ${limits(view, session)}.\n`;
}

/** A code that is too wide for the terminal would be torn: then the link alone must do. */
function qrCode(url: string, session: Session): string {
  const code = renderUnicodeCompact(url, { border: 2, ecc: "L" });
  const width = code.split("\n")[0]?.length ?? 0;
  return width <= (session.io.columns ?? 100) ? code : "(the terminal is too narrow for the QR code)";
}

function limits(view: EnrollmentView, session: Session): string {
  if (view.serial !== undefined)
    return `the device with serial number ${clean(view.serial)} only, valid for ${timespan(view.expiresAt - session.look.now)}`;
  return `${counted(view.uses, "device")}, valid for ${timespan(view.expiresAt - session.look.now)}`;
}
