import { durationMs, parseDuration } from "../core/duration.ts";
import { UserError } from "../errors.ts";
import { enrollmentLink, enrollmentProfile, type Invitation } from "../loop/enroll.ts";
import { invitedSerial } from "../loop/invited.ts";
import type { Looking } from "../loop/view-devices.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";

/** Registers the making of enrollment profiles and links, where a daemon runs. */
export function registerEnrollment(plane: AdminPlane, { looking, enroll }: AdminPorts): void {
  if (enroll === undefined) return;
  plane.route({
    method: "POST",
    path: "/v1/enrollments/apple",
    role: "operator",
    summary: "An enrollment profile, or a one-time link to one.",
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
        unsigned: { type: "boolean" },
        link: { type: "boolean" },
      },
    },
    handle: async (request) => {
      const body = (request.body ?? {}) as Asked & { unsigned?: boolean; link?: boolean };
      const serial = await invitedSerial(looking, body);
      const only = serial === undefined ? {} : { serial };
      const invitation = { ...invitationOf(looking, body, personOf(request).name), ...only };
      const until = { expiresAt: invitation.expiresAt, uses: invitation.uses, ...only };
      if (body.link === true) return { url: await enrollmentLink(enroll, invitation), ...until };
      const profile = await enrollmentProfile(enroll, invitation, body.unsigned !== true);
      return { profile: profile.toString("base64"), ...until };
    },
  });
}

type Asked = Partial<Invitation> & { readonly expires?: string; readonly device?: string };

const dayMs = 86_400_000;

function invitationOf(looking: Looking, body: Asked, by: string): Invitation {
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
