import { androidPart, elsewherePart } from "./android-page.ts";
import { escaped, list, paragraphs } from "./html.ts";
import { type Host, help, type Invited, type Page, page } from "./page.ts";
import { type AppleKind, canDo, cannotSee, canSee, type Kind, steps } from "./steps.ts";

/** The page behind a link: what will happen, what the organization can see and do, and one button. */
export function invitationPage(host: Host, invited: Invited, kind: Kind): Page {
  const { profileUrl, android } = invited;
  const isApple = kind !== "other" && kind !== "android" && profileUrl !== undefined;
  const isAndroid = kind === "android" && android !== undefined;
  const parts = isApple
    ? [applePart(host, invited, profileUrl, kind)]
    : [isAndroid ? androidPart(host, android) : elsewherePart(host, invited)];
  // At a Mac somebody may sit who has an Android device to enroll.
  if (kind === "mac" && profileUrl !== undefined && android !== undefined)
    parts.push(
      `<h2>For an Android device</h2>\n<p><a rel="nofollow" href="${escaped(android.url)}">Show the code for an Android device</a></p>`,
    );
  return page(
    `Enroll with ${host.organization}`,
    `<h1>Let ${escaped(host.organization)} manage ${isApple || isAndroid ? "this" : "a"} device</h1>
${parts.join("\n")}
${help(host)}`,
  );
}

function applePart(host: Host, invited: Invited, profileUrl: string, kind: AppleKind): string {
  const name = escaped(host.organization);
  const only =
    invited.serial === undefined
      ? ""
      : `<p>This invitation is for the device with serial number <strong>${escaped(invited.serial)}</strong> alone.</p>`;
  return `<p>You are about to install a profile by which ${name} manages this ${nouns[kind]}${ownedBy(invited)}.</p>
${only}
${host.instructions === undefined ? "" : paragraphs(host.instructions)}
<p><a class="button" type="application/x-apple-aspen-config" rel="nofollow" href="${escaped(profileUrl)}">Download the profile</a></p>
<h2>Then</h2>
${stepsFor(kind)}
<h2>What ${name} will be able to see</h2>
${list("ul", canSee)}
<h2>What it will be able to do</h2>
${list("ul", canDo)}
<h2>What it cannot see</h2>
${list("ul", cannotSee)}
<p>You can end this in the same place in Settings by removing the management. What it installed goes with it.</p>`;
}

const nouns: Readonly<Record<AppleKind, string>> = { iphone: "iPhone", ipad: "iPad", mac: "device" };

/** Safari on an iPad looks like a Mac: the style shows the steps of the device that is touched. */
function stepsFor(kind: AppleKind): string {
  if (kind !== "mac") return list("ol", steps[kind]);
  return `<div class="pointed">${list("ol", steps.mac)}
<details><summary>On an iPad</summary>${list("ol", steps.ipad)}</details></div>
<div class="touched">${list("ol", steps.ipad)}</div>`;
}

function ownedBy({ ownership }: Invited): string {
  if (ownership === "company") return ", which belongs to the organization";
  return ownership === "personal" ? ", which is your own" : "";
}
