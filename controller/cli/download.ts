import { UserError } from "../errors.ts";
import { qrPng, qrSvg, qrText } from "../invitation/qr-image.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { clean } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import { type Session, writeFileAt } from "./session.ts";

interface Downloaded {
  readonly profile?: string;
  readonly url?: string;
  readonly expiresAt?: number;
}

/** A profile of a device as a file, or a link to it with its QR code, to be installed by hand. */
export async function download(
  session: Session,
  device: string,
  profile: string,
  way: { readonly link: boolean; readonly qr: string | undefined; readonly expires: string | undefined },
): Promise<ExitCode> {
  const link = way.link || way.qr !== undefined;
  if (!link && session.out === undefined && session.io.columns !== undefined && session.output !== "json")
    throw new UserError("profile-on-terminal", "a profile is not shown on a terminal", {
      hint: "Give --out FILE, or --link.",
    });
  const path = `/v1/devices/${encodeURIComponent(device)}/profiles/${encodeURIComponent(profile)}/download`;
  const { expires } = way;
  const body = link ? { link, ...(expires === undefined ? {} : { expires }) } : {};
  const view = await (await session.client()).post<Downloaded>(path, body);
  const url = clean(view.url ?? "");
  if (way.qr !== undefined)
    await writeFileAt(session.io.cwd, way.qr, /\.svg$/i.test(way.qr) ? qrSvg(url) : qrPng(url));
  if (session.output === "json") await session.show(view, () => "");
  else if (!link) await session.write(Buffer.from(view.profile ?? "", "base64"));
  else {
    const code = session.io.columns === undefined ? "" : `${qrText(url)}\n`;
    const until = timespan((view.expiresAt ?? 0) - session.look.now);
    await session.write(`${code}${url}\nOpen it on the device, in Safari. Valid for ${until}.\n`);
  }
  return exitCodes.inOrder;
}
