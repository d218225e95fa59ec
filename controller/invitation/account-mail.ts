import { escaped, list, paragraphs } from "./html.ts";
import type { InvitationMail } from "./mail.ts";
import type { Host } from "./page.ts";

const steps = [
  "On the iPhone or iPad open Settings, General, VPN & Device Management, Sign In to Work or School Account; on a Mac System Settings, General, Device Management.",
  "Enter your Managed Apple Account.",
  "Enter this code on the page that opens.",
  "Follow what the device says.",
];

/** The mail with the code by which somebody signs in; `until` is a time in words. */
export function accountMail(
  { organization, instructions, supportEmail }: Host,
  to: string,
  code: { readonly account: string; readonly code: string; readonly until: string },
): InvitationMail {
  const intro = `${organization} invites you to sign in with ${code.account} on your device, so that it gets the settings and apps for work.`;
  const limits = `The code is good until ${code.until}. Do not pass it on.`;
  const more = [
    ...(instructions === undefined ? [] : [instructions]),
    ...(supportEmail === undefined ? [] : [`Questions? ${supportEmail}`]),
  ];
  const numbered = steps.map((text, index) => `${index + 1}. ${text}`).join("\n");
  const html = `<!doctype html>
<html lang="en"><body style="font:16px/1.5 sans-serif;max-width:36rem">
<p>${escaped(intro)}</p>
<p style="font:20px monospace">${escaped(code.code)}</p>
${list("ol", steps)}
<p>${escaped(limits)}</p>
${more.map(paragraphs).join("\n")}
</body></html>
`;
  const text = `${[intro, code.code, numbered, limits, ...more].join("\n\n")}\n`;
  return { to, subject: `Sign in to ${organization}`, text, html };
}
