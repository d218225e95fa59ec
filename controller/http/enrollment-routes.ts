import { durationMs, parseDuration } from "../core/duration.ts";
import { UserError } from "../errors.ts";
import { createAccountCode } from "../loop/account-enrollment.ts";
import { androidTokens, type EnrollAndroidPorts, revokeAndroid } from "../loop/android/enroll-android.ts";
import { type EnrollPorts, enrollmentProfile, type Invitation } from "../loop/enroll.ts";
import type { EnrollmentView, LinksView } from "../loop/enrollment-views.ts";
import { invitedSerial } from "../loop/invited.ts";
import { createEnrollmentLink } from "../loop/links.ts";
import { mailAccountCode, mailInvitations } from "../loop/mail-invitations.ts";
import type { Looking } from "../loop/view-devices.ts";
import { appendEvents } from "../store/events.ts";
import { listLinks, revokeLinks } from "../store/links.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";

/** One address and nothing that a mail's header could be changed with. */
export const mailText = {
  type: "string",
  maxLength: 254,
  pattern: '^[^\\s@<>,;:"()\\\\]+@[^\\s@<>,;:"()\\\\]+$',
} as const;

/** Registers the making of enrollment profiles and links, where a daemon runs. */
export function registerEnrollment(plane: AdminPlane, { looking, enroll, android }: AdminPorts): void {
  if (enroll === undefined) return;
  plane.route({
    method: "POST",
    path: "/v1/enrollments/apple",
    role: "operator",
    summary: "An enrollment profile, a one-time link to one, or such links by mail.",
    body: {
      type: "object",
      additionalProperties: false,
      properties: {
        group: text,
        uses: { type: "integer", minimum: 1, maximum: 100_000 },
        expires: text,
        owner: text,
        ownership: { enum: ["company", "personal"] },
        tags: { type: "object", additionalProperties: text, maxProperties: 20 },
        serial: { ...text, description: "The only device that may use it, by its serial number." },
        device: { ...text, description: "The same by the device's name, alias or id." },
        account: {
          ...mailText,
          description: "A code with which the holder of this Managed Apple Account signs in on his device.",
        },
        unsigned: { type: "boolean" },
        link: { type: "boolean" },
        mail: {
          type: "array",
          minItems: 1,
          maxItems: 100,
          items: mailText,
          description: "Sends each of them a link of his own; he is the owner unless `owner` names another.",
        },
      },
    },
    handle: async (request) => {
      const body = (request.body ?? {}) as Asked & Way;
      const serial = await invitedSerial(looking, body);
      const only = serial === undefined ? {} : { serial };
      const { name } = personOf(request);
      const invitation = { ...invitationOf(looking, body, name), ...only };
      const made = await invite(enroll, invitation, body);
      await tellInvited(looking, invitation, made);
      return { ...made, expiresAt: invitation.expiresAt, uses: invitation.uses, ...only };
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/enrollments/links",
    role: "operator",
    summary: "Enrollment links, and enrollment tokens at Google, that can still be used.",
    handle: async () => ({
      links: await viewLinks(looking),
      ...(android === undefined ? {} : { tokens: await viewTokens(android) }),
    }),
  });
  plane.route({
    method: "POST",
    path: "/v1/enrollments/links/:id/revoke",
    role: "operator",
    summary: "Makes a link or token useless, and the profiles that were fetched with it and not used yet.",
    params: { id: { type: "string", pattern: "^[0-9a-f]{12}$" } },
    handle: async (request) => {
      const { id = "" } = request.params;
      const { store, clock } = looking;
      const [link] = await revokeLinks(store, [id], clock());
      const token =
        link === undefined && android !== undefined ? await revokeAndroid(android, id) : undefined;
      if (link === undefined && token === undefined)
        throw new UserError("no-such-link", `no link ${id} is in force`, { hint: "reeve enroll links" });
      const { name: by } = personOf(request);
      const message = `${link === undefined ? "token" : "link"} ${id}`;
      await appendEvents(store, [{ type: "enrollment.revoked", at: clock(), message, by }]);
      return { revoked: id, ...(token?.atGoogle === false ? { atGoogle: false } : {}) };
    },
  });
}

interface Way {
  readonly unsigned?: boolean;
  readonly link?: boolean;
  readonly account?: string;
  readonly mail?: readonly string[];
}

export type InvitedBy = Pick<EnrollmentView, "url" | "id" | "profile" | "code" | "mails">;

async function invite(enroll: EnrollPorts, invitation: Invitation, way: Way): Promise<InvitedBy> {
  if (way.account !== undefined) return inviteAccount(enroll, invitation, way.account, way);
  if (way.mail !== undefined) return { mails: await mailInvitations(enroll, invitation, way.mail) };
  if (way.link === true) return createEnrollmentLink(enroll, invitation);
  const profile = await enrollmentProfile(enroll, invitation, way.unsigned !== true);
  return { profile: profile.toString("base64") };
}

async function inviteAccount(
  enroll: EnrollPorts,
  invitation: Invitation,
  account: string,
  { link, mail, unsigned }: Way,
): Promise<InvitedBy> {
  const [to, second] = mail ?? [];
  if (link !== undefined || unsigned !== undefined || second !== undefined || invitation.serial !== undefined)
    throw new UserError(
      "usage",
      "an account is given one code: no link, file, serial number or second address",
    );
  if (to !== undefined) return { mails: [await mailAccountCode(enroll, invitation, account, to)] };
  return { code: await createAccountCode(enroll, invitation, account) };
}

/** Who let whom in stands in the events; no secret of a link does. */
export async function tellInvited(
  { store, clock }: Looking,
  invitation: Invitation,
  made: InvitedBy,
): Promise<void> {
  const { by, uses, serial, group } = invitation;
  const whom =
    serial === undefined ? `${uses} ${uses === 1 ? "device" : "devices"}` : `serial number ${serial}`;
  const into = group === undefined ? "" : `, group ${group}`;
  const sent = made.mails?.filter((one) => one.sent);
  const what =
    sent === undefined
      ? made.id === undefined
        ? made.code === undefined
          ? "profile"
          : "a code to sign in"
        : `link ${made.id}`
      : `${sent.length} of ${made.mails?.length} mails: ${sent.map(({ id }) => (id === undefined ? "a code to sign in" : `link ${id}`)).join(", ")}`;
  await appendEvents(store, [
    {
      type: "enrollment.invited",
      at: clock(),
      message: `${what} for ${whom}${into}`.slice(0, 1_000),
      words: serial === undefined ? [] : [serial],
      by,
    },
  ]);
}

async function viewTokens(android: EnrollAndroidPorts): Promise<LinksView["tokens"]> {
  const rows = await androidTokens(android);
  return rows.map(({ id, label, oneTime, expiresAt, by, createdAt }) => ({
    id,
    ...(label === "" ? {} : { group: label }),
    oneTime,
    expiresAt,
    by,
    createdAt,
  }));
}

async function viewLinks({ store, clock }: Looking): Promise<LinksView["links"]> {
  const rows = await listLinks(store, clock());
  return rows.map(({ id, label, boundTo, mailedTo, android, usesLeft, expiresAt, by, createdAt }) => ({
    id,
    ...(label === "" ? {} : { group: label }),
    ...(boundTo === undefined ? {} : { serial: boundTo }),
    ...(mailedTo === undefined ? {} : { mailedTo }),
    ...(android === undefined ? {} : { android }),
    usesLeft,
    expiresAt,
    by,
    createdAt,
  }));
}

export type Asked = Partial<Invitation> & { readonly expires?: string; readonly device?: string };

const dayMs = 86_400_000;

/** Whom an invitation is for, as asked. Throws UserError for a group that is not there and a time that is none. */
export function invitationOf(looking: Looking, body: Asked, by: string): Invitation {
  const { expires, group, owner, ownership, tags, uses = 1 } = body;
  if (expires !== undefined && parseDuration(expires) === undefined)
    throw new UserError("expires", `expected a duration such as 4h or 7d, found ${expires}`);
  const rules = looking.reconciler.current()?.compiled.organization.enrollment;
  const lasting = expires === undefined ? (rules?.expiresMs ?? dayMs) : durationMs(expires);
  const known = looking.reconciler.current()?.compiled.groups;
  if (group !== undefined && known !== undefined && !known.has(group))
    throw new UserError("no-such-group", `no DeviceGroup is called ${group}`);
  return {
    uses,
    by,
    expiresAt: looking.clock() + lasting,
    ...(group === undefined ? {} : { group }),
    ...(owner === undefined ? {} : { owner }),
    ...(ownership === undefined ? {} : { ownership }),
    ...(tags === undefined ? {} : { tags }),
  };
}
