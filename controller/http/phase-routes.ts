import { machineInfoLimit } from "../apple/machine-info.ts";
import { devicePaths } from "../loop/enroll.ts";
import { answerPhase } from "../loop/enroll-in-phases.ts";
import type { MachinePorts } from "../loop/portal/admit-machine.ts";
import type { DevicePlane } from "./device-plane.ts";
import type { Within } from "./link-routes.ts";
import { anyone } from "./request.ts";

/** Registers where devices answer a Profile Service, twice (Apple: over-the-air enrollment in phases). */
export function registerPhaseRoute(
  plane: DevicePlane,
  { enroll, authorities }: Pick<MachinePorts, "enroll" | "authorities">,
  within: Within,
): void {
  plane.route({
    method: "POST",
    path: devicePaths.phases,
    authenticator: anyone("Profile Service: the signature and the challenge decide"),
    bodyLimit: machineInfoLimit,
    handle: (request) =>
      within(request, async () => {
        if (enroll.inPhases !== true) return { status: 404 };
        const answer = await answerPhase(enroll, authorities, request.body);
        if (answer.type === "refused") return { status: answer.reason === "malformed" ? 400 : 403 };
        const headers = { "content-type": "application/x-apple-aspen-config", "cache-control": "no-store" };
        return { status: 200, headers, body: answer.profile };
      }),
  });
}
