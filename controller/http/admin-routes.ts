import type { AdminPlane } from "./admin-plane.ts";
import type { AdminPorts } from "./admin-ports.ts";
import { registerAndroidEnrollment } from "./android-enrollment-routes.ts";
import { registerBreaker } from "./breaker-routes.ts";
import { registerContentToken } from "./content-token-routes.ts";
import { registerDirectActs } from "./direct-routes.ts";
import { registerDownloads } from "./download-routes.ts";
import { registerEnrollment } from "./enrollment-routes.ts";
import { registerEnrollmentServers } from "./enrollment-server-routes.ts";
import { registerGuards } from "./guard-routes.ts";
import { registerHistory } from "./history-routes.ts";
import { registerLifecycle } from "./lifecycle-routes.ts";
import { registerLinkInvitations } from "./link-invitation-routes.ts";
import { registerLogs } from "./log-routes.ts";
import { registerLooking } from "./looking-routes.ts";
import { registerNotifications } from "./notification-routes.ts";
import { registerPortalDevices } from "./portal-device-routes.ts";
import { registerPushCertificate } from "./push-certificate-routes.ts";
import { registerQuarantine } from "./quarantine-routes.ts";
import { registerReport } from "./report-routes.ts";
import { registerRollouts } from "./rollout-routes.ts";
import { registerSeals } from "./seal-routes.ts";
import { registerSecrets } from "./secret-routes.ts";

/** Registers the JSON API. Every route names the least role that may use it. */
export function registerAdminRoutes(plane: AdminPlane, ports: AdminPorts): void {
  registerLooking(plane, ports);
  registerLogs(plane, ports);
  registerSeals(plane, ports);
  registerReport(plane, ports);
  registerHistory(plane, ports);
  registerGuards(plane, ports);
  registerBreaker(plane, ports);
  registerRollouts(plane, ports);
  registerDirectActs(plane, ports);
  registerLifecycle(plane, ports);
  registerEnrollment(plane, ports);
  registerAndroidEnrollment(plane, ports);
  registerLinkInvitations(plane, ports);
  registerEnrollmentServers(plane, ports);
  registerPortalDevices(plane, ports);
  registerQuarantine(plane, ports);
  registerPushCertificate(plane, ports);
  registerContentToken(plane, ports);
  registerDownloads(plane, ports);
  registerSecrets(plane, ports);
  registerNotifications(plane, ports);
}
