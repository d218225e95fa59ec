import { UserError } from "../errors.ts";
import { qrPng, qrSvg, qrText } from "../invitation/qr-image.ts";
import type { EnrollmentView } from "../loop/enrollment-views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean, counted } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import { type Session, writeFileAt } from "./session.ts";

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
}

export interface EnrollWay {
  readonly unsigned?: boolean | undefined;
  readonly link?: boolean | undefined;
  /** An image file, by its ending; it implies a link. */
  readonly qr?: string | undefined;
  /** Whom a link is mailed to, each his own. */
  readonly mail?: readonly string[] | undefined;
  /** Whose account a code is for. */
  readonly account?: string | undefined;
}

/** An enrollment profile as a file, a link to it with its QR code, or such links by mail. */
export async function enrollApple(
  session: Session,
  options: EnrollAppleOptions,
  way: EnrollWay,
): Promise<ExitCode> {
  const { unsigned, qr, mail, account } = way;
  const link = way.link === true || qr !== undefined;
  if (mail !== undefined && link)
    throw new UserError("usage", "--mail sends the links; --link and --qr show one here");
  const toTerminal = session.out === undefined && session.io.columns !== undefined;
  if (!link && mail === undefined && account === undefined && session.output !== "json" && toTerminal) {
    throw new UserError("profile-on-terminal", "an enrollment profile is not shown on a terminal", {
      hint: "Give --out FILE, or --link for a link with a QR code.",
    });
  }
  const asked = { ...options, unsigned, mail, account, ...(link ? { link } : {}) };
  const body = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const view = await (await session.client()).post<EnrollmentView>("/v1/enrollments/apple", body);
  if (qr !== undefined) await writeImage(view, qr, session);
  if (session.output === "json") await session.show(view, () => "");
  else if (view.code !== undefined) await session.write(codeText(view, view.code, session));
  else if (mail !== undefined) await session.write(mailsText(view, session));
  else if (link) await session.write(linkText(view, session));
  else await writeProfile(view, session);
  return view.mails?.some((one) => !one.sent) === true ? exitCodes.problems : exitCodes.inOrder;
}

/** What became of each mail. */
export function mailsText(view: EnrollmentView, session: Session): string {
  const mails = view.mails ?? [];
  const lines = mails.map(({ to, sent, id, reason }) =>
    sent
      ? `sent      ${clean(to)}  ${id === undefined ? "code" : `link ${id}`}`
      : `NOT SENT  ${clean(to)}  ${clean(reason ?? "")}`,
  );
  const sent = mails.filter((one) => one.sent).length;
  return `${lines.join("\n")}\nMailed ${sent} of ${mails.length}. ${view.mails?.some((one) => one.id === undefined && one.sent) ? "It" : "Each link"} is for ${limits(view, session)}.\n`;
}

function codeText(view: EnrollmentView, code: string, session: Session): string {
  return `${clean(code)}\nFor the page on which the account signs in. For ${limits(view, session)}.\n`;
}

async function writeImage(view: EnrollmentView, file: string, session: Session): Promise<void> {
  const url = linkUrl(view);
  await writeFileAt(session.io.cwd, file, /\.svg$/i.test(file) ? qrSvg(url) : qrPng(url));
}

async function writeProfile(view: EnrollmentView, session: Session): Promise<void> {
  if (view.profile === undefined) throw new Error("the daemon answered without a profile");
  await session.write(Buffer.from(view.profile, "base64"));
  const where = session.out === undefined ? "" : `${session.out}: `;
  session.io.err(`${where}enrollment profile for ${limits(view, session)}\n`);
}

function linkText(view: EnrollmentView, session: Session): string {
  const url = linkUrl(view);
  const code = session.look.color || session.io.columns !== undefined ? `${qrHere(url, session)}\n` : "";
  return `${code}${url}\nOpen it on the device, in Safari. For ${limits(view, session)}.\n`;
}

/** The link that the daemon made. */
export function linkUrl(view: EnrollmentView): string {
  if (view.url === undefined || !URL.canParse(view.url))
    throw new Error("the daemon answered without a link");
  return clean(view.url);
}

/** A code that is too wide for the terminal would be torn: then the link alone must do. */
export function qrHere(url: string, session: Session): string {
  const code = qrText(url);
  const width = code.split("\n")[0]?.length ?? 0;
  return width <= (session.io.columns ?? 100) ? code : "(the terminal is too narrow for the QR code)";
}

function limits(view: EnrollmentView, session: Session): string {
  if (view.serial !== undefined)
    return `the device with serial number ${clean(view.serial)} only, valid for ${timespan(view.expiresAt - session.look.now)}`;
  return `${counted(view.uses, "device")}, valid for ${timespan(view.expiresAt - session.look.now)}`;
}
