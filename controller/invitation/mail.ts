import { androidSteps } from "./android-steps.ts";
import { escaped, list, paragraphs } from "./html.ts";
import type { AndroidMode, Host } from "./page.ts";
import { qrPng } from "./qr-image.ts";
import { steps } from "./steps.ts";

/** A mail to one person. */
export interface Mail {
  readonly to: string;
  /** The left side of its Message-ID, where the same mail may have to be sent again; else one is made up. */
  readonly id?: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The QR code that the HTML shows. */
  readonly image?: { readonly cid: string; readonly png: Buffer };
}

/** A mail that invites somebody. */
export interface InvitationMail extends Mail {
  readonly html: string;
}

/** A link as its mail tells it: `until` is a time in words, `apple` and `android` say whom it is for. */
export interface MailedLink {
  readonly url: string;
  readonly until: string;
  readonly uses: number;
  readonly apple: boolean;
  readonly android?: AndroidMode;
}

/** The mail with a link to enroll, for the devices that it lets in. */
export function invitationMail(host: Host, to: string, link: MailedLink): InvitationMail {
  const { organization, instructions, supportEmail } = host;
  const words = wordsFor(link);
  const devices = link.uses === 1 ? "one device" : `${link.uses} devices`;
  const intro = `${organization} invites you to enroll your ${words.devices}, so that it gets the settings and apps for work.`;
  const limits = `The link is for ${devices} and is good until ${link.until}. Do not pass it on: whoever has it can use it.`;
  const help = supportEmail === undefined ? "" : `Questions? ${supportEmail}`;
  const cid = "enrollment-code@reeve";
  const text = [
    intro,
    ...(instructions === undefined ? [] : [instructions]),
    `${words.open}\n\n${link.url}`,
    words.page,
    ...sectionsFor(link).map(({ title, says }) => `${title}:\n${numbered(says)}`),
    limits,
    ...(help === "" ? [] : [help]),
  ].join("\n\n");
  const html = `<!doctype html>
<html lang="en"><body style="font:16px/1.5 sans-serif;max-width:36rem">
<p>${escaped(intro)}</p>
${instructions === undefined ? "" : paragraphs(instructions)}
<p>${escaped(words.open)}</p>
<p><a href="${escaped(link.url)}">${escaped(link.url)}</a></p>
<p>${escaped(words.camera)}</p>
<p><img src="cid:${cid}" width="240" height="240" alt="QR code of the link above"></p>
<p>${escaped(words.page)}</p>
${sectionsFor(link)
  .map(({ title, says }) => `<h2 style="font-size:1.1rem">${title}</h2>\n${list("ol", says)}`)
  .join("\n")}
<p>${escaped(limits)}</p>
${help === "" ? "" : `<p>${escaped(help)}</p>`}
</body></html>
`;
  const subject = `Enroll your device with ${organization}`;
  return { to, subject, text: `${text}\n`, html, image: { cid, png: qrPng(link.url, 6) } };
}

function wordsFor({ apple, android }: MailedLink) {
  const page = "The page says what the organization will be able to see and do, and has";
  if (android === undefined)
    return {
      devices: "iPhone, iPad or Mac",
      open: "On the device, open this link in Safari:",
      camera: "Reading this on another screen? Point the camera of the iPhone or iPad at this code:",
      page: `${page} the profile.`,
    };
  const camera = "Reading this on another screen? Point the camera of a device in use at this code:";
  if (!apple)
    return {
      devices: "Android device",
      open: "Open this link on the Android device if it is in use; on any other screen if it is new or was reset:",
      camera,
      page: `${page} the code.`,
    };
  return {
    devices: "iPhone, iPad, Mac or Android device",
    open: "On the device, open this link; in Safari on an iPhone, iPad or Mac. For an Android device that is new or was reset, open it on any other screen:",
    camera,
    page: `${page} the profile or the code.`,
  };
}

function sectionsFor({ apple, android }: MailedLink): readonly { title: string; says: readonly string[] }[] {
  const forApple = [
    { title: "iPhone and iPad", says: steps.iphone },
    { title: "Mac", says: steps.mac },
  ];
  const forAndroid =
    android === undefined ? [] : androidSteps(android).map(({ title, steps: says }) => ({ title, says }));
  return [...(apple ? forApple : []), ...forAndroid];
}

function numbered(texts: readonly string[]): string {
  return texts.map((text, index) => `${index + 1}. ${text}`).join("\n");
}
