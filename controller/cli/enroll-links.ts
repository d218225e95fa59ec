import type { LinksView } from "../loop/enrollment-views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Look } from "./render/look.ts";
import { clean, counted } from "./render/text.ts";
import { timespan } from "./render/time.ts";
import type { Session } from "./session.ts";

/** Enrollment links that can still be used. */
export async function enrollLinks(session: Session): Promise<ExitCode> {
  const view = await (await session.client()).get<LinksView>("/v1/enrollments/links", {});
  await session.show(view, renderLinks);
  return exitCodes.inOrder;
}

interface Revoked {
  readonly revoked: string;
  /** False while Google still has the token. */
  readonly atGoogle?: false;
}

/** Makes a link useless. */
export async function revokeLink(session: Session, id: string): Promise<ExitCode> {
  const path = `/v1/enrollments/links/${encodeURIComponent(id)}/revoke`;
  const view = await (await session.client()).post<Revoked>(path);
  await session.show(view, ({ revoked, atGoogle }) => {
    const later = atGoogle === false ? "; Google did not answer, and is asked again by itself" : "";
    return `Revoked: ${clean(revoked)}${later}\n`;
  });
  return exitCodes.inOrder;
}

function renderLinks({ links, tokens = [] }: LinksView, look: Look): string {
  if (links.length + tokens.length === 0) return "No link is in force.\n";
  const android = tokens.map((token) => {
    const group = token.group === undefined ? "" : `, group ${clean(token.group)}`;
    const whom = token.oneTime ? "1 Android device" : "Android devices";
    return `${token.id}  ${whom}${group}; for ${timespan(token.expiresAt - look.now)} more, by ${clean(token.by)}\n`;
  });
  const apple = links.map((link) => {
    const whom = [
      link.serial === undefined ? counted(link.usesLeft, "device") : `serial number ${clean(link.serial)}`,
      ...(link.group === undefined ? [] : [`group ${clean(link.group)}`]),
      ...(link.android === undefined ? [] : ["also Android"]),
      ...(link.mailedTo === undefined ? [] : [`mailed to ${clean(link.mailedTo)}`]),
    ].join(", ");
    return `${link.id}  ${whom}; for ${timespan(link.expiresAt - look.now)} more, by ${clean(link.by)}\n`;
  });
  return [...apple, ...android].join("");
}
