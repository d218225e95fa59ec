import { UserError } from "../errors.ts";
import { enrollmentUrl } from "../invitation/android-page.ts";
import { type AndroidMode, inviteAndroid } from "../loop/android/enroll-android.ts";
import type { AndroidEnrollmentView } from "../loop/enrollment-views.ts";
import { appendEvents } from "../store/events.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import { type Asked, invitationOf } from "./enrollment-routes.ts";

/** Registers the making of enrollment tokens, where a daemon runs. Without an enterprise it says so. */
export function registerAndroidEnrollment(plane: AdminPlane, { looking, enroll, android }: AdminPorts): void {
  if (enroll === undefined) return;
  plane.route({
    method: "POST",
    path: "/v1/enrollments/android",
    role: "operator",
    summary: "An enrollment token of Google's. It is shown once, and kept nowhere.",
    body: {
      type: "object",
      additionalProperties: false,
      properties: {
        group: text,
        mode: { enum: ["fullyManaged", "dedicated", "workProfile"] },
        uses: { enum: ["one", "many"], description: "One device when absent." },
        expires: text,
        owner: text,
        tags: { type: "object", additionalProperties: text, maxProperties: 20 },
      },
    },
    handle: async (request): Promise<AndroidEnrollmentView> => {
      if (android === undefined) throw noEnterprise();
      const { mode = "fullyManaged", uses, ...asked } = (request.body ?? {}) as AskedToken;
      const { name: by } = personOf(request);
      const { group, owner, tags, expiresAt } = invitationOf(looking, asked, by);
      const oneTimeOnly = uses !== "many";
      const wish = { group, owner, tags, mode, oneTimeOnly, expiresAt, by };
      const { id, value, qrCode, zeroTouch } = await inviteAndroid(android, wish);
      const whom = `${oneTimeOnly ? "1 Android device" : "Android devices"}${group === undefined ? "" : `, group ${group}`}`;
      const message = `token ${id} for ${whom}`;
      await appendEvents(looking.store, [{ type: "enrollment.invited", at: looking.clock(), message, by }]);
      const work = mode === "workProfile" ? { enrollmentUrl: enrollmentUrl(value) } : {};
      return { id, value, qrCode, zeroTouch, mode, oneTime: oneTimeOnly, expiresAt, ...work };
    },
  });
}

type AskedToken = Omit<Asked, "uses"> & { readonly uses?: "one" | "many"; readonly mode?: AndroidMode };

/** What is said where no enterprise is configured. */
export function noEnterprise(): UserError {
  return new UserError("no-enterprise", "no enterprise of Google's is managed", {
    hint: "Set android.enterprise (docs/android.md).",
  });
}
