import { escaped, list, paragraphs } from "./html.ts";
import { type Host, type Page, page } from "./page.ts";

/** Where the form of a page leads: to ourselves, and from there back to Settings (Apple's callback). */
const formsTo = "'self' apple-remotemanagement-user-login:";

/** What the organization can do with a personal device, and what it cannot (Apple: User Enrollment). */
const managed = [
  "Install apps and settings for work, and remove them again",
  "See which apps and settings for work are there, and the version of the system",
];
const apart = [
  "Your own apps, photos, messages, calls and browsing",
  "The serial number of the device, its phone number and where it is",
  "Erase the device, or unlock it",
];

/** The page on which somebody signs in with the code of his invitation; `wrong` after one that was no good. */
export function signInPage(
  host: Host,
  asked: { readonly action: string; readonly account: string; readonly personal: boolean },
  wrong = false,
): Page {
  const name = escaped(host.organization);
  const says = wrong
    ? `<p role="alert"><strong>The account and the code do not go together, or the code is used up or too old.</strong></p>`
    : "";
  const what = asked.personal
    ? `<h2>What ${name} will be able to do</h2>\n${list("ul", managed)}\n<h2>What it can neither see nor do</h2>\n${list("ul", apart)}`
    : `<p>${name} will manage the whole device.</p>`;
  return page(
    `Sign in – ${host.organization}`,
    `<h1>Sign in to ${name}</h1>
${says}
${host.instructions === undefined ? "" : paragraphs(host.instructions)}
<form method="post" action="${escaped(asked.action)}">
<p><label for="account">Managed Apple Account</label>
<input id="account" name="user-identifier" type="email" autocomplete="username" required maxlength="254" value="${escaped(asked.account)}"></p>
<p><label for="code">Code of your invitation</label>
<input id="code" name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required maxlength="64"></p>
<p><button class="button" type="submit">Continue</button></p>
</form>
${what}`,
    formsTo,
  );
}
