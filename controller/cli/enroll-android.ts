import { qrPng, qrSvg, qrText } from "../invitation/qr-image.ts";
import type { AndroidEnrollmentView } from "../loop/enrollment-views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import { type Session, writeFileAt } from "./session.ts";

export interface EnrollAndroidOptions {
  readonly group?: string | undefined;
  readonly mode?: AndroidEnrollmentView["mode"] | undefined;
  readonly uses?: "one" | "many" | undefined;
  /** A duration such as `7d`. */
  readonly expires?: string | undefined;
  readonly owner?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** An enrollment token: its QR code here or as an image, or the text for the portal of zero-touch enrollment. */
export async function enrollAndroid(
  session: Session,
  options: EnrollAndroidOptions,
  way: { readonly qr: string | undefined; readonly zeroTouch: boolean },
): Promise<ExitCode> {
  const body = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const view = await (await session.client()).post<AndroidEnrollmentView>("/v1/enrollments/android", body);
  const { qrCode } = view;
  if (way.qr !== undefined)
    await writeFileAt(session.io.cwd, way.qr, /\.svg$/i.test(way.qr) ? qrSvg(qrCode) : qrPng(qrCode));
  if (session.output === "json") await session.show(view, () => "");
  else if (way.zeroTouch) await session.write(`${view.zeroTouch}\n`);
  else await session.write(tokenText(view, way.qr, session));
  return exitCodes.inOrder;
}

function tokenText(view: AndroidEnrollmentView, file: string | undefined, session: Session): string {
  const lasting = timespan(view.expiresAt - session.look.now);
  const lines = [
    file === undefined ? codeHere(view.qrCode, session) : `${file}: the QR code`,
    `Enrollment id ${clean(view.value)}`,
    how[view.mode],
    "Without a camera: where the device asks for a Google account, enter afw#setup, and then the enrollment id.",
    ...(view.enrollmentUrl === undefined
      ? []
      : [`Or open on the device in use: ${clean(view.enrollmentUrl)}`]),
    `For ${view.oneTime ? "1 device" : "as many devices as come"}, valid for ${lasting}. To take it back: reeve enroll revoke ${view.id}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** What Google's documentation says of each way to be managed (Provision a device). */
const how: Readonly<Record<AndroidEnrollmentView["mode"], string>> = {
  fullyManaged:
    "Scan it on a device in its factory state: tap the first screen six times. The company owns it and manages all of it.",
  dedicated:
    "Scan it on a device in its factory state: tap the first screen six times. It belongs to nobody in particular.",
  workProfile:
    "On a device in use it makes a work profile, and the device stays personal: Settings, Google, Set up work profile. On one in its factory state, which the company owns, tap the first screen six times.",
};

/** A code that is too wide for the terminal would be torn. */
function codeHere(text: string, session: Session): string {
  if (!session.look.color && session.io.columns === undefined)
    return "(no terminal: --qr FILE.png writes the QR code)";
  const code = qrText(text);
  const width = code.split("\n")[0]?.length ?? 0;
  return width <= (session.io.columns ?? 100)
    ? code
    : "(the terminal is too narrow for the QR code: --qr FILE.png writes it)";
}
