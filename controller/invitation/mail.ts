import { escaped, list, paragraphs } from "./html.ts";
import type { Host } from "./page.ts";
import { qrPng } from "./qr-image.ts";
import { steps } from "./steps.ts";

/** A mail that invites somebody. */
export interface InvitationMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The QR code that the HTML shows. */
  readonly image?: { readonly cid: string; readonly png: Buffer };
}

/** The mail with a link to enroll, for iPhone, iPad and Mac; `until` is a time in words. */
export function invitationMail(
  host: Host,
  to: string,
  link: { url: string; until: string; uses: number },
): InvitationMail {
  const { organization, instructions, supportEmail } = host;
  const devices = link.uses === 1 ? "one device" : `${link.uses} devices`;
  const intro = `${organization} invites you to enroll your iPhone, iPad or Mac, so that it gets the settings and apps for work.`;
  const limits = `The link is for ${devices} and is good until ${link.until}. Do not pass it on: whoever has it can use it.`;
  const help = supportEmail === undefined ? "" : `Questions? ${supportEmail}`;
  const cid = "enrollment-code@reeve";
  const text = [
    intro,
    ...(instructions === undefined ? [] : [instructions]),
    `On the device, open this link in Safari:\n\n${link.url}`,
    "The page says what the organization will be able to see and do, and has the profile.",
    `iPhone and iPad:\n${numbered(steps.iphone)}`,
    `Mac:\n${numbered(steps.mac)}`,
    limits,
    ...(help === "" ? [] : [help]),
  ].join("\n\n");
  const html = `<!doctype html>
<html lang="en"><body style="font:16px/1.5 sans-serif;max-width:36rem">
<p>${escaped(intro)}</p>
${instructions === undefined ? "" : paragraphs(instructions)}
<p>On the device, open this link in Safari:</p>
<p><a href="${escaped(link.url)}">${escaped(link.url)}</a></p>
<p>Reading this on another screen? Point the camera of the iPhone or iPad at this code:</p>
<p><img src="cid:${cid}" width="240" height="240" alt="QR code of the link above"></p>
<p>The page says what the organization will be able to see and do, and has the profile.</p>
<h2 style="font-size:1.1rem">iPhone and iPad</h2>
${list("ol", steps.iphone)}
<h2 style="font-size:1.1rem">Mac</h2>
${list("ol", steps.mac)}
<p>${escaped(limits)}</p>
${help === "" ? "" : `<p>${escaped(help)}</p>`}
</body></html>
`;
  const subject = `Enroll your device with ${organization}`;
  return { to, subject, text: `${text}\n`, html, image: { cid, png: qrPng(link.url, 6) } };
}

function numbered(texts: readonly string[]): string {
  return texts.map((text, index) => `${index + 1}. ${text}`).join("\n");
}
