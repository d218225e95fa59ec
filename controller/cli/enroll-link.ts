import { qrPng, qrSvg } from "../invitation/qr-image.ts";
import type { EnrollmentView } from "../loop/enrollment-views.ts";
import { linkUrl, mailsText, qrHere } from "./enroll-apple.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { counted } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import { type Session, writeFileAt } from "./session.ts";

export interface EnrollLinkOptions {
  readonly for?: readonly ("apple" | "android")[] | undefined;
  readonly mode?: "fullyManaged" | "dedicated" | "workProfile" | undefined;
  readonly group?: string | undefined;
  readonly uses?: number | undefined;
  /** A duration such as `7d`. */
  readonly expires?: string | undefined;
  readonly owner?: string | undefined;
  readonly ownership?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly mail?: readonly string[] | undefined;
}

/** A link for whatever a person has, with its QR code here or as an image, or such links by mail. */
export async function enrollLink(
  session: Session,
  options: EnrollLinkOptions,
  qr: string | undefined,
): Promise<ExitCode> {
  const body = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const view = await (await session.client()).post<EnrollmentView>("/v1/enrollments/links", body);
  if (qr !== undefined && options.mail === undefined) {
    const url = linkUrl(view);
    await writeFileAt(session.io.cwd, qr, /\.svg$/i.test(qr) ? qrSvg(url) : qrPng(url));
  }
  if (session.output === "json") await session.show(view, () => "");
  else if (view.mails !== undefined) await session.write(mailsText(view, session));
  else await session.write(linkText(view, session));
  return view.mails?.some((one) => !one.sent) === true ? exitCodes.problems : exitCodes.inOrder;
}

function linkText(view: EnrollmentView, session: Session): string {
  const url = linkUrl(view);
  const code = session.look.color || session.io.columns !== undefined ? `${qrHere(url, session)}\n` : "";
  const whom = view.for?.includes("android")
    ? "Open it on the device; for an Android device that is new or was reset, on any screen."
    : "Open it on the device, in Safari.";
  return `${code}${url}\n${whom} For ${counted(view.uses, "device")}, valid for ${timespan(view.expiresAt - session.look.now)}.\n`;
}
