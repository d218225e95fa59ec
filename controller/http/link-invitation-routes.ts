import { UserError } from "../errors.ts";
import {
  type AndroidMode,
  type EnrollAndroidPorts,
  requireAndroidPlace,
} from "../loop/android/enroll-android.ts";
import type { EnrollPorts, Invitation } from "../loop/enroll.ts";
import type { EnrollmentView } from "../loop/enrollment-views.ts";
import { createEnrollmentLink } from "../loop/links.ts";
import { mailInvitations } from "../loop/mail-invitations.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import { noEnterprise } from "./android-enrollment-routes.ts";
import { type Asked, invitationOf, mailText, tellInvited } from "./enrollment-routes.ts";

type Platform = "apple" | "android";

interface AskedLink extends Asked {
  readonly for?: readonly Platform[];
  readonly mode?: AndroidMode;
  readonly mail?: readonly string[];
}

/** Registers the making of links that let in devices of several platforms, where a daemon runs. */
export function registerLinkInvitations(plane: AdminPlane, { looking, enroll, android }: AdminPorts): void {
  if (enroll === undefined) return;
  plane.route({
    method: "POST",
    path: "/v1/enrollments/links",
    role: "operator",
    summary: "A link to enroll with, for Apple and Android devices, or such links by mail.",
    body: {
      type: "object",
      additionalProperties: false,
      properties: {
        for: {
          type: "array",
          minItems: 1,
          maxItems: 2,
          items: { enum: ["apple", "android"] },
          description: "All that is managed here when absent.",
        },
        mode: {
          enum: ["fullyManaged", "dedicated", "workProfile"],
          description:
            "What is made of an Android device; when absent, workProfile unless a company owns it.",
        },
        group: text,
        uses: { type: "integer", minimum: 1, maximum: 100_000 },
        expires: text,
        owner: text,
        ownership: { enum: ["company", "personal"] },
        tags: { type: "object", additionalProperties: text, maxProperties: 20 },
        mail: { type: "array", minItems: 1, maxItems: 100, items: mailText },
      },
    },
    handle: async (request): Promise<EnrollmentView> => {
      const body = (request.body ?? {}) as AskedLink;
      const { name } = personOf(request);
      const platforms = await platformsOf(enroll, android, body);
      const invitation: Invitation = { ...invitationOf(looking, body, name), platforms };
      const made =
        body.mail === undefined
          ? await createEnrollmentLink(enroll, invitation)
          : { mails: await mailInvitations(enroll, invitation, body.mail) };
      await tellInvited(looking, invitation, made);
      const { apple } = platforms;
      const into = [...(apple ? ["apple" as const] : []), ...(platforms.android ? ["android" as const] : [])];
      return { ...made, expiresAt: invitation.expiresAt, uses: invitation.uses, for: into };
    },
  });
}

/** Whom a link lets in. Throws UserError where devices that are asked for cannot enroll. */
async function platformsOf(
  { topic, policies }: EnrollPorts,
  android: EnrollAndroidPorts | undefined,
  { for: asked, mode, ownership }: AskedLink,
): Promise<{ readonly apple: boolean; readonly android?: AndroidMode }> {
  const allowed = policies()?.rules.platforms;
  const takesAndroid =
    asked?.includes("android") ?? (android !== undefined && allowed?.includes("android") !== false);
  const takesApple = asked?.includes("apple") ?? (topic !== undefined || !takesAndroid);
  if (!takesAndroid) return { apple: takesApple };
  if (android === undefined) throw noEnterprise();
  if (ownership === "personal" && mode !== undefined && mode !== "workProfile")
    throw new UserError("usage", `a personal device gets a work profile: ${mode} manages all of it`);
  await requireAndroidPlace(android);
  return { apple: takesApple, android: mode ?? (ownership === "company" ? "fullyManaged" : "workProfile") };
}
