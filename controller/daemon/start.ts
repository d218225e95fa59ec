import { assemble, type Controller, type Parts } from "../assemble.ts";
import { type Config, secretsOf } from "../config.ts";
import { type AdminPlane, createAdminPlane } from "../http/admin-plane.ts";
import { registerAdminRoutes } from "../http/admin-routes.ts";
import type { Address } from "../http/listener.ts";
import { createMetrics, type Metrics } from "../http/metrics.ts";
import { createLog, type Log } from "../log.ts";
import { dayCountsJob } from "../loop/day-counts.ts";
import { readLatches } from "../loop/latches.ts";
import { createNotifier } from "../loop/notifier.ts";
import { deviceWarnings } from "../loop/portal/view-servers.ts";
import { createReviser } from "../loop/reviser.ts";
import { startLoop } from "../loop/run.ts";
import type { Looking } from "../loop/view-devices.ts";
import type { Store } from "../store/open.ts";
import { androidParts, androidWarnings } from "./android.ts";
import { authorityOf, configuredTls, registrarOf } from "./certificates.ts";
import { filingOf } from "./filing.ts";
import { notifierOf, notifyingJobs } from "./notifications.ts";
import {
  adminAddresses,
  guardDirectory,
  openConfiguredStore,
  openPost,
  openSource,
  reviserOptions,
  snapshotOf,
} from "./open-parts.ts";
import type { DaemonOptions } from "./options.ts";
import { enrollsInPhases, portalParts } from "./portals.ts";
import { signerOf, signerWarnings } from "./profile-signer.ts";
import { openPushing, pushWarnings } from "./push-certificate.ts";
import { readiness } from "./readiness.ts";
import { revisionSettingsOf } from "./revision-settings.ts";
import { measureAll, tellLoop, tellOutcome, tellPush, tellRequest, tellRevision } from "./tell.ts";
import { createTroubles, type Troubles } from "./troubles.ts";

/** A daemon that is listening and reconciling. */
export interface Daemon {
  readonly controller: Controller;
  readonly looking: Looking;
  readonly admin: AdminPlane;
  readonly deviceUrl: string;
  readonly adminUrls: readonly string[];
  /** Finishes what is under way and gives everything back. */
  readonly stop: () => Promise<void>;
}

/** Opens the store, listens on both planes and starts the loop. Throws UserError or Retry when something is in the way. */
export async function startDaemon(config: Config, options: DaemonOptions): Promise<Daemon> {
  const log = options.log ?? createLog({ level: config.log.level });
  for (const secret of secretsOf(config)) log.guard(secret.reveal());
  const began = Date.now();
  const metrics = createMetrics(options.version);
  await using opening = new AsyncDisposableStack();
  const directory = await guardDirectory(config);
  if (directory !== undefined) opening.defer(directory.release);
  const store = opening.use(await openConfiguredStore(config, options, directory));
  const troubles = createTroubles(Date.now);
  const parts = { config, options, log, metrics, store, opening, troubles };
  const { controller, looking, settings, warnings, source, loop, closeDevicePlane, pushing, rate } =
    await assembleFrom(parts);
  const notifying = notifierOf(config, controller);
  const notifier = createNotifier(notifying);
  const status = () => ({
    source: source.describe(),
    warnings: [...warnings(), ...troubles.warnings()],
  });
  const running = startLoop({
    controller,
    source,
    tickMs: config.reconcile.tick,
    secretsEveryMs: config.reconcile.secretsInterval,
    snapshot: snapshotOf(store, config),
    besides: [...notifyingJobs(notifier, notifying, looking, status), dayCountsJob(looking)],
    ...tellLoop({ log, metrics, troubles }),
    measure: () => measureAll({ pushing, store, looking, metrics, portals: controller.portals }),
  });
  loop.nudge = running.nudge;
  opening.defer(running.stop);
  opening.defer(notifier.stop);
  // Devices finish first, so that the last snapshot holds what they said.
  opening.defer(closeDevicePlane);
  const admin = createAdminPlane({
    persons: config.persons,
    version: options.version,
    metrics: metrics.scrape,
    live: running.stuck,
    ready: () => readiness(store, controller),
    onRequest: (entry) => tellRequest(entry, log, metrics),
  });
  const nudge = (): void => {
    source.nudge();
    running.nudge();
  };
  registerAdminRoutes(admin, {
    looking,
    settings,
    enroll: controller.enroll,
    downloads: controller.downloads,
    status,
    notifier: notifying,
    nudge,
    pushCertificate: pushing.view,
    ...(controller.portals === undefined ? {} : { portals: controller.portals }),
    content: controller.content,
    ...(controller.androidEnrollment === undefined ? {} : { android: controller.androidEnrollment }),
    ...(controller.business === undefined ? {} : { business: controller.business }),
    ...rate,
  });
  const listening = await admin.listen(adminAddresses(config, directory));
  opening.defer(() => listening.close());
  for (const url of listening.urls) log.event("daemon.listening", { plane: "admin", url });
  log.event("daemon.ready", { durationMs: Date.now() - began, store: store.kind, gate: store.gate });
  const open = opening.move();
  return {
    controller,
    looking,
    admin,
    deviceUrl: loop.deviceUrl,
    adminUrls: listening.urls,
    stop: () => open.disposeAsync(),
  };
}

