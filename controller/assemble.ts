import { createAuthenticator } from "./apple/authenticate.ts";
import { appleContentUrl } from "./apple/content/client.ts";
import type { Authority, Registrar } from "./apple/identity.ts";
import type { RenderOptions } from "./apple/profile.ts";
import type { Clock } from "./core/ports.ts";
import type { Source } from "./git/source.ts";
import { createAllowance } from "./http/allowance.ts";
import { registerAndroidEvents } from "./http/android-event-routes.ts";
import { registerAppleRoutes } from "./http/apple-routes.ts";
import { createDevicePlane, type DevicePlane, type DevicePlaneOptions } from "./http/device-plane.ts";
import type { Post } from "./invitation/post.ts";
import { createLinkTokens } from "./loop/android/link-tokens.ts";
import { type AndroidParts, type OpenAndroid, openAndroid } from "./loop/android/open-android.ts";
import type { ContentPorts } from "./loop/content-token.ts";
import { rememberContents } from "./loop/contents-at-hand.ts";
import type { DownloadPorts } from "./loop/downloads.ts";
import { type EnrollPorts, renewedProfile, returnProfile } from "./loop/enroll.ts";
import { type EnrollmentPolicies, enrollmentPoliciesOf } from "./loop/enrollment-policies.ts";
import { createIdentities } from "./loop/identities.ts";
import { createLicences, type Licences } from "./loop/licences.ts";
import { createAccountTokens } from "./loop/portal/account-token.ts";
import type { BusinessPorts } from "./loop/portal/business.ts";
import type { EnrollmentPortals } from "./loop/portal/enrollment-portals.ts";
import { openPortals, type PortalParts } from "./loop/portal/open-portals.ts";
import { createPushLoop, type Push, type PushOutcome } from "./loop/push.ts";
import { createReconciler, type Reconciler } from "./loop/reconciler.ts";
import type { ReconcilerPorts } from "./loop/reconciler-ports.ts";
import type { Reviser } from "./loop/reviser.ts";
import { type RevisionSettings, secretsOf } from "./loop/secrets.ts";
import { createEnrolling } from "./store/enrolling.ts";
import type { Store } from "./store/open.ts";

/** What one controller is made of; the daemon, the demo and the tests put the same parts together. */
export interface Parts {
  readonly store: Store;
  readonly source: Source;
  readonly clock: Clock;
  readonly settings: RevisionSettings;
  /** Validates and compiles what the source gives. */
  readonly reviser: Reviser;
  /** Issues the identities of devices. */
  readonly authority: Authority;
  /** Speaks SCEP for it. */
  readonly registrar: Registrar;
  readonly certificateDays: number;
  /** How long before an identity ends its device renews it, ms. */
  readonly renewBeforeMs: number;
  /** Signs profiles; without one they go unsigned. */
  readonly signer: RenderOptions["signer"];
  readonly organization: string;
  /** As devices reach the device plane; asked for when a profile is made. */
  readonly publicUrl: () => string;
  /** Anchors for our own TLS certificate, for enrollment profiles. */
  readonly roots: readonly Uint8Array[];
  /** Absent: nothing is pushed, devices come by themselves. */
  readonly push: { readonly topic: string; readonly send: Push; readonly perSecond?: number } | undefined;
  /** Where App and Book Management is; Apple's own when absent. */
  readonly contentServiceUrl?: string;
  /** Sends invitations by mail; absent without a mail server. */
  readonly post?: Post;
  /** Apple's lists of devices; absent, they are not asked for. */
  readonly portals?: PortalParts;
  /** An enterprise of Google's; absent, no Android devices are managed. */
  readonly android?: AndroidParts | undefined;
  /** Links give a Profile Service first. */
  readonly inPhases?: boolean | undefined;
  /** What signing in with an account begins; absent where nobody may. */
  readonly accounts?: "user" | "device" | undefined;
  readonly latches: ReconcilerPorts["latches"];
  readonly observeFirst: boolean;
  readonly approvals: number;
  readonly verifiedApprovals?: ReconcilerPorts["verifiedApprovals"];
  readonly signatures?: ReconcilerPorts["signatures"];
  readonly disruptive: number;
  readonly coolOffMs?: ReconcilerPorts["coolOffMs"];
  readonly leaseMs?: ReconcilerPorts["leaseMs"];
  readonly devicePlane?: DevicePlaneOptions;
  /** Requests of a minute that one address may make without an identity; 1,200 when absent. */
  readonly strangersPerMinute?: number;
  readonly beforeInForce?: ReconcilerPorts["beforeInForce"];
  readonly onRevision?: ReconcilerPorts["onRevision"];
  readonly onError?: ReconcilerPorts["onError"];
  readonly onPush?: (outcome: PushOutcome["type"], reason?: string) => void;
  readonly onOutcome?: (what: string, outcome: string) => void;
  /** Called when there is work that should not wait for the next tick. */
  readonly onWork?: () => void;
}

