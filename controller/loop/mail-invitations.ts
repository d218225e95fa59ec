import { UserError } from "../errors.ts";
import { invitationMail } from "../invitation/mail.ts";
import type { Posted } from "../invitation/post.ts";
import { revokeLinks } from "../store/links.ts";
import type { EnrollPorts, Invitation } from "./enroll.ts";
import { createEnrollmentLink, hostOf } from "./links.ts";

/** What became of the invitation to one recipient. */
export interface Mailed {
  readonly to: string;
  readonly sent: boolean;
  /** Of the link that was sent. */
  readonly id?: string;
  readonly reason?: string;
}

/**
 * Mails a link of his own to each recipient, who is asserted as the owner of what he enrolls unless the invitation
 * names another. One that cannot be reached keeps nobody else from theirs; his link is revoked. Throws UserError
 * without a mail server.
 */
export async function mailInvitations(
  ports: EnrollPorts,
  invitation: Invitation,
  recipients: readonly string[],
): Promise<readonly Mailed[]> {
  const { post } = ports;
  if (post === undefined)
    throw new UserError("no-mail-server", "invitations cannot be mailed without a mail server", {
      hint: "Set mail.host and mail.from in the configuration.",
    });
  const mailed: Mailed[] = [];
  let down: string | undefined;
  for (const to of new Set(recipients)) {
    if (down !== undefined) {
      mailed.push({ to, sent: false, reason: down });
      continue;
    }
    const link = await createEnrollmentLink(ports, { owner: to, ...invitation }, to);
    const until = `${new Date(invitation.expiresAt).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    const mail = invitationMail(hostOf(ports), to, { url: link.url, until, uses: invitation.uses });
    const posted: Posted = await post(mail);
    if (posted.ok) {
      mailed.push({ to, sent: true, id: link.id });
      continue;
    }
    await revokeLinks(ports.store, [link.id], ports.clock());
    mailed.push({ to, sent: false, reason: posted.reason });
    if (posted.blame === "server") down = posted.reason;
  }
  return mailed;
}