interface Opened {
  readonly config: Config;
  readonly options: DaemonOptions;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly opening: AsyncDisposableStack;
  readonly troubles: Troubles;
}

/** The controller over an open store. The device plane listens before its URL stands in any enrollment profile. */
async function assembleFrom({ config, options, log, metrics, store, opening, troubles }: Opened) {
  const authority = await authorityOf(store, config);
  const tls = options.tls === undefined ? configuredTls(config) : await options.tls(authority);
  const pushing = await openPushing(config, store);
  const push = pushing.client;
  if (push !== undefined) opening.defer(push.close);
  const post = openPost(config);
  const settings = await revisionSettingsOf(store, config, options.environment ?? process.env);
  const reviser = opening.adopt(createReviser(reviserOptions(config)), (one) => one.close());
  const plannerOptions = { ...reviserOptions(config), mostWaiting: 2 };
  const planner = opening.adopt(createReviser(plannerOptions), (one) => one.close());
  const source = opening.adopt(openSource(config), (one) => one.close());
  const loop = { nudge: () => {}, deviceUrl: "" };
  const signer = await signerOf(store, config, authority);
  const parts: Parts = {
    store,
    source,
    settings,
    reviser,
    latches: await readLatches(store),
    authority,
    registrar: await registrarOf(store, authority),
    clock: Date.now,
    certificateDays: Math.max(1, Math.round(config.apple.scep.lifetime / 86_400_000)),
    renewBeforeMs: config.apple.scep.renewBefore,
    signer,
    organization: config.apple.organizationName ?? "reeve",
    publicUrl: () => config.device.publicUrl?.replace(/\/$/, "") ?? loop.deviceUrl,
    roots: tls?.roots ?? [],
    push: push && {
      topic: push.topic,
      send: (address, { expiresAt }) => push.push(address, { expiresAt }),
      perSecond: config.apple.apns.perSecond,
    },
    ...(post === undefined ? {} : { post }),
    portals: portalParts(config, Date.now),
    android: androidParts(config, store),
    inPhases: enrollsInPhases(config),
    accounts: config.apple.accountEnrollment === "off" ? undefined : config.apple.accountEnrollment,
    ...(config.apple.contentServiceUrl === undefined
      ? {}
      : { contentServiceUrl: config.apple.contentServiceUrl }),
    observeFirst: config.reconcile.observeFirst,
    ...filingOf(config),
    signatures: config.source.signatures,
    leaseMs: config.reconcile.lease,
    strangersPerMinute: config.device.strangersPerMinute,
    devicePlane: {
      bodyLimit: config.device.bodyLimit,
      trustedProxies: config.device.trustedProxies,
      certificateHeader: config.device.certificateHeader,
      onRequest: (entry) => tellRequest(entry, log, metrics),
    },
    beforeInForce: async (tree) => options.beforeInForce?.(tree, lookingAt(), settings),
    onRevision: (news) => {
      tellRevision(news, log, metrics);
      options.onRevision?.(news);
    },
    onError: (part, error, device) =>
      log.failure("loop.failed", error, { part, ...(device === undefined ? {} : { device }) }),
    onOutcome: (what, outcome) => tellOutcome(what, outcome, log, metrics),
    onPush: (outcome, reason) => tellPush(outcome, reason, { log, metrics, troubles }),
    onWork: () => loop.nudge(),
  };
  const controller = assemble(options.around?.(parts) ?? parts);
  function lookingAt(): Looking {
    const unreachableAfterMs = config.reconcile.unreachableAfter;
    const { renewBefore: renewBeforeMs } = config.apple.scep;
    const how = { unreachableAfterMs, renewBeforeMs };
    const { reconciler } = controller;
    return { store: controller.store, reconciler, planner, clock: Date.now, ...how };
  }
  const address: Address = {
    type: "tcp",
    ...config.device.listen,
    ...(tls === undefined ? {} : { tls: tls.files }),
  };
  const listening = await controller.devicePlane.listen([address], {
    requestTimeout: config.device.requestTimeout,
  });
  const closeDevicePlane = (): Promise<void> => listening.close();
  opening.defer(closeDevicePlane);
  loop.deviceUrl = listening.urls[0] ?? "";
  log.event("daemon.listening", { plane: "device", url: loop.deviceUrl });
  const looking = lookingAt();
  const warnings = () => [
    ...pushWarnings(push, Date.now()),
    ...signerWarnings(signer, Date.now()),
    ...deviceWarnings(controller.portals?.counts() ?? new Map()),
    ...androidWarnings(controller.android),
  ];
  const rate = push === undefined ? {} : { pushesPerSecond: config.apple.apns.perSecond };
  return { controller, looking, settings, source, warnings, loop, closeDevicePlane, pushing, rate };
}
