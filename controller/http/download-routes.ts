import { durationMs, parseDuration } from "../core/duration.ts";
import { UserError } from "../errors.ts";
import {
  type DownloadPorts,
  downloadLink,
  downloadPath,
  downloadProfile,
  profileBehindDownload,
} from "../loop/downloads.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import type { DevicePlane } from "./device-plane.ts";
import type { Within } from "./link-routes.ts";
import { anyone } from "./request.ts";

const mostMs = 24 * 3_600_000;

/** Registers the download of a device's profiles by an operator. */
export function registerDownloads(plane: AdminPlane, { downloads, looking }: AdminPorts): void {
  if (downloads === undefined) return;
  plane.route({
    method: "POST",
    path: "/v1/devices/:ref/profiles/:name/download",
    role: "operator",
    summary: "A profile that a device is to have, to install by hand, or a short-lived link to it.",
    params: { ref: text, name: text },
    body: {
      type: "object",
      additionalProperties: false,
      properties: { link: { type: "boolean" }, expires: text },
    },
    handle: async (request) => {
      const { ref = "", name = "" } = request.params;
      const { link = false, expires = "15m" } = (request.body ?? {}) as { link?: boolean; expires?: string };
      const { name: by } = personOf(request);
      if (!link) return { profile: (await downloadProfile(downloads, ref, name, by)).toString("base64") };
      if (parseDuration(expires) === undefined || durationMs(expires) > mostMs)
        throw new UserError("expires", `expected a duration of at most 24h, found ${expires}`);
      const expiresAt = looking.clock() + durationMs(expires);
      return { url: await downloadLink(downloads, ref, name, { by, expiresAt }), expiresAt };
    },
  });
}

/** Registers what answers behind such a link. */
export function registerDownloadLinks(plane: DevicePlane, downloads: DownloadPorts, within: Within): void {
  plane.route({
    method: "GET",
    path: `${downloadPath}/:secret`,
    authenticator: anyone("download link: the secret in the path decides"),
    handle: (request) =>
      within(request, async () => {
        const body = await profileBehindDownload(downloads, request.params.secret ?? "");
        if (body === undefined) return { status: 404 };
        return {
          status: 200,
          headers: {
            "content-type": "application/x-apple-aspen-config",
            "content-disposition": 'attachment; filename="profile.mobileconfig"',
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
          },
          body,
        };
      }),
  });
}
