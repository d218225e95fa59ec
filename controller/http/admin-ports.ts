import { UserError } from "../errors.ts";
import type { EnrollAndroidPorts } from "../loop/android/enroll-android.ts";
import type { ContentPorts } from "../loop/content-token.ts";
import type { Person } from "../loop/control.ts";
import type { DownloadPorts } from "../loop/downloads.ts";
import type { EnrollPorts } from "../loop/enroll.ts";
import type { NotifierPorts } from "../loop/notifier.ts";
import type { BusinessPorts } from "../loop/portal/business.ts";
import type { EnrollmentPortals } from "../loop/portal/enrollment-portals.ts";
import type { PushCertificateView } from "../loop/push-certificate.ts";
import type { RevisionSettings } from "../loop/secrets.ts";
import type { Looking } from "../loop/view-devices.ts";
import type { StatusExtras } from "../loop/view-status.ts";
import type { AdminRequest } from "./admin-plane.ts";
import type { Schema } from "./openapi.ts";

export interface AdminPorts {
  readonly looking: Looking;
  readonly settings: RevisionSettings;
  /** Absent while no daemon runs: nobody can be enrolled then. */
  readonly enroll: EnrollPorts | undefined;
  /** Absent while no daemon runs. */
  readonly downloads?: DownloadPorts;
  /** Absent while no daemon runs. */
  readonly portals?: Pick<EnrollmentPortals, "standing">;
  /** The API of Apple Business or School Manager; absent without a client, and while no daemon runs. */
  readonly business?: BusinessPorts;
  /** An enterprise of Google's; absent where none is managed, and while no daemon runs. */
  readonly android?: EnrollAndroidPorts;
  readonly status: () => StatusExtras;
  /** Absent while no daemon runs. */
  readonly notifier?: NotifierPorts;
  /** What speaks with Apps and Books; absent while no daemon runs. */
  readonly content?: ContentPorts;
  /** How fast devices are woken; absent where nothing is pushed. */
  readonly pushesPerSecond?: number;
  /** What is pushed with. */
  readonly pushCertificate: Omit<PushCertificateView, "expected">;
  /** Wakes the loop and the source. */
  readonly nudge: () => void;
}

/** A word that a request may carry. */
export const text: Schema = { type: "string", minLength: 1, maxLength: 500 };

/** How many rows a page has. */
export const limit: Schema = { type: "integer", minimum: 1, maximum: 1_000, default: 100 };

/** Whoever asks, as events and approvals name them. Throws UserError for a request without a person. */
export function personOf({ identity }: AdminRequest): Person {
  if (identity.type !== "person") throw new UserError("anonymous", "this needs a person");
  return { name: identity.name, person: identity.person, identities: identity.identities };
}
