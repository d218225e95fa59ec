import { createHash } from "node:crypto";
import { escaped } from "./html.ts";

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
  /** Where the profile is; undefined for a link that lets no Apple device in, or none any more. */
  readonly profileUrl: string | undefined;
  /** Where the code for an Android device is, and what it allows; undefined for a link that lets none in. */
  readonly android: { readonly url: string; readonly mode: AndroidMode } | undefined;
  /** The serial number that it is for; undefined for any device. */
  readonly serial: string | undefined;
  readonly ownership: string | undefined;
}

/** What an invitation makes of an Android device. */
export type AndroidMode = "fullyManaged" | "dedicated" | "workProfile";

/** A page and the headers that it must be sent with. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a link that is no good any more has come to. */
export type Ended = "used" | "expired" | "revoked" | "unknown" | "full" | "busy" | "later";

/** The page that says why a link is no good. */
export function endedPage(host: Host, ended: Ended): Page {
  const [title, says] = endings[ended];
  return page(
    `${title} – ${host.organization}`,
    `<h1>${escaped(title)}</h1>\n<p>${escaped(says)}</p>\n${help(host, "Ask whoever sent you the link for another one")}`,
  );
}

const endings: Readonly<Record<Ended, readonly [string, string]>> = {
  used: ["This link has been used", "Each link lets in as many devices as it was made for, and no more."],
  expired: ["This link has expired", "Links are good for a short time only."],
  revoked: ["This link was withdrawn", "It is not good any more."],
  unknown: ["This link is not known here", "It may be incomplete, or very old."],
  full: ["No more devices can be enrolled", "As many devices are enrolled as the organization allows."],
  busy: ["Please try again in a minute", "Too many requests came from your network."],
  later: ["Please try again in a few minutes", "The code cannot be made at this moment."],
};

/** Whom to ask. */
export function help({ supportEmail }: Host, lead = "Questions? Ask before you install it"): string {
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
.wide{width:20rem}
code{overflow-wrap:anywhere}
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