export interface Controller extends OpenAndroid {
  readonly store: Store;
  readonly devicePlane: DevicePlane;
  readonly reconciler: Reconciler;
  readonly enroll: EnrollPorts;
  readonly downloads: DownloadPorts;
  /** Absent where Apple's portals are not asked. */
  readonly portals: EnrollmentPortals | undefined;
  /** Absent without a client of the API of Apple Business or School Manager. */
  readonly business: BusinessPorts | undefined;
  /** Pushes to every device that is due. */
  readonly push: () => Promise<number>;
  readonly licences: Licences;
  /** What importing a content token needs. */
  readonly content: ContentPorts;
  readonly close: () => Promise<void>;
}

/** Puts a controller together; nothing listens and nothing ticks yet. */
export function assemble(parts: Parts): Controller {
  const { store, clock } = parts;
  const reconciler = createReconciler({
    store,
    source: parts.source,
    clock,
    settings: parts.settings,
    reviser: parts.reviser,
    latches: parts.latches,
    observeFirst: parts.observeFirst,
    approvals: parts.approvals,
    verifiedApprovals: parts.verifiedApprovals,
    signatures: parts.signatures,
    disruptive: parts.disruptive,
    coolOffMs: parts.coolOffMs,
    leaseMs: parts.leaseMs,
    ...(parts.beforeInForce === undefined ? {} : { beforeInForce: parts.beforeInForce }),
    ...(parts.onRevision === undefined ? {} : { onRevision: parts.onRevision }),
    ...(parts.onError === undefined ? {} : { onError: parts.onError }),
  });
  const policies = (): EnrollmentPolicies | undefined => {
    const revised = reconciler.current();
    return revised === undefined ? undefined : enrollmentPoliciesOf(revised.compiled);
  };
  const tokens = createAccountTokens(store, clock);
  const enroll: EnrollPorts = {
    store,
    clock,
    organization: parts.organization,
    publicUrl: parts.publicUrl,
    topic: parts.push?.topic,
    authority: parts.authority,
    roots: parts.roots,
    signer: parts.signer,
    policies,
    post: parts.post,
    accounts: parts.accounts,
    inPhases: parts.inPhases,
    givesTokens: tokens.areGiven,
  };
  const work = (): void => parts.onWork?.();
  const push =
    parts.push === undefined
      ? async () => 0
      : createPushLoop({
          store,
          clock,
          push: parts.push.send,
          ...(parts.push.perSecond === undefined ? {} : { perSecond: parts.push.perSecond }),
          onOutcome: parts.onPush ?? (() => {}),
        });
  const serviceUrl = parts.contentServiceUrl ?? appleContentUrl;
  const content: ContentPorts = { store, clock, serviceUrl, name: parts.organization };
  const noSecrets = secretsOf(new Map(), parts.settings);
  const devicePlane = createDevicePlane(parts.devicePlane);
  const enrolling = createEnrolling(store);
  const writing = {
    store,
    clock,
    contentOf: rememberContents(store, clock, () => reconciler.current()?.compiled.contents),
    secrets: () => reconciler.current()?.secrets ?? noSecrets,
    signer: parts.signer,
    recipients: [parts.registrar, parts.authority],
    publicUrl: parts.publicUrl,
    renewBeforeMs: parts.renewBeforeMs,
    onChange: work,
  };
  const google = openAndroid(parts.android, {
    store,
    clock,
    contentOf: writing.contentOf,
    secrets: writing.secrets,
    declaredActs: () =>
      reconciler.current()?.compiled.acts.flatMap(({ name, formerly }) => [name, ...formerly]),
    isHalted: () => reconciler.latches().halted !== undefined,
    onChange: work,
    onError: parts.onError ?? (() => {}),
    policies,
    publicUrl: parts.publicUrl,
  });
  const { androidEnrollment, androidPushed } = google;
  if (androidPushed !== undefined) registerAndroidEvents(devicePlane, androidPushed);
  registerAppleRoutes(devicePlane, {
    clock,
    authenticate: createAuthenticator(parts.authority.certificate),
    scep: createIdentities(
      store,
      enrolling,
      parts.authority,
      parts.registrar,
      clock,
      parts.certificateDays,
      policies,
    ),
    enroll,
    androidLinks: androidEnrollment && createLinkTokens(enroll, androidEnrollment),
    downloads: writing,
    machines: {
      enroll,
      enrollments: () => reconciler.current()?.compiled.enrollments,
      authorities: parts.portals?.authorities ?? [],
    },
    allowance: createAllowance(parts.strangersPerMinute ?? 1_200),
    checkIn: {
      store,
      enrolling,
      clock,
      topic: parts.push?.topic,
      policies,
      declarations: writing,
      accountToken: tokens.tokenFor,
      onChange: work,
    },
    connection: {
      ...writing,
      renewedProfile: (row) => renewedProfile(enroll, row),
      returnProfile: (row, by) => returnProfile(enroll, row, by),
    },
    onOutcome: parts.onOutcome ?? (() => {}),
  });
  return {
    store,
    devicePlane,
    reconciler,
    enroll,
    downloads: writing,
    ...(parts.portals === undefined
      ? { portals: undefined, business: undefined }
      : openPortals(store, clock, parts.portals, reconciler, enroll)),
    licences: createLicences({ ...content, reconciler }),
    ...google,
    content,
    push: async () => (reconciler.latches().halted === undefined ? push() : 0),
    close: reconciler.close,
  };
}
