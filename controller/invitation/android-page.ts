import { androidSees, androidSteps } from "./android-steps.ts";
import { escaped, list, paragraphs } from "./html.ts";
import { type AndroidMode, type Host, help, type Invited, type Page, page } from "./page.ts";
import { qrSvg } from "./qr-image.ts";

/** A token of Google's with which one Android device may enroll. */
export interface AndroidCode {
  readonly mode: AndroidMode;
  /** What a person types in where no code can be read. */
  readonly value: string;
  /** What the QR code says. */
  readonly qrCode: string;
}

/** Where a device in use is given its work profile (Android Management API, enrollment link). */
export function enrollmentUrl(value: string): string {
  return `https://enterprise.google.com/android/enroll?et=${encodeURIComponent(value)}`;
}

/** What an Android device in hand is told, before a token is made for it. */
export function androidPart(host: Host, { url, mode }: NonNullable<Invited["android"]>): string {
  const name = escaped(host.organization);
  const inUse = mode === "workProfile";
  const what = inUse
    ? `<p>${name} will get a work profile on this device, apart from what is your own.</p>`
    : `<p>${name} will manage the whole device. It must be new or reset for that: open this page on another screen, and scan its code with the device.</p>`;
  return `${what}
${introduced(host)}
${button(url, inUse ? "Set up this device" : "Show the code")}
${seen(host, mode)}`;
}

/** What is shown where none of the devices that the link lets in is in hand. */
export function elsewherePart(host: Host, { url, profileUrl, android, serial }: Invited): string {
  const apple = profileUrl !== undefined;
  const where = apple
    ? android === undefined
      ? "Open this link in Safari on the iPhone, iPad or Mac that is to be managed. This device is none of them."
      : "Open this link on the device that is to be managed; in Safari on an iPhone, iPad or Mac."
    : "Open this link on the Android device that is to be managed, if it is in use.";
  const only =
    serial === undefined
      ? ""
      : `<p>This invitation is for the device with serial number <strong>${escaped(serial)}</strong> alone.</p>`;
  const fresh =
    android === undefined
      ? ""
      : `<h2>For an Android device that is new or was reset</h2>\n${button(android.url, "Show the code for an Android device")}\n${seen(host, android.mode)}`;
  return `${only}
${introduced(host)}
<p>${where}</p>
<div class="code" role="img" aria-label="The same link as a QR code">${qrSvg(url)}</div>
${fresh}`;
}

/** The page with the code itself. Whoever sees it may enroll with it. */
export function androidCodePage(host: Host, { mode, value, qrCode }: AndroidCode): Page {
  const ways = androidSteps(mode).map(
    ({ title, steps }) => `<h2>${escaped(title)}</h2>\n${list("ol", steps.slice(1))}`,
  );
  const link =
    mode === "workProfile"
      ? `<p><a class="button" rel="noreferrer" href="${escaped(enrollmentUrl(value))}">Set up the work profile</a></p>\n<p>Press it on the device that is in use.</p>`
      : "";
  return page(
    `Enroll an Android device with ${host.organization}`,
    `<h1>Enroll an Android device with ${escaped(host.organization)}</h1>
${link}
<div class="code wide" role="img" aria-label="QR code for an Android device">${qrSvg(qrCode)}</div>
<p>Enrollment id: <code>${escaped(value)}</code></p>
<p>It is for one device. Do not pass it on: whoever has it can use it.</p>
${ways.join("\n")}
${help(host)}`,
  );
}

function button(url: string, text: string): string {
  return `<p><a class="button" rel="nofollow" href="${escaped(url)}">${escaped(text)}</a></p>`;
}

function introduced({ instructions }: Host): string {
  return instructions === undefined ? "" : paragraphs(instructions);
}

function seen({ organization }: Host, mode: AndroidMode): string {
  const { can, cannot } = androidSees[mode];
  const name = escaped(organization);
  return `<h2>What ${name} will be able to see and do</h2>
${list("ul", can)}
<h2>What it cannot see</h2>
${list("ul", cannot)}`;
}
