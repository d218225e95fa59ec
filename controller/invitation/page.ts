import { createHash } from "node:crypto";
import { escaped, list, paragraphs } from "./html.ts";
import { qrSvg } from "./qr-image.ts";
import { canDo, cannotSee, canSee, type Kind, steps } from "./steps.ts";

/** Whose link it is, as its page shows it. */
export interface Host {
  readonly organization: string;
  /** What the organization itself says to those whom it invites; undefined for nothing. */
  readonly instructions: string | undefined;
  readonly supportEmail: string | undefined;
}

/** An invitation that is still good. */
export interface Invited {
  readonly url: string;
  /** Where the profile is. */
  readonly profileUrl: string;
  /** The serial number that it is for; undefined for any device. */
  readonly serial: string | undefined;
  readonly ownership: string | undefined;
}

/** A page and the headers that it must be sent with. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a link that is no good any more has come to. */
export type Ended = "used" | "expired" | "revoked" | "unknown" | "full" | "busy";

/** The page behind a link: what will happen, what the organization can see and do, and one button. */
export function invitationPage(host: Host, invited: Invited, kind: Kind): Page {
  const name = escaped(host.organization);
  const button = `<p><a class="button" type="application/x-apple-aspen-config" rel="nofollow" href="${escaped(invited.profileUrl)}">Download the profile</a></p>`;
  const what =
    kind === "other"
      ? `<p>Open this link in Safari on the iPhone, iPad or Mac that is to be managed. This device is none of them.</p>
<div class="code" role="img" aria-label="The same link as a QR code">${qrSvg(invited.url)}</div>`
      : `${button}\n<h2>Then</h2>\n${stepsFor(kind)}`;
  const only =
    invited.serial === undefined
      ? ""
      : `<p>This invitation is for the device with serial number <strong>${escaped(invited.serial)}</strong> alone.</p>`;
  return page(
    `Enroll with ${host.organization}`,
    `<h1>Let ${name} manage this device</h1>
<p>You are about to install a profile by which ${name} manages this ${nouns[kind]}${ownedBy(invited)}.</p>
${only}
${host.instructions === undefined ? "" : paragraphs(host.instructions)}
${what}
<h2>What ${name} will be able to see</h2>
${list("ul", canSee)}
<h2>What it will be able to do</h2>
${list("ul", canDo)}
<h2>What it cannot see</h2>
${list("ul", cannotSee)}
<p>You can end this in the same place in Settings by removing the management. What it installed goes with it.</p>
${help(host)}`,
  );
}

/** The page that says why a link is no good. */
export function endedPage(host: Host, ended: Ended): Page {
  const [title, says] = endings[ended];
  return page(
    `${title} – ${host.organization}`,
    `<h1>${escaped(title)}</h1>\n<p>${escaped(says)}</p>\n${help(host, "Ask whoever sent you the link for another one")}`,
  );
}

const nouns: Readonly<Record<Kind, string>> = {
  iphone: "iPhone",
  ipad: "iPad",
  mac: "device",
  other: "device",
};

const endings: Readonly<Record<Ended, readonly [string, string]>> = {
  used: ["This link has been used", "Each link lets in as many devices as it was made for, and no more."],
  expired: ["This link has expired", "Links are good for a short time only."],
  revoked: ["This link was withdrawn", "It is not good any more."],
  unknown: ["This link is not known here", "It may be incomplete, or very old."],
  full: ["No more devices can be enrolled", "As many devices are enrolled as the organization allows."],
  busy: ["Please try again in a minute", "Too many requests came from your network."],
};

/** Safari on an iPad looks like a Mac: the style shows the steps of the device that is touched. */
function stepsFor(kind: Exclude<Kind, "other">): string {
  if (kind !== "mac") return list("ol", steps[kind]);
  return `<div class="pointed">${list("ol", steps.mac)}
<details><summary>On an iPad</summary>${list("ol", steps.ipad)}</details></div>
<div class="touched">${list("ol", steps.ipad)}</div>`;
}

function ownedBy({ ownership }: Invited): string {
  if (ownership === "company") return ", which belongs to the organization";
  return ownership === "personal" ? ", which is your own" : "";
}

function help({ supportEmail }: Host, lead = "Questions? Ask before you install it"): string {
  if (supportEmail === undefined) return `<p>${escaped(lead)}.</p>`;
  const address = escaped(supportEmail);
  return `<p>${escaped(lead)}: <a href="mailto:${address}">${address}</a>.</p>`;
}

const style = `
:root{color-scheme:light dark;font:17px/1.5 system-ui,-apple-system,sans-serif}
body{margin:0}
main{max-width:38rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;line-height:1.2}
h2{font-size:1.15rem;margin-top:2rem}
.button{display:inline-block;padding:.8rem 1.4rem;border-radius:.6rem;background:#0057c2;color:#fff;text-decoration:none;font-weight:600}
.button:focus-visible,a:focus-visible,summary:focus-visible{outline:3px solid #ff9f0a;outline-offset:3px}
label{display:block}
input{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}
button{border:0;font:inherit}
.code{width:14rem;max-width:100%}
.code svg{display:block;width:100%;height:auto}
.touched{display:none}
@media (hover:none) and (pointer:coarse){.pointed{display:none}.touched{display:block}}
`;

const styleHash = createHash("sha256").update(style).digest("base64");

/** Nothing runs, nothing is fetched, nothing is framed, and the secret in the address is told to nobody. */
const headersFor = (formsTo: string) => ({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action ${formsTo}; frame-ancestors 'none'`,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex, nofollow",
});

/** A page of ours; `formsTo`: where its form may lead, as a source list of Content-Security-Policy. */
export function page(title: string, content: string, formsTo = "'none'"): Page {
  const headers = headersFor(formsTo);
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`;
  return { headers, body };
}
