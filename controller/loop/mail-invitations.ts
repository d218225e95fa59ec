import { UserError } from "../errors.ts";
import { accountMail } from "../invitation/account-mail.ts";
import { invitationMail } from "../invitation/mail.ts";
import type { Post, Posted } from "../invitation/post.ts";
import { revokeLinks } from "../store/links.ts";
import { createAccountCode } from "./account-enrollment.ts";
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
  const post = requirePost(ports);
  const mailed: Mailed[] = [];
  let down: string | undefined;
  for (const to of new Set(recipients)) {
    if (down !== undefined) {
      mailed.push({ to, sent: false, reason: down });
      continue;
    }
    const link = await createEnrollmentLink(ports, { owner: to, ...invitation }, to);
    const until = untilOf(invitation);
    const mail = invitationMail(hostOf(ports), to, {
      url: link.url,
      until,
      uses: invitation.uses,
      ...(invitation.platforms ?? { apple: true }),
    });
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

/** Mails the holder of an account a code to sign in with. Throws UserError without a mail server. */
export async function mailAccountCode(
  ports: EnrollPorts,
  invitation: Invitation,
  account: string,
  to: string,
): Promise<Mailed> {
  const post = requirePost(ports);
  const code = await createAccountCode(ports, invitation, account);
  const posted = await post(accountMail(hostOf(ports), to, { account, code, until: untilOf(invitation) }));
  return posted.ok ? { to, sent: true } : { to, sent: false, reason: posted.reason };
}

function requirePost({ post }: EnrollPorts): Post {
  if (post !== undefined) return post;
  throw new UserError("no-mail-server", "invitations cannot be mailed without a mail server", {
    hint: "Set mail.host and mail.from in the configuration.",
  });
}

function untilOf({ expiresAt }: Invitation): string {
  return `${new Date(expiresAt).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
