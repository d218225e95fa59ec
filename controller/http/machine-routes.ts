import { machineInfoLimit } from "../apple/machine-info.ts";
import { devicePaths } from "../loop/enroll.ts";
import { type Admission, admitMachine, type MachinePorts } from "../loop/portal/admit-machine.ts";
import type { DevicePlane } from "./device-plane.ts";
import type { Within } from "./link-routes.ts";
import { anyone, type HttpReply } from "./request.ts";

/** Registers where devices in Setup Assistant ask for their enrollment profile (Automated Device Enrollment). */
export function registerMachineRoutes(
  plane: DevicePlane,
  machines: MachinePorts,
  within: Within,
  onRefused: (reason: string) => void,
): void {
  plane.route({
    method: "POST",
    path: `${devicePaths.automated}/:server`,
    authenticator: anyone("Automated Device Enrollment: the signed MachineInfo decides"),
    bodyLimit: machineInfoLimit,
    handle: (request) =>
      within(request, async () => {
        const admission = await admitMachine(machines, request.params.server ?? "", request.body);
        if (admission.type === "refused") onRefused(admission.reason);
        return replyOf(admission);
      }),
  });
}

function replyOf(admission: Admission): HttpReply {
  switch (admission.type) {
    case "profile":
      return {
        status: 200,
        headers: { "content-type": "application/x-apple-aspen-config", "cache-control": "no-store" },
        body: admission.profile,
      };
    case "update":
      // Apple's schema of errors, "software update required": in JSON, with status 403.
      return {
        status: 403,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          code: "com.apple.softwareupdate.required",
          details: { OSVersion: admission.version },
        }),
      };
    case "refused":
      return { status: admission.reason === "malformed" ? 400 : 403 };
  }
}
