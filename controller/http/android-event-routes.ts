import { type PushedEvents, pushPath } from "../loop/android/pushed-events.ts";
import type { DevicePlane } from "./device-plane.ts";
import type { Authenticator } from "./request.ts";

/** The largest message of Pub/Sub, in base64 and with what is around it. */
const largest = 14 * 1_024 * 1_024;

/** Registers where Google pushes events of Android devices to. 204 is the acknowledgement; after anything else it comes again. */
export function registerAndroidEvents(plane: DevicePlane, pushed: PushedEvents): void {
  const authenticator: Authenticator<undefined> = {
    name: "google: a token (OIDC) of the subscription's service account",
    screen: (request) => pushed.identity.screen(request.header("authorization")),
    async authenticate(request) {
      const reason = await pushed.identity.refusal(request.header("authorization"));
      if (reason === undefined) return { type: "identity", identity: undefined };
      return { type: "refused", reason, reply: { status: 403 } };
    },
  };
  plane.route({
    method: "POST",
    path: pushPath,
    authenticator,
    bodyLimit: largest,
    handle: async (request) => {
      const isTaken = await pushed.take(request.body);
      return { status: isTaken ? 204 : 503 };
    },
  });
}
